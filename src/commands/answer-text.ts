/** The answers of a running autoscaler as text: what comes over the wire is checked as far as the text needs it. */
import * as z from 'zod';
import { actionWords } from './action-words.ts';
import { table } from './table.ts';

const reason = z.object({ code: z.string(), check: z.string(), message: z.string(), advice: z.string() });
const decision = { decision: z.string(), decidedAt: z.string() };
const move = z.object({ pod: z.string(), to: z.string() });

const podAnswer = z.object({
  ...decision,
  kind: z.literal('pod'),
  pod: z.string(),
  summary: z.string(),
  alike: z.number().optional(),
  owner: z.string().optional(),
  reason: reason.optional(),
  pools: z.array(z.object({ pool: z.string(), takes: z.number().optional(), reason: reason.optional() })).optional(),
  nodes: z.array(z.object({ count: z.number(), reason })).optional(),
});
const nodeAnswer = z.object({
  ...decision,
  kind: z.literal('node'),
  node: z.string(),
  pool: z.string(),
  summary: z.string(),
  utilization: z.number().optional(),
  reason: reason.optional(),
  unneededSince: z.string().optional(),
  until: z.string().optional(),
  moves: z.array(move).optional(),
  pricePerHour: z.number().optional(),
});
const poolAnswer = z.object({
  ...decision,
  kind: z.literal('pool'),
  pool: z.string(),
  summary: z.string(),
  sizes: z.object({
    minSize: z.number(),
    maxSize: z.number(),
    targetSize: z.number(),
    ready: z.number(),
    upcoming: z.number(),
  }),
  pricePerNodeHour: z.number().optional(),
  pricePerHour: z.number().optional(),
  reason: reason.optional(),
});
const anyAnswer = z.discriminatedUnion('kind', [podAnswer, nodeAnswer, poolAnswer]);

const action = z.looseObject({ kind: z.string(), group: z.string(), because: z.string() });

const decisionList = z.object({
  decisions: z.array(
    z.object({
      id: z.string(),
      at: z.string(),
      triggers: z.array(z.string()),
      actions: z.array(action),
      dryRun: z.object({ actions: z.array(action) }).optional(),
      outcomes: z.array(
        z.object({ what: z.string(), subject: z.string(), afterSeconds: z.number(), detail: z.string().optional() }),
      ),
      pods: z.array(z.object({ count: z.number(), outcome: z.string() })),
      cost: z.object({ pricePerHour: z.number() }).optional(),
    }),
  ),
});

const problem = z.object({ error: z.string(), near: z.array(z.string()).optional() });

/** `undefined`: it is no answer that this version knows. */
export function answerText(body: string): string | undefined {
  const { data } = anyAnswer.safeParse(json(body));
  if (data === undefined) return undefined;
  const lines = data.kind === 'pod' ? podLines(data) : data.kind === 'node' ? nodeLines(data) : poolLines(data);
  return [...lines, `Decision ${data.decision} of ${data.decidedAt}.`, ''].join('\n');
}

export function decisionsText(body: string): string | undefined {
  const { data } = decisionList.safeParse(json(body));
  if (data === undefined) return undefined;
  if (data.decisions.length === 0) return 'No decision yet.\n';
  return data.decisions.flatMap(decisionLines).join('\n') + '\n';
}

/** One decision, as {@link decisionsText} words them. */
export function decisionText(document: object): string | undefined {
  return decisionsText(JSON.stringify({ decisions: [{ outcomes: [], ...document }] }));
}

/** What is said instead of an answer, with the names that may have been meant. */
export function problemText(body: string): string {
  const { data } = problem.safeParse(json(body));
  if (data === undefined) return body.trim();
  const { error, near = [] } = data;
  return near.length === 0 ? error : `${error}; did you mean ${near.join(', ')}?`;
}

type PodAnswer = z.infer<typeof podAnswer>;
type NodeAnswer = z.infer<typeof nodeAnswer>;
type PoolAnswer = z.infer<typeof poolAnswer>;
type WordedReason = z.infer<typeof reason>;

function podLines({ pod, summary, alike = 1, owner = '', reason: why, pools = [], nodes = [] }: PodAnswer): string[] {
  const shared = alike > 1 ? [`It is one of ${alike} alike pods${owner === '' ? '' : ` of ${owner}`}.`] : [];
  const rows = pools.map((pool) => [
    pool.pool,
    pool.reason?.check ?? 'takes it',
    pool.reason?.message ?? (pool.takes === 1 ? '1 pod' : `${pool.takes ?? 0} pods`),
  ]);
  const there = nodes.map((node) => [String(node.count), node.reason.check, node.reason.message]);
  return [
    `pod ${pod}: ${summary}`,
    ...shared,
    ...(rows.length === 0 ? [] : ['', ...table(['POOL', 'CHECK', 'WHY'], rows)]),
    ...(there.length === 0 ? [] : ['', ...table(['NODES', 'CHECK', 'WHY'], there)]),
    ...adviceLines([why, ...pools.map((pool) => pool.reason), ...nodes.map((node) => node.reason)]),
  ];
}

function nodeLines(answer: NodeAnswer): string[] {
  const { node, pool, summary, utilization, unneededSince, until, moves = [], pricePerHour } = answer;
  const facts = [
    pool === '' ? 'of no pool' : `pool ${pool}`,
    ...(utilization === undefined ? [] : [`${Math.round(utilization * 100)} % used`]),
    ...(pricePerHour === undefined ? [] : [`$${pricePerHour.toFixed(3)}/h`]),
    ...(unneededSince === undefined ? [] : [`not needed since ${unneededSince}`]),
    ...(until === undefined ? [] : [`until ${until} at least`]),
  ];
  return [
    `node ${node}: ${summary}`,
    `${facts.join(', ')}.`,
    ...(moves.length === 0
      ? []
      : [
          '',
          ...table(
            ['POD', 'GOES TO'],
            moves.map(({ pod, to }) => [pod, to]),
          ),
        ]),
    ...adviceLines([answer.reason]),
  ];
}

function poolLines({ pool, summary, sizes, pricePerHour, pricePerNodeHour, reason: why }: PoolAnswer): string[] {
  const { minSize, maxSize, targetSize, ready, upcoming } = sizes;
  const price =
    pricePerHour === undefined || pricePerNodeHour === undefined
      ? []
      : [`$${pricePerHour.toFixed(3)}/h, $${pricePerNodeHour.toFixed(3)}/h a node`];
  const counts = `${targetSize === 1 ? '1 node' : `${targetSize} nodes`} wanted of ${minSize} to ${maxSize}, ${ready} ready, ${upcoming} on their way`;
  return [`pool ${pool}: ${summary}`, `${[counts, ...price].join('; ')}.`, ...adviceLines([why])];
}

/** Each piece of advice once, with the codes that it is for. */
function adviceLines(reasons: readonly (WordedReason | undefined)[]): string[] {
  const codes = new Map<string, Set<string>>();
  for (const why of reasons) {
    if (why !== undefined && why.advice !== '')
      codes.set(why.advice, (codes.get(why.advice) ?? new Set()).add(why.code));
  }
  const lines = [...codes].map(([advice, of]) => `${[...of].join(', ')}: ${advice}`);
  return lines.length === 0 ? [] : ['', ...lines];
}

function decisionLines({
  id,
  at,
  triggers,
  actions,
  dryRun,
  outcomes,
  pods,
  cost,
}: z.infer<typeof decisionList>['decisions'][number]): string[] {
  const unhelped = pods
    .filter(({ outcome }) => outcome === 'cannot-be-helped')
    .reduce((sum, { count }) => sum + count, 0);
  return [
    `${id}  ${at}  ${triggers.join(', ')}${cost === undefined ? '' : `  $${cost.pricePerHour.toFixed(3)}/h`}`,
    ...actions.map((asked) => `  ${actionWords(asked)}: ${asked.because}`),
    ...(dryRun?.actions ?? []).map((asked) => `  on dry run: ${actionWords(asked)}: ${asked.because}`),
    ...(unhelped === 0 ? [] : [`  ${unhelped} pods cannot be helped`]),
    ...outcomes.map(({ what, subject, afterSeconds, detail }) => {
      return `  → ${what} ${subject} after ${afterSeconds} s${detail === undefined ? '' : ` (${detail})`}`;
    }),
  ];
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
