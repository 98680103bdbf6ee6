/**
 * Going through a plan once more from its end, with the same groups: what was chosen first may have taken more nodes than
 * it needs beside those that were chosen after it.
 *
 * 1. With more nodes of the later groups: pods that keep each other off their nodes need as many nodes as they are, whoever's
 *    nodes these are. One of them on every node saves a node of the group that all of them were meant for.
 * 2. Else with no more nodes of any group: the later ones take one of those on each node, beside their own pods; or
 *    whatever they have room for.
 * 3. A plan that helps fewer pods, takes as many nodes or costs more is never kept.
 */
import type { Candidate, GrowthPlan, Step } from './growth-plan.ts';
import { areApart } from './packing-order.ts';
import type { Parcel } from './packing-order.ts';
import type { Demand } from './demand.ts';
import { tiesAt } from './prospects.ts';

/** More nodes make room for more of those that keep apart, which need more room. */
const MOST_ROUNDS = 8;

/** `anew`: an empty plan for the same demands. */
export function settled(
  plan: GrowthPlan,
  anew: () => GrowthPlan,
  isTenable: (plan: GrowthPlan) => boolean,
): GrowthPlan {
  if (plan.steps.length < 2) return plan;
  const isAnyApart = plan.steps.some(({ candidate: { prospect, taken } }) =>
    taken.some(({ demand }) => areApart(prospect, demand)),
  );
  for (const way of isAnyApart ? [withApart, besideOwn, again] : [again]) {
    const other = goneThrough(plan, anew(), way);
    if (isBetter(other, plan) && isTenable(other)) return other;
  }
  return plan;
}

type Taken = Parcel<Demand>;

type Way = (plan: GrowthPlan, step: Step) => Candidate | undefined;

function goneThrough(plan: GrowthPlan, other: GrowthPlan, way: Way): GrowthPlan {
  const [first] = plan.steps;
  for (const step of plan.steps.toReversed()) {
    const option = (step === first ? undefined : way(other, step)) ?? again(other, step);
    if (option !== undefined) other.take({ option, because: step.because, expander: step.expander });
  }
  return other;
}

function isBetter(other: GrowthPlan, best: GrowthPlan): boolean {
  return (
    other.nodes < best.nodes &&
    costOf(other) <= costOf(best) &&
    best.demands.every((demand) => other.left(demand) <= best.left(demand))
  );
}

/** US dollars an hour, as far as prices are known. */
function costOf({ steps }: GrowthPlan): number {
  return steps.reduce((sum, { nodes, view }) => sum + nodes * (view.state.pricePerHour ?? 0), 0);
}

/**
 * The same with no more nodes than in the step, for any pods that find room there. In the order in which they are
 * counted once the nodes are on their way: in another, who was counted in might be left out then, and ask once more.
 */
function again(plan: GrowthPlan, { nodes, candidate }: Step): Candidate | undefined {
  return plan.pack(candidate.prospect, nodes, wantedOf(plan, candidate));
}

/** With as many nodes as it takes when each holds one of the pods that keep each other off. */
function withApart(plan: GrowthPlan, { nodes, candidate }: Step): Candidate | undefined {
  const { prospect } = candidate;
  const wanted = wantedOf(plan, candidate);
  const [first] = wanted;
  // Else they do not go first when they are counted: see above.
  if (first === undefined || !areApart(prospect, first.demand)) return undefined;
  let most = nodes;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const found = plan.pack(prospect, plan.allowed(prospect), withFewApart(prospect, wanted, most));
    if (found === undefined || found.nodes <= most) return found;
    most = found.nodes;
  }
  return undefined;
}

/** The same with no more nodes than in the step, for its own pods and for one on each node of those that keep each other off. */
function besideOwn(plan: GrowthPlan, { nodes, candidate }: Step): Candidate | undefined {
  const { prospect, taken } = candidate;
  const own = new Map(taken.map(({ demand, pods }) => [demand, pods]));
  const wanted = wantedOf(plan, candidate).flatMap(({ demand, pods }) => {
    const some = areApart(prospect, demand) ? pods : Math.min(pods, own.get(demand) ?? 0);
    return some > 0 ? [{ demand, pods: some }] : [];
  });
  return plan.pack(prospect, nodes, withFewApart(prospect, wanted, nodes));
}

/** Any pods that the group may take, in the order of packing. */
function wantedOf(plan: GrowthPlan, { prospect, taken }: Candidate): readonly Taken[] {
  const spoken = new Map(taken.map(({ demand, pods }) => [demand, pods]));
  const wanted: Taken[] = [];
  for (const { demand, pods } of plan.takable(prospect)) {
    // Who wants others near is left with them.
    const isFree = tiesAt(prospect, demand.group)?.near === undefined;
    const some = isFree ? pods : Math.min(pods, spoken.get(demand) ?? 0);
    if (some > 0) wanted.push({ demand, pods: some });
  }
  return plan.inOrder(prospect, wanted);
}

/** So many of those that keep each other off, and all others. */
function withFewApart(prospect: Candidate['prospect'], wanted: readonly Taken[], apart: number): readonly Taken[] {
  let left = apart;
  const few: Taken[] = [];
  for (const { demand, pods } of wanted) {
    const isApart = areApart(prospect, demand);
    const some = isApart ? Math.min(pods, left) : pods;
    if (isApart) left -= some;
    if (some > 0) few.push({ demand, pods: some });
  }
  return few;
}
