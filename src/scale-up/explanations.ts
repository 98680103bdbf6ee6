/**
 * What becomes of every pending pod, in the words of the record: each is in exactly one entry (I6).
 *
 * For pods that ask for nodes, each group that does not take them says why: the first check that a new node of the
 * group fails, or else what keeps the group from growing, or that another group was chosen.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import type { FitReason, GroupReason, PendingReason } from '../explain/reasons.ts';
import type { PodsExplanation, PodsOutcome } from '../explain/record.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { countRejections } from '../scheduling/rejections.ts';
import type { PodGroup } from './equivalence.ts';
import { groupPods, podGroup } from './equivalence.ts';
import type { Placement } from './filter-schedulable.ts';
import type { Demand, Growth } from './growth.ts';
import type { Headroom } from './limits.ts';
import type { Prospect } from './prospects.ts';
import { rejectionBy } from './prospects.ts';

export interface StandingBack {
  readonly pod: PodFacts;
  readonly reason: PendingReason;
}

export function explainWaiting(group: PodGroup, reason: PendingReason): PodsExplanation {
  const { key, pods, owner } = group;
  return { example: key, count: pods.length, owner, outcome: { kind: 'waits', reason }, perGroup: [] };
}

/** Pods that ask for nothing, alike ones with one reason together. */
export function explainStandingBack(cluster: Cluster, standing: readonly StandingBack[]): PodsExplanation[] {
  const reasons = new Map(standing.map(({ pod, reason }) => [pod, reason]));
  const groups = groupPods(cluster, reasons.keys(), (pod) => JSON.stringify(reasons.get(pod)));
  return groups.flatMap((group) => {
    const reason = reasons.get(group.example);
    return reason === undefined ? [] : [explainWaiting(group, reason)];
  });
}

/** Pods that found a place: on nodes that are there, and per group on nodes that are on their way. */
export function explainPlaced(
  cluster: Cluster,
  { placed }: Placement,
  upcoming: ReadonlyMap<Slot, NodeGroupView>,
): PodsExplanation[] {
  const here: PodFacts[] = [];
  const there = new Map<NodeGroupView, PodFacts[]>();
  let node = '';
  for (const [slot, pods] of placed) {
    const view = upcoming.get(slot);
    if (view === undefined) {
      if (here.length === 0) node = cluster.node(slot).name;
      here.push(...pods);
    } else {
      there.set(view, [...(there.get(view) ?? []), ...pods]);
    }
  }
  const explained: PodsExplanation[] = [];
  if (here.length > 0) explained.push(explainWaiting(podGroup(here), { code: 'FitsExistingNode', node }));
  for (const [view, pods] of there) {
    explained.push(explainWaiting(podGroup(pods), { code: 'FitsUpcomingNode', group: view.state.name }));
  }
  return explained;
}

/** How a round of growing ended. */
export interface GrowthOutcome {
  readonly cluster: Cluster;
  readonly views: readonly NodeGroupView[];
  readonly prospects: ReadonlyMap<NodeGroupView, Prospect>;
  readonly growths: readonly Growth[];
  readonly headroom: Headroom;
  /** The nodes that are there or on their way. */
  readonly slots: readonly Slot[];
}

export function explainDemand(outcome: GrowthOutcome, demand: Demand): PodsExplanation {
  const { key, pods, owner } = demand.group;
  return {
    example: key,
    count: pods.length,
    owner,
    outcome: outcomeOf(outcome, demand),
    perGroup: outcome.views.flatMap((view) => {
      const reason = reasonAgainst(outcome, demand, view);
      return reason === undefined ? [] : [{ group: view.state.name, reason }];
    }),
  };
}

function outcomeOf({ cluster, slots }: GrowthOutcome, { group, left, byGroup }: Demand): PodsOutcome {
  const named = byGroup.map(({ view, pods }) => ({ group: view.state.name, pods }));
  if (left === 0) return { kind: 'helped', byGroup: named };
  if (named.length > 0) return { kind: 'partly-helped', byGroup: named, waiting: left };
  return { kind: 'cannot-be-helped', onNodes: countRejections(cluster, group.example, slots) };
}

/** Why the group does not take the pods, or not the rest of them; `undefined`: it takes what there is. */
function reasonAgainst(
  outcome: GrowthOutcome,
  demand: Demand,
  view: NodeGroupView,
): FitReason | GroupReason | undefined {
  const prospect = outcome.prospects.get(view);
  const takes = demand.byGroup.some((taken) => taken.view === view);
  const [unfit] = prospect === undefined || takes ? [] : (rejectionBy(prospect, demand.group)?.reasons ?? []);
  if (unfit !== undefined) return unfit;
  if (view.blocked !== undefined) return view.blocked;
  if (prospect === undefined) return { code: 'NoTemplate', message: view.state.templateProblem };
  if (demand.left > 0) {
    const { nodes, because } = outcome.headroom.allows(view, prospect.template.node);
    return nodes === 0 ? because : (heldBackBy(demand.group.example.spec) ?? because);
  }
  return takes ? undefined : anotherChosen(outcome, demand);
}

/** New nodes may take some of these pods and no more: what of their own terms says so. */
function heldBackBy({
  requiredPodAffinity,
  requiredPodAntiAffinity,
  topologySpread,
}: PodSpecFacts): FitReason | undefined {
  const [near] = requiredPodAffinity;
  if (near !== undefined) return { code: 'PodAffinityUnmet', topologyKey: near.topologyKey };
  const [spread] = topologySpread.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  if (spread !== undefined) {
    const { topologyKey, maxSkew } = spread;
    return { code: 'TopologySkew', topologyKey, domain: 'of new nodes', skew: maxSkew + 1, maxSkew };
  }
  const [apart] = requiredPodAntiAffinity;
  if (apart === undefined) return undefined;
  return { code: 'PodAntiAffinityClash', topologyKey: apart.topologyKey, domain: 'of new nodes' };
}

function anotherChosen({ growths }: GrowthOutcome, { byGroup }: Demand): GroupReason {
  const chosen = byGroup.map(({ view }) => view);
  const expander = growths.find(({ view }) => chosen.includes(view))?.expander ?? '';
  return { code: 'AnotherGroupChosen', chosen: chosen.map(({ state }) => state.name).join(', '), expander };
}
