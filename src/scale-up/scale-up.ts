/**
 * The scale-up decision: which groups grow by how many nodes so that pending pods get a place, and for every pending
 * pod what becomes of it (I6).
 *
 * 1. Pods that fit nodes that are there or on their way ask for nothing; only the rest does.
 * 2. Of the groups that would help, the expander takes one; the rest of the pods goes on to the others, until nothing
 *    more helps. A group is grown at most once in a pass.
 * 3. No bound is passed: the group's maximum (I1), the cluster's limits, the cap on one pass.
 * 4. Pods that suit a group that somebody else has just changed ask for nothing, here or elsewhere, until what came of
 *    that can be seen: what they need may have been asked for.
 * 5. Neither the order of the pods nor that of events changes the decision (I10).
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { isExpendable } from '../cluster/expendable.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { PendingReason } from '../explain/reasons.ts';
import type { PodsExplanation } from '../explain/record.ts';
import type { PassGuard } from '../node-groups/guard.ts';
import { wordGuard } from '../node-groups/guard.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { DepartingPods } from './departing.ts';
import type { PodGroup } from './equivalence.ts';
import { groupPods } from './equivalence.ts';
import type { StandingBack } from './explanations.ts';
import { explainDemands, explainPlaced, explainStandingBack, explainWaiting } from './explanations.ts';
import type { Placement } from './filter-schedulable.ts';
import { placeOnNodes } from './filter-schedulable.ts';
import type { Counsel } from './counsel.ts';
import type { Demand } from './demand.ts';
import type { ExpanderChain } from './expander.ts';
import type { Lot } from './expander-knowledge.ts';
import { grow } from './growth.ts';
import { Headroom } from './limits.ts';
import type { PlaceHints } from './imitated-placing.ts';
import { hintsOf, NO_HINTS, placeInTurn } from './imitated-placing.ts';
import { raiseToMinimum } from './minimum-sizes.ts';
import type { ScaleUpOptions } from './options.ts';
import type { LaunchAllowance } from './launches.ts';
import { Misgivings } from './misgivings.ts';
import { burstUntilMs, standsBack, youngUntilMs } from './pending.ts';
import type { PlannedResize } from './planned-resizes.ts';
import { resizesOf } from './planned-resizes.ts';
import type { Mistake } from './predictions.ts';
import type { NewPromise } from './promises.ts';
import { promisesOf } from './promises.ts';
import type { Prospect } from './prospects.ts';
import { prospectsOf } from './prospects.ts';
import { awaitedChanges } from './unseen-changes.ts';
import { addUpcomingNodes } from './upcoming.ts';

export type { PlannedResize } from './planned-resizes.ts';

export interface ScaleUpInput {
  /** With a trial open: pods that are placed stay so, for whoever decides after. */
  readonly cluster: Cluster;
  readonly groups: readonly NodeGroupView[];
  readonly options: ScaleUpOptions;
  readonly limits: LimitsOptions;
  readonly now: number;
  /** The names of nodes that are being drained: their pods need a place too. */
  readonly draining?: readonly string[];
  /** When set, nothing is asked for. */
  readonly guard?: PassGuard | undefined;
  /** How many nodes may be launched now. Unless said, any number. */
  readonly launches?: LaunchAllowance;
  /** Predictions that proved wrong: see predictions.ts. */
  readonly mistakes?: readonly Mistake[];
  /** By which the expander random draws. */
  readonly lot?: Lot;
  /** Where the pass before placed pods in thought: asked only where Cluster Autoscaler is imitated. */
  readonly hints?: PlaceHints;
  /** What the expander grpc has to say. */
  readonly counsel?: Counsel;
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
  /** For whom nodes are on their way now, with those that are asked for. */
  readonly promises: Iterable<NewPromise>;
  /** For the next pass, where Cluster Autoscaler is imitated. */
  readonly hints: PlaceHints;
}

export function planScaleUp(input: ScaleUpInput): ScaleUpPlan {
  const { cluster, groups: views, options, guard } = input;
  const misgivings = new Misgivings(input.mistakes ?? [], input.now);
  const { standing, asking } = sortPending(input, misgivings);
  const headroom = headroomOf(input);
  const mayRaise = options.enforceMinSize && guard === undefined;
  // Pods count on the nodes that are to come anyway; where Cluster Autoscaler is imitated, those are asked for last.
  const raises = mayRaise && !options.oneChoicePerPass ? raiseToMinimum(views, headroom) : [];
  const added = addUpcomingNodes(cluster, views, raises);
  const upcoming = new Map(added.map(({ slot, view }) => [slot, view]));
  for (const { pod, reason } of standing) {
    if (reason.code === 'NominatedToNode') holdPlace(cluster, pod);
  }

  const departing = new DepartingPods(cluster, input.draining ?? []);
  const seeking = [...asking, ...groupPods(cluster, departing.pods)];
  // Where nobody seeks a place, nobody looks.
  const existing = seeking.length === 0 ? [] : existingNodes(cluster, views);
  const slots = [...existing, ...upcoming.keys()];
  const giveBack = setExpendableAside(input, seeking.length === 0 ? [] : slots);
  const apartFirst = !options.oneChoicePerPass;
  const all = options.likeClusterAutoscaler
    ? placeInTurn(cluster, seeking, slots, input.hints ?? NO_HINTS)
    : placeOnNodes(cluster, seeking, { existing, upcoming: added, apartFirst });
  const placements = all.slice(0, asking.length);
  const rest = placements.flatMap((placement) => placement.rest ?? []);
  const demands = rest.filter((group) => !isYoung(input, group)).map(demandOf);
  const homeless = all.slice(asking.length).flatMap(({ rest: left }) => (left === undefined ? [] : demandOf(left)));
  const prospects = prospectsOf(cluster, views, demandGroups([...demands, ...homeless]), misgivings);
  const waiting = demands.flatMap(({ group }) => group.pods);
  const burstMs = burstUntilMs(waiting, options, input.now);
  const held = heldBack(guard, burstMs);
  const awaited = awaitedChanges([...demands, ...homeless], prospects);
  const whyNot = (demand: Demand): PendingReason | undefined => held ?? awaited.get(demand);
  const may = [...demands, ...homeless].filter((demand) => whyNot(demand) === undefined);
  const growths = grow(may, prospects, headroom, { ...options, chain: chainOf(input) });
  if (mayRaise && options.oneChoicePerPass) raises.push(...raiseToMinimum(views, headroom, growths));
  const { oneChoicePerPass } = options;
  const refusedBy = input.counsel?.refusedAll === true ? 'grpc' : undefined;
  const found = { cluster, views, growths, headroom, slots, prospects: byView(prospects) };
  const outcome = { ...found, oneChoicePerPass, refusedBy };

  const asked = demands.filter((demand) => whyNot(demand) === undefined);
  const pods = [
    ...explainStandingBack(cluster, standing),
    ...placements.flatMap((placement) => explainPlaced(cluster, placement, upcoming)),
    ...rest.filter((group) => isYoung(input, group)).map((group) => explainYoung(input, group)),
    ...demands.flatMap((demand) => {
      const reason = whyNot(demand);
      return reason === undefined ? [] : [explainWaiting(demand.group, reason)];
    }),
    ...explainDemands(outcome, asked),
  ];
  const hints = hintsForNext(input, all);
  giveBack();
  departing.giveBack(all);
  return {
    resizes: resizesOf([...growths, ...raises]),
    pods: pods.toSorted((a, b) => (a.example < b.example ? -1 : 1)),
    upcomingSlots: [...upcoming.keys()],
    promises: promisesOf({ placements, upcoming, demands, growths: [...growths, ...raises] }),
    unhelped: demands.reduce((sum, { left }) => sum + left, 0),
    hints,
  };
}

function hintsForNext(
  { cluster, options, guard, hints = NO_HINTS }: ScaleUpInput,
  all: readonly Placement[],
): PlaceHints {
  if (!options.likeClusterAutoscaler) return NO_HINTS;
  // A pass that is given up early places nothing, and forgets nothing.
  return guard === undefined ? hintsOf(cluster, all) : hints;
}

/** Why nothing is asked for in this pass, whoever needs it. */
function heldBack(guard: PassGuard | undefined, burstMs: number | undefined): PendingReason | undefined {
  if (guard !== undefined) return { code: 'PassSkipped', message: wordGuard(guard) };
  return burstMs === undefined ? undefined : { code: 'TooYoung', untilMs: burstMs };
}

/** Pods that stand back, each with its reason, and groups of those that ask for a place. */
function sortPending(input: ScaleUpInput, misgivings: Misgivings): { standing: StandingBack[]; asking: PodGroup[] } {
  const { cluster, options, now } = input;
  const standing: StandingBack[] = [];
  const asking: PodFacts[] = [];
  for (const pod of cluster.pendingPods()) {
    const reason = standsBack(pod, cluster, options);
    if (reason === undefined) asking.push(pod);
    else standing.push({ pod, reason });
  }
  const aspect = (pod: PodFacts): string =>
    (youngUntilMs(pod, options, now) === undefined ? '' : 'young') + misgivings.aspectOf(pod);
  return { standing, asking: [...misgivings.warned(cluster, groupPods(cluster, asking, aspect))] };
}

/**
 * The nodes that may take pods, in the order of names. Those that are going are not among them, nor those that are
 * starting: as upcoming nodes they are there already, and must not offer their room twice.
 */
function existingNodes(cluster: Cluster, views: readonly NodeGroupView[]): Slot[] {
  const others = new Set(
    views.flatMap(({ going, standIns, template }) => (template === undefined ? going : [...going, ...standIns])),
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
  const cutoff = options.expendablePodsPriorityCutoff;
  for (const slot of slots) {
    if (!cluster.mayHoldRarePods(slot, cutoff)) continue;
    for (const pod of cluster.podsOn(slot).values()) if (isExpendable(pod, cutoff)) aside.push({ pod, slot });
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

function chainOf({ cluster, options, lot, counsel }: ScaleUpInput): ExpanderChain {
  // Only what is imitated asks for it, and counting takes time on large clusters.
  const real = options.oneChoicePerPass ? cluster.nodeSlots().filter((slot) => !cluster.isSimulated(slot)) : [];
  const { inForce, last } = cluster.priorities;
  // Cluster Autoscaler has none while the ConfigMap cannot be read; ours stay as they were.
  const isStale = options.oneChoicePerPass && last?.read.kind === 'unreadable';
  const priorities = isStale ? undefined : inForce;
  return {
    names: options.expanders,
    knowledge: { lot, priorities, counsel, nodes: real.length, imitates: options.oneChoicePerPass },
  };
}

function headroomOf({ cluster, groups, options, limits, launches }: ScaleUpInput): Headroom {
  const headroom = new Headroom(limits, options.maxNodesPerScaleUp, launches);
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
