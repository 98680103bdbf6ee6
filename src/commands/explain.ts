/** `explain` and `decisions`: ask a running autoscaler why. */
import { answerText, decisionsText, problemText } from './answer-text.ts';
import { type CommandContext, defineCommand, EXIT, PROGRAM } from './command.ts';
import { flag } from '../options/flag.ts';
import { reach, reachFlags, type ReachFlags } from './reach.ts';

export const explainCommand = defineCommand({
  name: 'explain',
  summary: 'Ask a running autoscaler why a pod waits, a node stays, or what a pool is at.',
  description:
    'The answer is that of the last pass, with the check that failed, by how much, and what can be done about it. It comes through the API server with your own kubeconfig; with --url from there directly. A pod is named as NAMESPACE/NAME, in default without the slash; a pool by its label or id.',
  families: [reachFlags],
  positionals: [
    { name: 'KIND', help: 'pod, node or pool', required: true, choices: ['pod', 'node', 'pool'] },
    { name: 'NAME', help: 'NAMESPACE/NAME of a pod, the name of a node, the label of a pool', required: true },
  ],
  async run(input) {
    const [kind = '', name = ''] = input.positionals;
    return put(input, input.flags, { path: pathOf(kind, name), words: answerText });
  },
});

const listFlags = {
  title: 'Decisions',
  flags: [flag('limit', 'int', '20', 'So many of the latest decisions, 1 to 256.')],
} as const;

export const decisionsCommand = defineCommand({
  name: 'decisions',
  summary: 'The last decisions of a running autoscaler, and what came of each.',
  families: [listFlags, reachFlags],
  positionals: [],
  async run(input) {
    const path = `/decisions?limit=${input.flags.get('limit')}`;
    return put(input, input.flagsAmong(reachFlags.flags), { path, words: decisionsText });
  },
});

function pathOf(kind: string, name: string): string {
  const slash = name.indexOf('/');
  const [namespace, pod] = slash === -1 ? ['default', name] : [name.slice(0, slash), name.slice(slash + 1)];
  const words = kind === 'pod' ? [namespace, pod] : [name];
  return `/explain/${kind}s/${words.map(encodeURIComponent).join('/')}`;
}

interface Question {
  readonly path: string;
  readonly words: (body: string) => string | undefined;
}

/** Puts the question and prints what comes back. */
async function put(context: CommandContext, flags: ReachFlags, question: Question): Promise<number> {
  const reached = reach(flags, context.env);
  if (!reached.ok) return fail(context, reached.error, EXIT.usage);
  try {
    const reply = await reached.value.ask(question.path);
    if (!reply.ok) return fail(context, reply.error, EXIT.failure);
    const { status, body } = reply.value;
    if (status !== 200) return fail(context, problemText(body), EXIT.failure);
    const isJson = (flags.get('o') || flags.get('output')) === 'json';
    const text = isJson ? body : question.words(body);
    if (text === undefined) return fail(context, 'the answer is of another version; see it with -o=json', EXIT.failure);
    context.streams.stdout.write(text);
    return EXIT.success;
  } finally {
    await reached.value.close();
  }
}

function fail({ streams }: CommandContext, message: string, code: number): number {
  streams.stderr.write(`${PROGRAM}: ${message}\n`);
  return code;
}
