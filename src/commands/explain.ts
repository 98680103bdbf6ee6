/** `explain` and `decisions`: ask a running autoscaler why. */
import { answerText, decisionsText } from './answer-text.ts';
import { askOnce, fail } from './asking.ts';
import { type CommandContext, type CommandInput, defineCommand, EXIT } from './command.ts';
import type { Flag } from '../options/flag.ts';
import { flag } from '../options/flag.ts';
import { readDecisionLog } from './decision-log.ts';
import { asksForJson, outputFlags, reachFlags } from './reach.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'Ask a running autoscaler why a pod waits, a node stays, or what a pool is at.',
  description:
    'The answer is that of the last pass, with the check that failed, by how much, and what can be done about it. It comes through the API server with your own kubeconfig; with --url from there directly. A pod is named as NAMESPACE/NAME, in default without the slash; a pool by its label or id.',
  families: [reachFlags, outputFlags],
  positionals: [
    { name: 'KIND', help: 'pod, node or pool', required: true, choices: ['pod', 'node', 'pool'] },
    { name: 'NAME', help: 'NAMESPACE/NAME of a pod, the name of a node, the label of a pool', required: true },
  ],
  async run(input) {
    const [kind = '', name = ''] = input.positionals;
    return put(input, { path: pathOf(kind, name), words: answerText });
  },
});

const listFlags = {
  title: 'Decisions',
  flags: [
    flag('limit', 'int', '20', 'So many of the latest decisions, 1 to 256; of a file any number.'),
    {
      ...flag(
        'log',
        'string',
        '',
        'Read this file, which an autoscaler keeps or has kept with --decision-log, and ask nobody.',
      ),
      valueName: 'FILE',
    },
  ],
} as const;

export const decisionsCommand = defineCommand({
  name: 'decisions',
  summary: 'The last decisions of a running autoscaler or of its decision log, and what came of each.',
  families: [listFlags, reachFlags, outputFlags],
  positionals: [],
  async run(input) {
    const limit = input.flags.get('limit');
    const log = input.flags.get('log');
    if (log === '') return put(input, { path: `/decisions?limit=${limit}`, words: decisionsText });
    if (limit < 1) return fail(input, { message: '--limit: at least 1', exitCode: EXIT.usage });
    const stored = readDecisionLog(log, limit);
    if (!stored.ok) return fail(input, { message: stored.error, exitCode: EXIT.failure });
    return show(input, stored.value, decisionsText);
  },
});

function pathOf(kind: string, name: string): string {
  const slash = name.indexOf('/');
  const [namespace, pod] = slash === -1 ? ['default', name] : [name.slice(0, slash), name.slice(slash + 1)];
  const words = kind === 'pod' ? [namespace, pod] : [name];
  return `/explain/${kind}s/${words.map(encodeURIComponent).join('/')}`;
}

type AnswerInput = CommandContext & Pick<CommandInput<Flag>, 'flagsAmong'>;

interface Question {
  readonly path: string;
  readonly words: (body: string) => string | undefined;
}

/** Puts the question and prints what comes back. */
async function put(input: AnswerInput, question: Question): Promise<number> {
  const answer = await askOnce(input, input.flagsAmong(reachFlags.flags), question.path);
  return answer.ok ? show(input, answer.value, question.words) : fail(input, answer.error);
}

function show(input: AnswerInput, body: string, words: Question['words']): number {
  const text = asksForJson(input.flagsAmong(outputFlags.flags)) ? body : words(body);
  if (text === undefined) {
    return fail(input, { message: 'the answer is of another version; see it with -o=json', exitCode: EXIT.failure });
  }
  input.streams.stdout.write(text);
  return EXIT.success;
}
