/** `what-if`: what would be decided if something were otherwise, by the engine itself, on a snapshot. */
import { flag } from '../options/flag.ts';
import { type Result, success } from '../runtime/result.ts';
import type { SnapshotFile } from '../snapshot/snapshot-file.ts';
import type { ChangeProblem } from '../what-if/change.ts';
import { whatIf } from '../what-if/what-if.ts';
import { fail, type Refusal } from './asking.ts';
import { type CommandContext, defineCommand, EXIT } from './command.ts';
import { asksForJson, outputFlags, reachFlags, type ReachFlags } from './reach.ts';
import { liveSnapshot, openSnapshot } from './snapshot.ts';
import { changeFlags, readChanges } from './what-if-changes.ts';
import { whatIfText } from './what-if-text.ts';

const sourceFlags = {
  title: 'Snapshot',
  flags: [
    {
      ...flag('snapshot', 'string', '', 'Ask about what "snapshot" has saved, instead of a running autoscaler.'),
      valueName: 'FILE',
    },
  ],
} as const;

export const whatIfCommand = defineCommand({
  name: 'what-if',
  summary: 'What would be decided if a pool, a node, a workload or a price were otherwise. Changes nothing.',
  description:
    'Takes a snapshot of a running autoscaler, as "snapshot" does, and decides from it here twice: as it is, and with the changes. The answer is what would be decided in the next pass, what else is different and why, and the cost per hour. Several changes are made together.',
  families: [changeFlags, sourceFlags, reachFlags, outputFlags],
  positionals: [],
  async run(input) {
    const changes = readChanges(input.flagsAmong(changeFlags.flags));
    if (!changes.ok) return fail(input, refusalOf(changes.error));
    if (changes.value.length === 0) {
      return fail(input, refusalOf([], 'what if … what? Such as --pool=web --max=12, or --scale=deploy/web=40'));
    }
    const path = input.flags.get('snapshot');
    const file = path === '' ? await live(input, input.flagsAmong(reachFlags.flags)) : openSnapshot(input, path);
    if (!file.ok) return fail(input, file.error);
    const { snapshot, takenAt } = file.value;
    const answer = whatIf(snapshot, changes.value);
    if (!answer.ok) return fail(input, refusalOf(answer.error));
    const asJson = asksForJson(input.flagsAmong(outputFlags.flags));
    input.streams.stdout.write(
      asJson ? `${JSON.stringify({ ...answer.value, takenAt }, null, 2)}\n` : whatIfText(answer.value, takenAt),
    );
    return EXIT.success;
  },
});

async function live(context: CommandContext, flags: ReachFlags): Promise<Result<SnapshotFile, Refusal>> {
  const taken = await liveSnapshot(context, flags);
  return taken.ok ? success(taken.value.file) : taken;
}

function refusalOf(problems: readonly ChangeProblem[], ...more: readonly string[]): Refusal {
  const lines = [...problems.map(({ field, message }) => `--${field}: ${message}`), ...more];
  return { message: lines.join('\n'), exitCode: EXIT.usage };
}
