/**
 * Grows groups until no more demand can be met: each round packs what is left onto every group that may still grow, and
 * the expander takes one.
 *
 * 1. What one attempt at a plan teaches about domains that cannot take their share, or about nodes that stay without the
 *    pods that others are spread over, goes into the next one: what is asked for at last is what the scheduler can bind.
 *    Pods that want to be together, and do not all fit where the first of them went, are tried elsewhere.
 * 2. What was chosen first may have taken more nodes than it needs beside those that were chosen after it: the plan is
 *    gone through once more from its end (settling.ts).
 */
import { Branch } from './branch.ts';
import type { Variation } from './cheapest.ts';
import { cheapestPlan, NO_VARIATION, remarkCost } from './cheapest.ts';
import type { Counter } from './counters.ts';
import { Counters } from './counters.ts';
import { chooseOption } from './expander.ts';
import type { ExpanderChain } from './expander.ts';
import type { PodGroup } from './equivalence.ts';
import type { Demand } from './demand.ts';
import type { Candidate, Ground, Growth, Step, Terms } from './growth-plan.ts';
import { GrowthPlan } from './growth-plan.ts';
import type { Headroom } from './limits.ts';
import type { ScaleUpOptions } from './options.ts';
import type { Prospect } from './prospects.ts';
import { tiesAt } from './prospects.ts';
import { Reach } from './reach.ts';
import type { Bounds } from './shares.ts';
import { cellName } from './shares.ts';
import { candidatesOf } from './finalists.ts';
import { settled } from './settling.ts';
import { Suitors } from './suitors.ts';
import { countersOf } from './ties.ts';

/** Each attempt learns of at least one domain or counter; past these the last plan has to do. */
const MOST_ATTEMPTS = 6;

interface Choosing extends Pick<ScaleUpOptions, 'oneChoicePerPass' | 'balancing'> {
  readonly chain: ExpanderChain;
}

/** Meets the demands as far as groups and bounds allow; takes from `left` and from the headroom. In the order taken. */
export function grow(
  demands: readonly Demand[],
  prospects: readonly Prospect[],
  headroom: Headroom,
  choosing: Choosing,
): Growth[] {
  if (demands.length === 0) return [];
  const open = prospects.filter(({ view }) => view.blocked === undefined);
  const reach = new Reach(
    open,
    demands.map(({ group }) => group),
    choosing,
  );
  const counters = new Counters(countersFor(demands, open));
  const ground: Ground = {
    demands,
    open,
    headroom,
    reach,
    counters,
    suitors: new Suitors(demands, !choosing.oneChoicePerPass),
  };
  const plan = choosing.oneChoicePerPass ? firstChoice(ground, choosing) : wholePlan(ground, choosing);
  return plan.carryOut();
}

function countersFor(demands: readonly Demand[], open: readonly Prospect[]): Set<Counter> {
  const counters = new Set<Counter>();
  for (const place of new Set(open.map((prospect) => prospect.place))) {
    for (const { group } of demands) {
      const ties = place.says(group)?.ties;
      if (ties !== undefined) for (const counter of countersOf(ties)) counters.add(counter);
    }
  }
  return counters;
}

/** One group grows, and pods that this does not help wait. */
function firstChoice(ground: Ground, { chain }: Choosing): GrowthPlan {
  const plan = new GrowthPlan(ground, { bounds: undefined, crowded: new Set(), avoided: new Map() });
  takeBest(plan, chain);
  return plan;
}

function wholePlan(ground: Ground, { chain }: Choosing): GrowthPlan {
  let terms: Terms = { bounds: new Map(), crowded: new Set(), avoided: new Map() };
  let best: { readonly plan: GrowthPlan; readonly terms: Terms } | undefined;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const plan = makePlan(ground, terms, chain);
    const corrected = correctedTerms(plan, ground, terms);
    const holds = corrected === undefined || attempt === MOST_ATTEMPTS;
    if (holds && (best === undefined || plan.unmet < best.plan.unmet)) best = { plan, terms };
    const next = corrected ?? termsElsewhere(plan, ground, terms);
    if (next === undefined) break;
    terms = next;
  }
  if (best === undefined) return new GrowthPlan(ground, terms);
  const { plan: first, terms: kept } = best;
  const isTenable = (other: GrowthPlan): boolean => correctedTerms(other, ground, kept) === undefined;
  const plan = settled(first, () => new GrowthPlan(ground, kept), isTenable);
  if (buysTogether(chain)) remarkCost(plan, ground);
  return plan;
}

/** With price as the first word, all groups are bought together; else each is chosen for itself. */
function makePlan(ground: Ground, terms: Terms, chain: ExpanderChain): GrowthPlan {
  if (!buysTogether(chain)) return planned(ground, terms, chain);
  const branch = new Branch();
  return cheapestPlan(ground, (variation, isHopeless) => {
    const plan = new GrowthPlan(ground, terms, branch);
    const { first } = variation;
    if (first !== undefined) takeFirst(plan, chain, first);
    while (!isHopeless(plan) && takeBest(plan, chain, variation));
    return plan;
  });
}

function buysTogether({ names, knowledge }: ExpanderChain): boolean {
  return names[0] === 'price' && !knowledge.imitates;
}

/** Groups one after the other, as the expanders prefer, until nothing more helps. */
function planned(ground: Ground, terms: Terms, chain: ExpanderChain): GrowthPlan {
  const plan = new GrowthPlan(ground, terms);
  while (takeBest(plan, chain));
  return plan;
}

function takeFirst(plan: GrowthPlan, chain: ExpanderChain, first: NonNullable<Variation['first']>): void {
  const candidate = firstCandidate(plan, first);
  if (candidate !== undefined) takeBestOf([candidate], plan, chain);
}

function firstCandidate(plan: GrowthPlan, { prospect, nodes }: NonNullable<Variation['first']>): Candidate | undefined {
  if (nodes === 'one') return plan.candidate(prospect, 1);
  const whole = plan.candidate(prospect);
  return nodes === 'all-but-one' && whole !== undefined ? plan.candidate(prospect, whole.nodes - 1) : whole;
}

/** Takes the group that the expanders prefer. Returns whether there was any. */
function takeBest(
  plan: GrowthPlan,
  chain: ExpanderChain,
  { without, atMost }: Pick<Variation, 'without' | 'atMost'> = NO_VARIATION,
): boolean {
  if (plan.unmet === 0) return false;
  const candidates = candidatesOf(plan, chain, (prospect) =>
    without.has(prospect) ? undefined : plan.candidate(prospect, atMost.get(prospect)),
  );
  return takeBestOf(candidates, plan, chain);
}

function takeBestOf(candidates: readonly Candidate[], plan: GrowthPlan, chain: ExpanderChain): boolean {
  const choice = chooseOption(candidates, chain);
  if (choice !== undefined) plan.take({ ...choice, option: plan.within(choice.option) });
  return choice !== undefined;
}

// ---- What an attempt teaches ---------------------------------------------------------------------------------------

/** The terms that the plan should have kept; `undefined`: it keeps its own. */
function correctedTerms(plan: GrowthPlan, ground: Ground, terms: Terms): Terms | undefined {
  const bounds = new Map<PodGroup, ReadonlyMap<string, number>>(terms.bounds);
  let learnt = false;
  for (const { group, cell } of plan.untaken) {
    const known = bounds.get(group) ?? new Map<string, number>();
    if (known.has(cell)) continue;
    bounds.set(group, new Map([...known, [cell, takenIn(plan.steps, group, cell)]]));
    learnt = true;
  }
  const crowded = new Set([...terms.crowded, ...crowdedIn(plan, ground)]);
  if (!learnt && crowded.size === terms.crowded.size) return undefined;
  return { ...terms, bounds: bounds satisfies Bounds, crowded };
}

function takenIn(steps: readonly Step[], group: PodGroup, cell: string): number {
  let pods = 0;
  for (const { candidate } of steps) {
    if (cellName(group, candidate.prospect.place) !== cell) continue;
    for (const taken of candidate.taken) if (taken.demand.group === group) pods += taken.pods;
  }
  return pods;
}

/** Counters by hostname of which some node holds too many beside another new node of the plan. */
function* crowdedIn({ newNodes }: GrowthPlan, { demands, open }: Ground): Generator<Counter> {
  const heights = newNodes.heights();
  if (heights.size === 0) return;
  const [first] = open;
  for (const { group } of first === undefined ? [] : demands) {
    for (const { counter, maxSkew } of (first && tiesAt(first, group)?.spread) ?? []) {
      const height = heights.get(counter);
      if (height !== undefined && height - (newNodes.least(counter) ?? 0) > maxSkew) yield counter;
    }
  }
}

/**
 * Pods that want to be together went where there is no room for all of them: terms by which they go elsewhere, which may
 * be better. `undefined`: there is no elsewhere.
 */
function termsElsewhere(plan: GrowthPlan, { demands, open }: Ground, terms: Terms): Terms | undefined {
  const avoided = new Map<Counter, ReadonlySet<string>>(terms.avoided);
  let learnt = false;
  for (const demand of demands) {
    if (plan.left(demand) === 0) continue;
    for (const place of new Set(open.map((prospect) => prospect.place))) {
      const { near } = place.says(demand.group)?.ties ?? {};
      if (near?.mayBeFirst !== true) continue;
      for (const { counter } of near.terms) {
        const domain = place.domains.get(counter.topologyKey);
        const known = avoided.get(counter) ?? new Set<string>();
        if (domain === undefined || known.has(domain) || plan.newNodes.around(place).counted(counter) === 0) continue;
        avoided.set(counter, new Set([...known, domain]));
        learnt = true;
      }
    }
  }
  return learnt ? { ...terms, avoided } : undefined;
}
