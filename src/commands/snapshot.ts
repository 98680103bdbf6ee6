/** `snapshot` and `replay`: save what a running autoscaler decides from, and decide from it again. */
import { writeFileSync } from 'node:fs';
import { wordCount } from '../explain/amounts.ts';
import { flag } from '../options/flag.ts';
import { type Result, failure, success } from '../runtime/result.ts';
import { decided, inputOf } from '../snapshot/snapshot.ts';
import { readSnapshot, type SnapshotFile } from '../snapshot/snapshot-file.ts';
import { decisionText } from './answer-text.ts';
import { askOnce, fail, type Refusal } from './asking.ts';
import { type CommandContext, defineCommand, EXIT } from './command.ts';
import { asksForJson, outputFlags, reachFlags, type ReachFlags } from './reach.ts';
import { buildInfo } from './version.ts';

const fileFlags = {
  title: 'Snapshot',
  flags: [
    {
      ...flag('o', 'string', '', 'Where the snapshot is saved; by default it is printed.'),
      valueName: 'FILE',
    },
  ],
} as const;

/** It tells names and sizes of everything in the cluster: for whoever saves it, and nobody else. */
const OWNER_ONLY = 0o600;

export const snapshotCommand = defineCommand({
  name: 'snapshot',
  summary: 'Save all that a running autoscaler decides from, to replay it or ask "what if?" later.',
  description:
    'The snapshot holds the pods, nodes, budgets, volumes and pools as the autoscaler knows them, its memory, its options and the moment. It holds no environment variables, commands, images or tokens, and of annotations only the values that decide.',
  families: [fileFlags, reachFlags],
  positionals: [],
  async run(input) {
    const live = await liveSnapshot(input, input.flagsAmong(reachFlags.flags));
    if (!live.ok) return fail(input, live.error);
    const { file, text } = live.value;
    const path = input.flags.get('o');
    if (path === '') {
      input.streams.stdout.write(text);
      return EXIT.success;
    }
    try {
      writeFileSync(path, text, { mode: OWNER_ONLY });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return fail(input, { message: `-o: ${why}`, exitCode: EXIT.failure });
    }
    input.streams.stdout.write(`${path}: ${summaryOf(file)}\n`);
    return EXIT.success;
  },
});

export const replayCommand = defineCommand({
  name: 'replay',
  summary: 'Decide again from a snapshot, and say whether it is what was decided then.',
  description:
    'The same version of the program decides the same, byte for byte; the exit code is 1 where it does not. With -o=json the whole record is printed.',
  families: [outputFlags],
  positionals: [{ name: 'FILE', help: 'a file that "snapshot" has saved', required: true }],
  run(input) {
    const [path = ''] = input.positionals;
    const file = openSnapshot(input, path);
    if (!file.ok) return Promise.resolve(fail(input, file.error));
    return Promise.resolve(replay(input, file.value, asksForJson(input.flags)));
  },
});

/** That of a running autoscaler, as it came and read. */
export async function liveSnapshot(
  context: CommandContext,
  flags: ReachFlags,
): Promise<Result<{ readonly text: string; readonly file: SnapshotFile }, Refusal>> {
  const answer = await askOnce(context, flags, '/snapshot');
  if (!answer.ok) return answer;
  const read = readSnapshot(answer.value);
  if (read.ok) return success({ text: answer.value, file: read.value });
  return failure({ message: `the answer is unusable: ${read.error}`, exitCode: EXIT.failure });
}

/** The snapshot in the file of that name. */
export function openSnapshot(context: CommandContext, path: string): Result<SnapshotFile, Refusal> {
  const text = context.readFile(path);
  if (!text.ok) return failure({ message: text.error, exitCode: EXIT.usage });
  const read = readSnapshot(text.value);
  return read.ok ? success(read.value) : failure({ message: `${path}: ${read.error}`, exitCode: EXIT.usage });
}

function replay(context: CommandContext, file: SnapshotFile, asJson: boolean): number {
  const { stdout } = context.streams;
  const { program, snapshot, takenAt } = file;
  const again = decided(inputOf(snapshot));
  const text = JSON.stringify(again);
  const isSame = text === JSON.stringify(snapshot.decision);
  stdout.write(asJson ? `${text}\n` : (decisionText(again) ?? ''));
  if (isSame) {
    if (!asJson) stdout.write(`As it was decided at ${takenAt}, byte for byte.\n`);
    return EXIT.success;
  }
  const { version } = buildInfo();
  const why = version === program ? 'both of version' : `by version ${program}, and this is`;
  return fail(context, {
    message: `this is not what was decided at ${takenAt} (${why} ${version})`,
    exitCode: EXIT.failure,
  });
}

function summaryOf({ snapshot: { events, groups }, takenAt }: SnapshotFile): string {
  const count = (kind: string): string => wordCount(events.filter((event) => event.kind === kind).length, kind);
  return `${count('node')}, ${count('pod')} and ${wordCount(groups.length, 'pool')} at ${takenAt}`;
}
