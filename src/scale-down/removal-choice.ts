/**
 * Which of the removable nodes go now: those whose time is up, within the limits. Empty nodes first, then drains, those
 * that budgets allow at once before those that they hold up; among these, what saves most money for the least disruption.
 *
 * 1. A group never falls below its minimum, removals under way included (I1).
 * 2. The cluster never falls below its minimum of cpu, memory and GPUs.
 * 3. A group that goes as a whole goes with all its nodes or not at all.
 */
import type { Slot } from '../cluster/cluster.ts';
import { podKey } from '../cluster/facts.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { paidFor } from './billing-hour.ts';
import { cooldownOf, cooldownOfGroup, cooldownOfReplaced } from './cooldown.ts';
import { OpenBudgets } from './disruption-windows.ts';
import type { Candidate } from './eligibility.ts';
import { Minimums } from './minimums.ts';
import { withinParallelism } from './parallelism.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Accepted } from './removal-simulation.ts';
import type { Replacing } from './replacement.ts';
import type { Survey } from './survey.ts';
import { notLongEnough } from './unneeded.ts';
import { disruptionOf, pricesOf } from './worth.ts';

export interface Choice {
  /** In the order in which they are to go. */
  readonly chosen: readonly Accepted[];
  /** Why the others wait. */
  readonly waiting: ReadonlyMap<Slot, NodeReason>;
}

interface Ripe extends Accepted {
  readonly groupId: string;
  readonly wholeGroup: boolean;
}

/** What the choice is made by. */
export interface ChoiceParts {
  /** When each accepted node became unneeded. */
  readonly since: (candidate: Candidate) => number;
  readonly survey: Survey;
  readonly replacing: Replacing;
}

/** `accepted`: in the ordinary way; nodes that are replaced by others are chosen among as well. */
export function chooseRemovals(
  input: ScaleDownInput,
  accepted: readonly Accepted[],
  { since, survey, replacing }: ChoiceParts,
): Choice {
  const waiting = new Map<Slot, NodeReason>();
  const minimums = new Minimums(input, survey);
  const pause = cooldownOf(input);
  const pauseOfReplaced = cooldownOfReplaced(input);
  const replaced = new Set(replacing.removals);
  const ripe: Ripe[] = [];
  for (const removal of inOrderOfChoice([...accepted, ...replacing.removals])) {
    const { candidate } = removal;
    const ordinary = (): NodeReason | undefined =>
      notLongEnough(candidate, since(candidate), input.options, input.now) ??
      pause ??
      pauseOf(candidate, input) ??
      waitsForCompletion(candidate) ??
      (removal.empty ? undefined : replacing.others);
    const reason =
      (replaced.has(removal) ? (pauseOfReplaced ?? billingPause(candidate, input)) : ordinary()) ??
      minimums.reached(candidate);
    if (reason === undefined) {
      minimums.take(candidate);
      const { id, options } = candidate.group.state;
      ripe.push({ ...removal, groupId: id, wholeGroup: options.zeroOrMaxNodeScaling === true });
    } else {
      waiting.set(candidate.slot, reason);
    }
  }
  const whole = onlyWhole(ripe, input, waiting);
  const going = withinParallelism(whole, allowance(input), (id) => wholeSizes(input, id));
  noteParallelism(whole, going, input, waiting);
  return { chosen: withinBudgets(going, input, survey, waiting).toSorted(byRank), waiting };
}

/** What a node waits for that has nothing to do with other nodes. */
function pauseOf(candidate: Candidate, input: ScaleDownInput): NodeReason | undefined {
  const { state } = candidate.group;
  return cooldownOfGroup(state.id, state.name, input) ?? billingPause(candidate, input);
}

function billingPause(candidate: Candidate, { options, now }: ScaleDownInput): NodeReason | undefined {
  return options.respectBillingHour ? paidFor(candidate, now) : undefined;
}

function waitsForCompletion({ pods }: Candidate): NodeReason | undefined {
  if (pods.kind === 'blocked') return undefined;
  const [first] = pods.onCompletion.map(podKey).toSorted();
  return first === undefined ? undefined : { code: 'BlockedByOnCompletionPod', pod: first };
}

// ---- Order ------------------------------------------------------------------------------------------------------

function inOrderOfChoice(accepted: readonly Accepted[]): readonly Accepted[] {
  const priceOf = pricesOf(accepted.map(({ candidate }) => candidate));
  const keyed = accepted.map((removal) => ({
    removal,
    worth: priceOf(removal.candidate) / disruptionOf(removal.candidate),
    since: removal.candidate.node.createdAtMs,
  }));
  // Of equal worth: what has been there longest goes first.
  keyed.sort((a, b) => byRank(a.removal, b.removal) || b.worth - a.worth || a.since - b.since);
  return keyed.map(({ removal }) => removal);
}

function byRank(a: Accepted, b: Accepted): number {
  return rankOf(a) - rankOf(b);
}

function rankOf({ empty, risky }: Accepted): number {
  if (empty) return 0;
  return risky ? 2 : 1;
}

// ---- Whole groups, parallelism, budgets ---------------------------------------------------------------------------

/** Without those of which only a part could go. */
function onlyWhole(ripe: readonly Ripe[], input: ScaleDownInput, waiting: Map<Slot, NodeReason>): readonly Ripe[] {
  const counts = new Map<string, number>();
  for (const { groupId } of ripe) counts.set(groupId, (counts.get(groupId) ?? 0) + 1);
  return ripe.filter(({ candidate, groupId, wholeGroup }) => {
    if (!wholeGroup) return true;
    const removable = counts.get(groupId) ?? 0;
    const sizes = wholeSizes(input, groupId);
    if (sizes.includes(removable)) return true;
    waiting.set(candidate.slot, { code: 'AtomicScaleDownFailed', removable, nodes: sizes[0] ?? 0 });
    return false;
  });
}

/** A group is whole with as many nodes as are wanted, or with all that have registered. */
function wholeSizes({ groups }: ScaleDownInput, groupId: string): readonly number[] {
  const view = groups.find(({ state }) => state.id === groupId);
  return view === undefined ? [] : [view.state.targetSize, view.slots.length];
}

function allowance({ options, removals }: ScaleDownInput): { readonly removals: number; readonly drains: number } {
  return {
    removals: options.maxParallelism - removals.length,
    drains: options.maxDrainParallelism - removals.filter(({ drains }) => drains).length,
  };
}

function noteParallelism(
  ripe: readonly Ripe[],
  going: readonly Ripe[],
  { options, removals }: ScaleDownInput,
  waiting: Map<Slot, NodeReason>,
): void {
  const chosen = new Set(going);
  const isFull = removals.length + going.length >= options.maxParallelism;
  for (const one of ripe) {
    if (chosen.has(one)) continue;
    const reason: NodeReason =
      isFull || one.empty
        ? { code: 'ParallelismLimit', limit: options.maxParallelism, flag: '--max-scale-down-parallelism' }
        : { code: 'ParallelismLimit', limit: options.maxDrainParallelism, flag: '--max-drain-parallelism' };
    waiting.set(one.candidate.slot, reason);
  }
}

/** As many as the budgets for the whole cluster let go. A group that goes as a whole counts as a whole. */
function withinBudgets(
  going: readonly Ripe[],
  { options, removals, now }: ScaleDownInput,
  survey: Survey,
  waiting: Map<Slot, NodeReason>,
): readonly Ripe[] {
  if (options.disruptionBudgets.length === 0) return going;
  const budgets = new OpenBudgets(options.disruptionBudgets, survey.slots.length, removals.length, now);
  const refusedGroups = new Set<string>();
  return going.filter(({ candidate, groupId, wholeGroup }) => {
    const reason = budgets.reached();
    if (reason === undefined && !refusedGroups.has(groupId)) {
      budgets.take();
      return true;
    }
    if (wholeGroup) refusedGroups.add(groupId);
    if (reason !== undefined) waiting.set(candidate.slot, reason);
    return false;
  });
}
