/**
 * The scale-up decision: which groups grow by how many nodes so that pending pods get a place, and for every pending
 * pod what becomes of it (I6).
 *
 * 1. Pods that fit nodes that are there or on their way ask for nothing; only the rest does.
 * 2. Of the groups that would help, the expander takes one; the rest of the pods goes on to the others, until nothing
 *    more helps. A group is grown at most once in a pass.
 * 3. No bound is passed: the group's maximum (I1), the cluster's limits, the cap on one pass.
 * 4. Neither the order of the pods nor that of events changes the decision (I10).
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { PodsExplanation } from '../explain/record.ts';
import type { ClusterHealth } from '../node-groups/health.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { PodGroup } from './equivalence.ts';
import { groupPods } from './equivalence.ts';
import type { StandingBack } from './explanations.ts';
import { explainDemand, explainPlaced, explainStandingBack, explainWaiting } from './explanations.ts';
import { placeOnNodes } from './filter-schedulable.ts';
import type { Demand, Growth } from './growth.ts';
import { grow } from './growth.ts';
import { Headroom } from './limits.ts';
import type { ScaleUpOptions } from './options.ts';
import { isExpendable, standsBack, youngUntilMs } from './pending.ts';
import type { Prospect } from './prospects.ts';
import { prospectOf } from './prospects.ts';
import { addUpcomingNodes } from './upcoming.ts';

export interface ScaleUpInput {
  /** With a trial open: pods that are placed stay so, for whoever decides after. */
  readonly cluster: Cluster;
  readonly groups: readonly NodeGroupView[];
  readonly options: ScaleUpOptions;
  readonly limits: LimitsOptions;
  readonly now: number;
  /** When unhealthy, nothing is asked for. */
  readonly health?: ClusterHealth;
}

export interface PlannedResize {
  readonly groupId: string;
  readonly groupName: string;
  /** The group's target now, with what is asked for already. */
  readonly from: number;
  readonly delta: number;
  /** How many pending pods the new nodes are for. */
  readonly pods: number;
  readonly because: string;
  /** US dollars an hour for all the new nodes; `undefined` when unknown. */
  readonly pricePerHour: number | undefined;
}

export interface ScaleUpPlan {
  /** At most one per group, the best first. */
  readonly resizes: readonly PlannedResize[];
  /** Every pending pod is in exactly one of these. In the order of examples. */
  readonly pods: readonly PodsExplanation[];
  /** The nodes on their way, which were added to the trial. */
  readonly upcomingSlots: readonly Slot[];
  /** How many pods ask for nodes and get none in this pass. */
  readonly unhelped: number;
}

export function planScaleUp(input: ScaleUpInput): ScaleUpPlan {
  const { cluster, groups: views, health } = input;
  const { standing, asking } = sortPending(input);
  const existing = existingNodes(cluster, views);
  const added = addUpcomingNodes(cluster, views);
  const upcoming = new Map(added.map(({ slot, view }) => [slot, view]));
  const slots = [...existing, ...upcoming.keys()];
  for (const { pod, reason } of standing) {
    if (reason.code === 'NominatedToNode') holdPlace(cluster, pod);
  }

  const giveBack = setExpendableAside(input, asking.length === 0 ? [] : slots);
  const placements = placeOnNodes(cluster, asking, existing, added);
  const rest = placements.flatMap((placement) => placement.rest ?? []);
  const demands = rest.filter((group) => !isYoung(input, group)).map(demandOf);
  const prospects =
    demands.length === 0 ? [] : views.flatMap((view) => prospectOf(cluster, view, demandGroups(demands)) ?? []);
  const headroom = headroomOf(input);
  const growths = health?.healthy === false ? [] : grow(demands, prospects, headroom, input.options);
  const outcome = { cluster, views, growths, headroom, slots, prospects: byView(prospects) };

  const pods = [
    ...explainStandingBack(cluster, standing),
    ...placements.flatMap((placement) => explainPlaced(cluster, placement, upcoming)),
    ...rest.filter((group) => isYoung(input, group)).map((group) => explainYoung(input, group)),
    ...demands.map((demand) =>
      health?.healthy === false ? explainUnhealthy(demand, health) : explainDemand(outcome, demand),
    ),
  ];
  giveBack();
  return {
    resizes: growths.map(resizeOf),
    pods: pods.toSorted((a, b) => (a.example < b.example ? -1 : 1)),
    upcomingSlots: [...upcoming.keys()],
    unhelped: demands.reduce((sum, { left }) => sum + left, 0),
  };
}

/** Pods that stand back, each with its reason, and groups of those that ask for a place. */
function sortPending(input: ScaleUpInput): { standing: StandingBack[]; asking: PodGroup[] } {
  const { cluster, options, now } = input;
  const standing: StandingBack[] = [];
  const asking: PodFacts[] = [];
  for (const pod of cluster.pendingPods()) {
    const reason = standsBack(pod, cluster, options);
    if (reason === undefined) asking.push(pod);
    else standing.push({ pod, reason });
  }
  const aspect = (pod: PodFacts): string => (youngUntilMs(pod, options, now) === undefined ? '' : 'young');
  return { standing, asking: groupPods(cluster, asking, aspect) };
}

/**
 * The nodes that may take pods, in the order of names. Those that are going are not among them, nor those that are
 * starting: as upcoming nodes they are there already, and must not offer their room twice.
 */
function existingNodes(cluster: Cluster, views: readonly NodeGroupView[]): Slot[] {
  const others = new Set(
    views.flatMap(({ going, notStarted, template }) => (template === undefined ? going : [...going, ...notStarted])),
  );
  return cluster.nodeSlots().filter((slot) => !others.has(slot) && !cluster.isSimulated(slot));
}

/** A nominated pod gets its place by preemption, so it is placed whether or not there is room yet. */
function holdPlace(cluster: Cluster, pod: PodFacts): void {
  const slot = cluster.slotOf(pod.nominatedNodeName);
  if (slot !== undefined) cluster.place(pod, slot);
}

/** Running pods that give way to any other hold no place while others look for one. Returns how to put them back. */
function setExpendableAside({ cluster, options }: ScaleUpInput, slots: readonly Slot[]): () => void {
  const aside: { readonly pod: PodFacts; readonly slot: Slot }[] = [];
  for (const slot of slots) {
    for (const pod of cluster.podsOn(slot).values()) if (isExpendable(pod, options)) aside.push({ pod, slot });
  }
  for (const { pod, slot } of aside) cluster.remove(pod, slot);
  return () => {
    for (const { pod, slot } of aside) cluster.place(pod, slot);
  };
}

function demandOf(group: PodGroup): Demand {
  return { group, left: group.pods.length, byGroup: [] };
}

function demandGroups(demands: readonly Demand[]): PodGroup[] {
  return demands.map(({ group }) => group);
}

function byView(prospects: readonly Prospect[]): Map<NodeGroupView, Prospect> {
  return new Map(prospects.map((prospect) => [prospect.view, prospect]));
}

function headroomOf({ cluster, groups, options, limits }: ScaleUpInput): Headroom {
  const headroom = new Headroom(limits, options.maxNodesPerScaleUp);
  headroom.countExisting(cluster, groups);
  return headroom;
}

function isYoung({ options, now }: ScaleUpInput, { example }: PodGroup): boolean {
  return youngUntilMs(example, options, now) !== undefined;
}

/** The first of them that is old enough brings the next look. */
function explainYoung({ options, now }: ScaleUpInput, group: PodGroup): PodsExplanation {
  const untilMs = group.pods.reduce(
    (first, pod) => Math.min(first, youngUntilMs(pod, options, now) ?? now),
    Number.MAX_SAFE_INTEGER,
  );
  return explainWaiting(group, { code: 'TooYoung', untilMs });
}

function explainUnhealthy({ group }: Demand, { unready, registered }: ClusterHealth): PodsExplanation {
  const message = `the cluster is unhealthy: ${unready} of ${registered} nodes are not ready`;
  return explainWaiting(group, { code: 'PassSkipped', message });
}

function resizeOf({ view, nodes, pods, because }: Growth): PlannedResize {
  const { id, name, pricePerHour } = view.state;
  return {
    groupId: id,
    groupName: name,
    from: view.targetSize,
    delta: nodes,
    pods,
    because,
    pricePerHour: pricePerHour === undefined ? undefined : pricePerHour * nodes,
  };
}
