/** `explain` and `decisions`: ask a running autoscaler why. */
import { answerText, decisionsText } from './answer-text.ts';
import { askOnce, fail } from './asking.ts';
import { type CommandContext, type CommandInput, defineCommand, EXIT } from './command.ts';
import type { Flag } from '../options/flag.ts';
import { flag } from '../options/flag.ts';
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
  flags: [flag('limit', 'int', '20', 'So many of the latest decisions, 1 to 256.')],
} as const;

export const decisionsCommand = defineCommand({
  name: 'decisions',
  summary: 'The last decisions of a running autoscaler, and what came of each.',
  families: [listFlags, reachFlags, outputFlags],
  positionals: [],
  async run(input) {
    const path = `/decisions?limit=${input.flags.get('limit')}`;
    return put(input, { path, words: decisionsText });
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
  if (!answer.ok) return fail(input, answer.error);
  const isJson = asksForJson(input.flagsAmong(outputFlags.flags));
  const text = isJson ? answer.value : question.words(answer.value);
  if (text === undefined) {
    return fail(input, { message: 'the answer is of another version; see it with -o=json', exitCode: EXIT.failure });
  }
  input.streams.stdout.write(text);
  return EXIT.success;
}
