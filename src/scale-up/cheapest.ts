/**
 * The cheapest way to help all pods at once. Taking the best bargain group by group may end dear: a large node that is
 * filled at a good price leaves a few pods for which a small group would have been better bought from the start. So the
 * plan that the expanders make is varied, and the cheapest of the plans that help as many pods is kept.
 *
 * 1. A plan that helps fewer pods is never better, whatever it saves.
 * 2. The search ends at the lower bound of the cost, when no variation saves anything, or after a stated amount of work:
 *    by count, not by time, so that the same input gives the same plan (I10).
 * 3. A plan is given up as soon as what it costs so far and the lower bound for the rest come to more than the best has
 *    cost: it would not have been taken. What variations have in common is worked out once (branch.ts).
 */
import type { Ground, GrowthPlan } from './growth-plan.ts';
import { LowestCost } from './lowest-cost.ts';
import type { Prospect } from './prospects.ts';

/** How a plan departs from the one that the expanders make by themselves. */
export interface Variation {
  /** Taken before all others; with all its nodes, without the last of them, which may be a poor bargain, or with one. */
  readonly first: { readonly prospect: Prospect; readonly nodes: 'all' | 'all-but-one' | 'one' } | undefined;
  /** Not taken. */
  readonly without: ReadonlySet<Prospect>;
  /** Taken with no more nodes than that. */
  readonly atMost: ReadonlyMap<Prospect, number>;
}

export const NO_VARIATION: Variation = { first: undefined, without: new Set(), atMost: new Map() };

/** Each plan looks at every set of pods on every group, at least once: so many looks are made in all. */
const MOST_LOOKS = 60_000;
const MOST_PLANS = 400;
/** Cheaper by less is not cheaper: sums of prices are rounded. */
const ROUNDING = 1e-9;

interface Priced {
  readonly plan: GrowthPlan;
  readonly variation: Variation;
  /** US dollars an hour; Infinity when the price of a group is not known. */
  readonly cost: number;
}

/** Whether a plan in the making is to be given up. */
export type IsHopeless = (plan: GrowthPlan) => boolean;

/** @param make - the plan with a variation; the greedy one without */
export function cheapestPlan(
  ground: Ground,
  make: (variation: Variation, isHopeless: IsHopeless) => GrowthPlan,
): GrowthPlan {
  const priced = (variation: Variation, isHopeless: IsHopeless): Priced => {
    const plan = make(variation, isHopeless);
    return { plan, variation, cost: costOf(plan) };
  };
  let plansLeft = Math.min(MOST_PLANS, Math.floor(MOST_LOOKS / looksOf(ground)));
  let best = priced(NO_VARIATION, () => false);
  if (plansLeft === 0) return best.plan;
  const lowest = new LowestCost(ground.demands, ground.open);
  const least = lowest.of(({ left }) => left);
  const better = (than: Priced, variation: Variation): Priced => {
    // Where the best helps all pods, a plan in the making that has some left is never better than that.
    const isHopeless: IsHopeless = (plan) =>
      than.plan.unmet === 0 && costOf(plan) + lowest.of((demand) => plan.left(demand)) > than.cost + ROUNDING;
    const one = priced(variation, isHopeless);
    return isBetter(one, than) ? one : than;
  };
  while (plansLeft > 0 && (best.plan.unmet > 0 || best.cost > least + ROUNDING)) {
    const before = best;
    for (const variations of [variationsOf(before, ground), singlesOf(ground)]) {
      // The second kind seldom helps, and is looked at where the first does not.
      if (best !== before) break;
      const tried = variations.slice(0, plansLeft);
      plansLeft -= tried.length;
      best = tried.reduce(better, before);
    }
    if (best === before) break;
  }
  return best.plan;
}

/** Says of a plan that helps all pods what it costs as a whole, and what it would cost at the least. */
export function remarkCost(plan: GrowthPlan, ground: Ground): void {
  const cost = costOf(plan);
  if (plan.unmet > 0 || cost === Number.POSITIVE_INFINITY || looksOf(ground) > MOST_LOOKS) return;
  const least = new LowestCost(ground.demands, ground.open).of(({ left }) => left);
  plan.remark(`$${cost.toFixed(3)} an hour in all, at least $${least.toFixed(3)}`);
}

function looksOf({ demands, open }: Ground): number {
  return Math.max(1, demands.length * open.length);
}

function isBetter(one: Priced, than: Priced): boolean {
  if (one.plan.unmet !== than.plan.unmet) return one.plan.unmet < than.plan.unmet;
  if (Math.abs(one.cost - than.cost) > ROUNDING) return one.cost < than.cost;
  return one.plan.nodes < than.plan.nodes;
}

function costOf(plan: GrowthPlan): number {
  let cost = 0;
  for (const { parts } of plan.steps) {
    for (const { prospect, nodes } of parts) {
      cost += nodes * (prospect.view.state.pricePerHour ?? Number.POSITIVE_INFINITY);
    }
  }
  return cost;
}

/** The steps away from a plan: one of its groups fewer, one node of a group fewer, a group first. */
function variationsOf({ plan, variation }: Priced, { open }: Ground): readonly Variation[] {
  const { first, without, atMost } = variation;
  const taken = plan.steps.map(({ candidate, nodes }) => ({ prospect: candidate.prospect, nodes }));
  const forgone = taken
    .filter(({ prospect }) => prospect !== first?.prospect)
    .map(({ prospect }) => ({ ...variation, without: new Set([...without, prospect]) }));
  const fewer = taken
    .filter(({ nodes }) => nodes > 1)
    .map(({ prospect, nodes }) => ({ ...variation, atMost: new Map([...atMost, [prospect, nodes - 1] as const]) }));
  const others = open
    .filter((prospect) => !without.has(prospect))
    .flatMap((prospect) =>
      (['all-but-one', 'all'] as const).map((nodes) => ({ ...variation, first: { prospect, nodes } })),
    );
  return [...forgone, ...fewer, ...others];
}

/**
 * A new start with one node of a group: the largest pods, which fill that one, would leave gaps on nodes that others fill
 * better.
 */
function singlesOf({ open }: Ground): readonly Variation[] {
  return open.map((prospect) => ({ ...NO_VARIATION, first: { prospect, nodes: 'one' } }));
}
