/**
 * Looks for the replacement that saves most: nodes of some groups for fewer or cheaper ones of another.
 *
 * 1. Considered are nodes that may go but for their use, old enough, whose groups and the cluster stay above their
 *    minimums; and groups that may grow, of known prices. Nodes of a group are not replaced by its own kind.
 * 2. It is worth it when the share of the cluster's cost that is saved, over the share of its pods that is disturbed,
 *    reaches the threshold, and the saving is not a mere trifle of what the nodes cost.
 * 3. The work is bounded: so many nodes and groups are tried, the most promising first.
 */
import type { ReplacementSketch } from '../explain/consolidation-reasons.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import { refusedByBudget } from './drainability.ts';
import type { Candidate } from './eligibility.ts';
import { Minimums } from './minimums.ts';
import type { ConsolidationOptions } from './options.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Step } from './replacement-trial.ts';
import { tryReplacing } from './replacement-trial.ts';
import type { Survey } from './survey.ts';
import { disruptionOf, totalDisruption, totalPrice } from './worth.ts';

/** A replacement as the search finds it. */
export interface Proposal {
  readonly view: NodeGroupView;
  readonly replaced: readonly Candidate[];
  readonly sketch: ReplacementSketch;
}

export interface Found {
  readonly worthIt: Proposal | undefined;
  /** The most that could be saved, worth it or not. */
  readonly best: Proposal | undefined;
}

/** So many nodes are considered in one look, those of which most money is spent on nothing first … */
const MOST_NODES = 60;
/** … as replaced by nodes of so many groups, the cheapest first … */
const MOST_GROUPS = 8;
/** … of which so many are asked for at once … */
const MOST_NEW_NODES = 10;
/** … and so many are tried each by itself. */
const MOST_SINGLES = 8;
/** A saving of less than this share of what the replaced nodes cost is not worth the trouble. */
export const LEAST_SAVING = 0.1;

export function searchReplacement(input: ScaleDownInput, survey: Survey, options: ConsolidationOptions): Found {
  const candidates = candidatesOf(input, survey, options);
  const scales = new Scales(input);
  let worthIt: Proposal | undefined;
  let best: Proposal | undefined;
  for (const view of targetsOf(input)) {
    const price = view.state.pricePerHour ?? 0;
    for (const list of listsFor(view, candidates)) {
      const most = Math.min(MOST_NEW_NODES, input.growable?.(view) ?? 0, mostThatSave(list, price));
      if (most < 1 || view.template === undefined) continue;
      const { steps } = tryReplacing(input, survey, list, { template: view.template, most });
      for (const proposal of proposalsOf(view, steps, scales)) {
        if (isBetter(proposal, best)) best = proposal;
        if (scales.isWorthIt(proposal.sketch, options.threshold) && isBetter(proposal, worthIt)) worthIt = proposal;
      }
    }
  }
  return { worthIt, best };
}

// ---- Who may be replaced, and by whom -----------------------------------------------------------------------------

function candidatesOf(
  input: ScaleDownInput,
  survey: Survey,
  { minNodeAgeMs }: ConsolidationOptions,
): readonly Candidate[] {
  const budgets = new DisruptionBudgets(input.cluster.podDisruptionBudgets());
  const minimums = new Minimums(input, survey);
  const priced = survey.slots.flatMap((slot) => {
    const candidate = survey.replaceable(slot);
    return candidate === undefined || (candidate.group.state.pricePerHour ?? 0) <= 0 ? [] : [candidate];
  });
  const promising = priced
    .filter(({ node, group, pods }) => {
      if (group.state.options.zeroOrMaxNodeScaling === true || input.now - node.createdAtMs < minNodeAgeMs)
        return false;
      return pods.kind === 'movable' && pods.onCompletion.length === 0 && refusedByBudget(pods, budgets) === undefined;
    })
    .toSorted((a, b) => wasteOf(b) - wasteOf(a) || (a.node.name < b.node.name ? -1 : 1));
  const chosen: Candidate[] = [];
  for (const candidate of promising) {
    if (chosen.length >= MOST_NODES || minimums.reached(candidate) !== undefined) continue;
    minimums.take(candidate);
    chosen.push(candidate);
  }
  return chosen;
}

/** Money spent on what nobody uses, over what it takes to move the rest. */
function wasteOf(candidate: Candidate): number {
  const price = candidate.group.state.pricePerHour ?? 0;
  return (price * (1 - candidate.utilization)) / disruptionOf(candidate);
}

function targetsOf({ groups }: ScaleDownInput): readonly NodeGroupView[] {
  return groups
    .filter(({ blocked, template, state }) => {
      const isWhole = state.options.zeroOrMaxNodeScaling === true;
      return blocked === undefined && template !== undefined && !isWhole && (state.pricePerHour ?? 0) > 0;
    })
    .toSorted((a, b) => (a.state.pricePerHour ?? 0) - (b.state.pricePerHour ?? 0) || (a.state.id < b.state.id ? -1 : 1))
    .slice(0, MOST_GROUPS);
}

/** In which order the nodes are tried: all of them, those of each group by themselves, and some alone. */
function listsFor(view: NodeGroupView, candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const others = candidates.filter(({ group }) => group !== view);
  const byGroup = [...Map.groupBy(others, ({ group }) => group).values()];
  const price = view.state.pricePerHour ?? 0;
  const dearer = others.filter(({ group }) => (group.state.pricePerHour ?? 0) > price).slice(0, MOST_SINGLES);
  return [others, ...(byGroup.length > 1 ? byGroup : []), ...(others.length > 1 ? dearer.map((one) => [one]) : [])];
}

/** More new nodes than this cost more than all that is replaced. */
function mostThatSave(list: readonly Candidate[], price: number): number {
  return Math.floor(priceOf(list) / price);
}

// ---- What it is worth ---------------------------------------------------------------------------------------------

/** What a saving and a disruption are held against. */
class Scales {
  readonly #price: number;
  readonly #disruption: number;

  constructor({ cluster, groups }: ScaleDownInput) {
    this.#price = totalPrice(groups);
    this.#disruption = totalDisruption(cluster, groups);
  }

  sketch(view: NodeGroupView, nodes: number, replaced: readonly Candidate[]): ReplacementSketch {
    const savesPerHour = priceOf(replaced) - nodes * (view.state.pricePerHour ?? 0);
    const disruption = replaced.reduce((sum, candidate) => sum + disruptionOf(candidate), 0);
    return {
      group: view.state.name,
      nodes,
      replaced: replaced.map(({ node }) => node.name),
      savesPerHour,
      savingsShare: this.#price === 0 ? 0 : savesPerHour / this.#price,
      disruptionShare: this.#disruption === 0 ? 0 : disruption / this.#disruption,
    };
  }

  isWorthIt({ savingsShare, disruptionShare }: ReplacementSketch, threshold: number): boolean {
    return savingsShare >= threshold * disruptionShare;
  }
}

/** Each part of the steps, from the first on, that needs new nodes at all. */
function* proposalsOf(view: NodeGroupView, steps: readonly Step[], scales: Scales): Generator<Proposal> {
  const replaced: Candidate[] = [];
  for (const { removal, used } of steps) {
    replaced.push(removal.candidate);
    const cost = priceOf(replaced);
    if (used < 1 || cost - used * (view.state.pricePerHour ?? 0) < LEAST_SAVING * cost) continue;
    yield { view, replaced: [...replaced], sketch: scales.sketch(view, used, replaced) };
  }
}

/** Saves more; of equal savings, disturbs less. */
function isBetter({ sketch }: Proposal, than: Proposal | undefined): boolean {
  if (than === undefined) return true;
  const more = sketch.savesPerHour - than.sketch.savesPerHour;
  return more > 0 || (more === 0 && sketch.disruptionShare < than.sketch.disruptionShare);
}

/** What the nodes cost together, in US dollars an hour. */
export function priceOf(nodes: readonly Candidate[]): number {
  return nodes.reduce((sum, { group }) => sum + (group.state.pricePerHour ?? 0), 0);
}
