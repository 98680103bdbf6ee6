/**
 * Answers to "why?" about one pod, node or pool, taken from the record of the last pass. Plain values, given away as JSON;
 * {@link ANSWER_SCHEMA} changes when a field changes its meaning or goes.
 */
import type { GroupReason } from './reasons.ts';
import type { ActionRecord, DecisionRecord, GroupExplanation, NodeExplanation, PodsExplanation } from './record.ts';
import { wordCount } from './amounts.ts';
import { worded, type WordedReason } from './worded.ts';

const ANSWER_SCHEMA = 1;

interface Answered {
  readonly schema: typeof ANSWER_SCHEMA;
  /** The decision that this is taken from, and when it was made. */
  readonly decision: string;
  readonly decidedAt: string;
}

export interface PodAnswer extends Answered {
  readonly kind: 'pod';
  readonly pod: string;
  readonly state: PodsExplanation['outcome']['kind'] | 'bound' | 'ended' | 'not-seen-yet';
  /** One sentence. */
  readonly summary: string;
  /** The node of a pod that has one. */
  readonly node?: string;
  /** How many alike pods share this answer, and their controller. */
  readonly alike?: number;
  readonly owner?: string;
  /** Why it waits, where no pool is asked. */
  readonly reason?: WordedReason;
  readonly pools?: readonly PoolVerdict[];
  /** What the nodes say that are there. */
  readonly nodes?: readonly { readonly count: number; readonly reason: WordedReason }[];
}

/** What one pool does for a pod, or why it does not help. */
interface PoolVerdict {
  readonly pool: string;
  /** So many of the alike pods get their place on its new nodes. */
  readonly takes?: number;
  readonly reason?: WordedReason;
}

export interface NodeAnswer extends Answered {
  readonly kind: 'node';
  readonly node: string;
  readonly pool: string;
  readonly state: NodeExplanation['outcome']['kind'];
  readonly summary: string;
  /** A share of 1. */
  readonly utilization?: number | undefined;
  readonly reason?: WordedReason;
  readonly unneededSince?: string;
  /** The next moment at which the answer may change by itself. */
  readonly until?: string;
  /** Where its pods go, or would go, when it is removed. */
  readonly moves?: readonly Move[];
  readonly pricePerHour?: number | undefined;
}

/** A pod, and the node that has room for it. */
export interface Move {
  readonly pod: string;
  readonly to: string;
}

export interface PoolAnswer extends Answered {
  readonly kind: 'pool';
  readonly pool: string;
  readonly id: string;
  readonly state: 'open' | 'blocked';
  readonly summary: string;
  readonly sizes: Pick<GroupExplanation, 'minSize' | 'maxSize' | 'targetSize' | 'registered' | 'ready' | 'upcoming'>;
  readonly counts: GroupExplanation['nodes'];
  readonly shape: GroupExplanation['shape'];
  readonly pricePerNodeHour: number | undefined;
  readonly pricePerHour: number | undefined;
  readonly reason?: WordedReason;
  /** What this decision does with it. */
  readonly actions: readonly ActionRecord[];
}

export interface Telling {
  readonly record: DecisionRecord;
  readonly now: number;
  /** How a moment is written. */
  readonly moment: (ms: number) => string;
}

export function podAnswer(telling: Telling, pod: string, explanation: PodsExplanation): PodAnswer {
  const { record, now } = telling;
  const { count, outcome, owner, perGroup } = explanation;
  const takes = 'byGroup' in outcome ? outcome.byGroup : [];
  const pools: PoolVerdict[] = [
    ...takes.map(({ group, pods }) => ({ pool: group, takes: pods })),
    ...perGroup.map(({ group, reason }) => ({ pool: group, reason: worded(reason, now) })),
  ];
  const answer = { ...answered(telling), kind: 'pod', pod, state: outcome.kind, alike: count, owner } as const;
  switch (outcome.kind) {
    case 'waits': {
      const reason = worded(outcome.reason, now);
      return { ...answer, summary: `It waits: ${reason.message}.`, reason, pools };
    }
    case 'helped':
    case 'partly-helped': {
      const asked = takes.map(({ group }) => resizeWords(record, group)).join(', ');
      const rest = outcome.kind === 'partly-helped' ? `; ${wordCount(outcome.waiting, 'alike pod')} must wait` : '';
      return { ...answer, summary: `New nodes are asked for: ${asked}${rest}.`, pools };
    }
    default: {
      const nodes = outcome.onNodes.map(({ reason, nodes: found }) => ({ count: found, reason: worded(reason, now) }));
      const why = pools.length === 0 ? 'there is no pool' : 'no pool helps it';
      return { ...answer, summary: `It cannot be helped: ${why}.`, pools, nodes };
    }
  }
}

/** `moves`: where its pods would go, if it is not needed. */
export function nodeAnswer(
  telling: Telling,
  { node, group, utilization, outcome }: NodeExplanation,
  moves: readonly Move[],
): NodeAnswer {
  const { record, now, moment } = telling;
  const pricePerHour = record.groups.find(({ name }) => name === group)?.pricePerHour;
  const answer = {
    ...answered(telling),
    kind: 'node',
    node,
    pool: group,
    state: outcome.kind,
    utilization,
    pricePerHour,
  } as const;
  switch (outcome.kind) {
    case 'stays':
    case 'unneeded': {
      const reason = worded(outcome.reason, now);
      const until = 'untilMs' in outcome.reason ? outcome.reason.untilMs : undefined;
      return {
        ...answer,
        summary:
          outcome.kind === 'stays'
            ? `It stays: ${reason.message}.`
            : `It is not needed, and stays for now: ${reason.message}.`,
        reason,
        ...(outcome.kind === 'unneeded' ? { unneededSince: moment(outcome.sinceMs) } : {}),
        ...(outcome.kind === 'unneeded' && moves.length > 0 ? { moves } : {}),
        ...(until === undefined ? {} : { until: moment(until) }),
      };
    }
    case 'removed': {
      const action = record.actions[outcome.action];
      if (action?.kind !== 'remove-node') return { ...answer, summary: 'It is removed.' };
      return { ...answer, summary: `It is removed: ${action.because}.`, moves: action.moves };
    }
    default:
      return { ...answer, summary: `It is being removed: ${outcome.step}.` };
  }
}

export function poolAnswer(telling: Telling, group: GroupExplanation): PoolAnswer {
  const { record, now } = telling;
  const { id, name, minSize, maxSize, targetSize, registered, ready, upcoming, pricePerHour, blocked } = group;
  const reason: WordedReason | undefined =
    blocked === undefined ? undefined : worded(blocked satisfies GroupReason, now);
  const sizes = `${wordCount(targetSize, 'node')} of ${minSize} to ${maxSize}`;
  return {
    ...answered(telling),
    kind: 'pool',
    pool: name,
    id,
    state: reason === undefined ? 'open' : 'blocked',
    summary: reason === undefined ? `It may grow: ${sizes}.` : `It does not grow: ${reason.message}.`,
    sizes: { minSize, maxSize, targetSize, registered, ready, upcoming },
    counts: group.nodes,
    shape: group.shape,
    pricePerNodeHour: pricePerHour,
    pricePerHour: pricePerHour === undefined ? undefined : pricePerHour * targetSize,
    ...(reason === undefined ? {} : { reason }),
    actions: record.actions.filter((action) => action.group === name),
  };
}

export function answered({ record, moment }: Telling): Answered {
  return { schema: ANSWER_SCHEMA, decision: record.id, decidedAt: moment(record.atMs) };
}

function resizeWords({ actions }: DecisionRecord, group: string): string {
  const resize = actions.find((action) => action.kind === 'resize' && action.group === group);
  return resize?.kind === 'resize' ? `pool ${group} ${resize.from} → ${resize.to} nodes` : `pool ${group}`;
}
