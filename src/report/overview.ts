/**
 * The whole at a glance: what each node holds and is told of, the pools, and who waits. Plain values, given away as JSON;
 * {@link OVERVIEW_SCHEMA} changes when a field changes its meaning or goes.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { CPU, MEMORY } from '../cluster/resources.ts';
import type { Telling } from '../explain/answers.ts';
import type { GroupExplanation, NodeExplanation, PodsExplanation } from '../explain/record.ts';
import { worded } from '../explain/worded.ts';

const OVERVIEW_SCHEMA = 1;

export interface Overview {
  readonly schema: typeof OVERVIEW_SCHEMA;
  readonly decision: string;
  readonly decidedAt: string;
  readonly decidedSecondsAgo: number;
  /** US dollars an hour of all nodes whose price is known. */
  readonly pricePerHour: number;
  readonly pools: readonly PoolOverview[];
  readonly nodes: readonly NodeOverview[];
  readonly pending: readonly PendingOverview[];
}

interface PoolOverview extends Pick<
  GroupExplanation,
  'minSize' | 'maxSize' | 'targetSize' | 'ready' | 'upcoming' | 'pricePerHour'
> {
  readonly pool: string;
  /** Why it does not grow; '': it may. */
  readonly blocked: string;
}

interface NodeOverview {
  readonly node: string;
  readonly pool: string;
  readonly state: NodeExplanation['outcome']['kind'] | 'not-seen-yet';
  /** Why it stays or goes, in a few words. */
  readonly why: string;
  readonly ageSeconds: number;
  readonly pods: number;
  /** Milli-CPU and bytes. */
  readonly cpu: Amount;
  readonly memory: Amount;
  readonly pricePerHour: number | undefined;
}

interface Amount {
  readonly requested: number;
  readonly allocatable: number;
}

interface PendingOverview {
  /** `ReplicaSet default/web`, or the pod where it has no controller. */
  readonly pods: string;
  readonly count: number;
  readonly state: PodsExplanation['outcome']['kind'];
  readonly why: string;
}

export function overviewOf(cluster: Cluster, telling: Telling): Overview {
  const { moment, now, record } = telling;
  const prices = new Map(record.groups.map(({ name, pricePerHour }) => [name, pricePerHour]));
  const explained = new Map(record.nodes.map((node) => [node.node, node]));
  const nodes = cluster.nodeSlots().map((slot) => nodeOverview(cluster, slot, telling, { prices, explained }));
  return {
    schema: OVERVIEW_SCHEMA,
    decision: record.id,
    decidedAt: moment(record.atMs),
    decidedSecondsAgo: secondsSince(record.atMs, now),
    pricePerHour: nodes.reduce((sum, { pricePerHour = 0 }) => sum + pricePerHour, 0),
    pools: record.groups.map((group) => poolOverview(group, now)),
    nodes,
    pending: record.pods.map((pods) => pendingOverview(pods, now)),
  };
}

interface Known {
  readonly prices: ReadonlyMap<string, number | undefined>;
  readonly explained: ReadonlyMap<string, NodeExplanation>;
}

function nodeOverview(cluster: Cluster, slot: Slot, telling: Telling, { explained, prices }: Known): NodeOverview {
  const { createdAtMs, name } = cluster.node(slot);
  const explanation = explained.get(name);
  const amount = (column: number): Amount => ({
    requested: cluster.requested(slot, column),
    allocatable: cluster.allocatable(slot, column),
  });
  return {
    node: name,
    pool: explanation?.group ?? '',
    state: explanation?.outcome.kind ?? 'not-seen-yet',
    why: explanation === undefined ? 'no pass has looked at it yet' : nodeWords(telling, explanation),
    ageSeconds: secondsSince(createdAtMs, telling.now),
    pods: cluster.podsOn(slot).size,
    cpu: amount(CPU),
    memory: amount(MEMORY),
    pricePerHour: prices.get(explanation?.group ?? ''),
  };
}

function nodeWords({ now, record }: Telling, { outcome }: NodeExplanation): string {
  switch (outcome.kind) {
    case 'stays':
    case 'unneeded':
      return worded(outcome.reason, now).message;
    case 'removed':
      return record.actions[outcome.action]?.because ?? '';
    default:
      return outcome.step;
  }
}

function poolOverview(group: GroupExplanation, now: number): PoolOverview {
  const { blocked, maxSize, minSize, name, pricePerHour, ready, targetSize, upcoming } = group;
  const why = blocked === undefined ? '' : worded(blocked, now).message;
  return { pool: name, minSize, maxSize, targetSize, ready, upcoming, pricePerHour, blocked: why };
}

function pendingOverview({ count, example, outcome, owner, perGroup }: PodsExplanation, now: number): PendingOverview {
  const pools = perGroup.map(({ group, reason }) => `${group}: ${worded(reason, now).message}`).join('; ');
  const taken = 'byGroup' in outcome ? outcome.byGroup.map(({ group }) => group).join(', ') : '';
  const why =
    outcome.kind === 'waits' ? worded(outcome.reason, now).message : taken === '' ? pools : `new nodes of ${taken}`;
  return { pods: owner === '' ? `Pod ${example}` : owner, count, state: outcome.kind, why };
}

function secondsSince(atMs: number, now: number): number {
  return Math.max(0, Math.round((now - atMs) / 1000));
}
