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
import type { Demand } from './demand.ts';
import type { Growth } from './growth-plan.ts';
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

/** How growing ended. */
export interface GrowthOutcome {
  readonly cluster: Cluster;
  readonly views: readonly NodeGroupView[];
  readonly prospects: ReadonlyMap<NodeGroupView, Prospect>;
  readonly growths: readonly Growth[];
  readonly headroom: Headroom;
  /** The nodes that are there or on their way. */
  readonly slots: readonly Slot[];
  /** One group grew, and who needs another one waits. */
  readonly oneChoicePerPass: boolean;
  /** The expander that refused every group that would help; absent: none did. */
  readonly refusedBy?: string | undefined;
}

/** For each demand what it got, and why each group did not give it (more). In the order given. */
export function explainDemands(outcome: GrowthOutcome, demands: readonly Demand[]): PodsExplanation[] {
  const explaining = new Explaining(outcome);
  return demands.map((demand) => explaining.demand(demand));
}

/** Thousands of demands and groups have few answers between them: those that are equal are one object. */
class Explaining {
  readonly #outcome: GrowthOutcome;
  readonly #against = new Map<string, PodsExplanation['perGroup']>();
  readonly #entries = new Map<FitReason | GroupReason, Map<NodeGroupView, PodsExplanation['perGroup'][number]>>();
  readonly #others = new Map<string, GroupReason>();
  readonly #refused: GroupReason | undefined;

  constructor(outcome: GrowthOutcome) {
    this.#outcome = outcome;
    const { refusedBy } = outcome;
    this.#refused = refusedBy === undefined ? undefined : { code: 'RefusedByExpander', expander: refusedBy };
  }

  demand(demand: Demand): PodsExplanation {
    const { key, pods, owner } = demand.group;
    return {
      example: key,
      count: pods.length,
      owner,
      outcome: this.#outcomeOf(demand),
      perGroup: this.#perGroup(demand),
    };
  }

  #outcomeOf(demand: Demand): PodsOutcome {
    const { cluster, slots } = this.#outcome;
    const { group, left, byGroup } = demand;
    const named = byGroup.map(({ view, pods }) => ({ group: view.state.name, pods }));
    if (left === 0) return { kind: 'helped', byGroup: named };
    if (named.length > 0) return { kind: 'partly-helped', byGroup: named, waiting: left };
    const chosen = this.#awaitsItsTurn(demand);
    if (chosen !== undefined) return { kind: 'waits', reason: { code: 'AnotherGroupFirst', chosen } };
    return { kind: 'cannot-be-helped', onNodes: countRejections(cluster, group.example, slots) };
  }

  /** The group that grew in this pass while another one would help the pods in the next; `undefined`: none would. */
  #awaitsItsTurn({ group }: Demand): string | undefined {
    const { growths, prospects, headroom, oneChoicePerPass } = this.#outcome;
    const [growth] = growths;
    if (!oneChoicePerPass || growth === undefined) return undefined;
    const waits = [...prospects.values()].some(
      (prospect) =>
        prospect.view.blocked === undefined &&
        rejectionBy(prospect, group) === undefined &&
        headroom.allows(prospect.view, prospect.template.node).nodes > 0,
    );
    return waits ? growth.view.state.name : undefined;
  }

  #perGroup(demand: Demand): PodsExplanation['perGroup'] {
    const key = this.#aspectsOf(demand);
    const known = key === undefined ? undefined : this.#against.get(key);
    if (known !== undefined) return known;
    const perGroup = this.#outcome.views.flatMap((view) => {
      const reason = this.#reasonAgainst(demand, view);
      return reason === undefined ? [] : [this.#entry(view, reason)];
    });
    if (key !== undefined) this.#against.set(key, perGroup);
    return perGroup;
  }

  /** Equal for demands that the same reasons speak of; `undefined`: it has reasons of its own. */
  #aspectsOf({ group, left, byGroup }: Demand): string | undefined {
    const [first] = this.#outcome.prospects.values();
    if (first === undefined || left > 0) return undefined;
    const { wishes, shape, special } = first.classes.of(group);
    const isHeldBack = [...new Set([...this.#outcome.prospects.values()].map(({ place }) => place))].some(
      (place) => place.says(group)?.rejection !== undefined,
    );
    if (special || isHeldBack) return undefined;
    return JSON.stringify([wishes, shape, byGroup.map(({ view }) => view.state.id)]);
  }

  #entry(view: NodeGroupView, reason: FitReason | GroupReason): PodsExplanation['perGroup'][number] {
    let ofReason = this.#entries.get(reason);
    if (ofReason === undefined) {
      ofReason = new Map<NodeGroupView, PodsExplanation['perGroup'][number]>();
      this.#entries.set(reason, ofReason);
    }
    let entry = ofReason.get(view);
    if (entry === undefined) ofReason.set(view, (entry = { group: view.state.name, reason }));
    return entry;
  }

  /** Why the group does not take the pods, or not the rest of them; `undefined`: it takes what there is. */
  #reasonAgainst(demand: Demand, view: NodeGroupView): FitReason | GroupReason | undefined {
    const { prospects, headroom } = this.#outcome;
    const prospect = prospects.get(view);
    const takes = demand.byGroup.some((taken) => taken.view === view);
    const [unfit] = prospect === undefined || takes ? [] : (rejectionBy(prospect, demand.group)?.reasons ?? []);
    if (unfit !== undefined) return unfit;
    if (view.blocked !== undefined) return view.blocked;
    if (prospect === undefined) return { code: 'NoTemplate', message: view.state.templateProblem };
    if (demand.left > 0) {
      const { nodes, because } = headroom.allows(view, prospect.template.node);
      if (nodes === 0) return because;
      if (this.#outcome.oneChoicePerPass && !takes) return this.#anotherChosen(this.#outcome.growths.slice(0, 1));
      return (takes ? undefined : this.#refused) ?? heldBackBy(demand.group.example.spec) ?? because;
    }
    return takes ? undefined : this.#anotherChosen(demand.byGroup);
  }

  #anotherChosen(taken: readonly { readonly view: NodeGroupView }[]): GroupReason {
    const chosen = taken.map(({ view }) => view.state.name).join(', ');
    let reason = this.#others.get(chosen);
    if (reason === undefined) {
      const expander = this.#outcome.growths.find(({ view }) => view === taken[0]?.view)?.expander ?? '';
      this.#others.set(chosen, (reason = { code: 'AnotherGroupChosen', chosen, expander }));
    }
    return reason;
  }
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
