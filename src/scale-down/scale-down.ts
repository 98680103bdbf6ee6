/**
 * The scale-down decision: which nodes go now, and why every other node stays.
 *
 *     survey      each node: going, stays, or a candidate          eligibility.ts
 *     simulate    candidates in order, cumulatively                simulated-pass.ts, removal-simulation.ts
 *     remember    who is unneeded since when, who is unremovable   memory.ts
 *     choose      whose time is up, within the limits              removal-choice.ts
 *     replace     nodes by cheaper ones, where that is asked for   consolidation.ts
 *
 * 1. Pure: the model is as before when the plan is made, and the same input gives the same plan (I10).
 * 2. Every node that is not simulated is explained exactly once (I6).
 * 3. No node is planned away whose pods a rule, a budget or an annotation protects (I2), or whose pods, those included
 *    that scale-up means to run there, find no place on a node that stays.
 */
import type { Slot } from '../cluster/cluster.ts';
import type { NodeExplanation } from '../explain/record.ts';
import { seekReplacement } from './consolidation.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import type { Candidate } from './eligibility.ts';
import type { ScaleDownMemory, Unremovable } from './memory.ts';
import { foundUnneeded, foundUnremovable } from './memory.ts';
import type { PlannedRemoval, ScaleDownInput, ScaleDownPlan } from './plan.ts';
import type { Choice } from './removal-choice.ts';
import { chooseRemovals } from './removal-choice.ts';
import type { Accepted } from './removal-simulation.ts';
import type { Replacing } from './replacement.ts';
import { advanceReplacement, NOTHING_REPLACED } from './replacement.ts';
import type { Outcome } from './simulated-pass.ts';
import { simulateRemovals } from './simulated-pass.ts';
import type { Markable } from './soft-taints.ts';
import { markedSince, softTaintsFor } from './soft-taints.ts';
import { evictedPods, missingSuccessors } from './successors.ts';
import { Survey } from './survey.ts';
import { paceWith, unneededLimit } from './unneeded-limit.ts';
import { causeOf, reasonForRemoval, reasonForReplacement } from './wording.ts';

export type { PlannedRemoval, RemovalInFlight, ScaleDownInput, ScaleDownPlan, SoftTaints } from './plan.ts';

export function planScaleDown(input: ScaleDownInput): ScaleDownPlan {
  return input.cluster.trial(() => plan(input));
}

function plan(given: ScaleDownInput): ScaleDownPlan {
  const input = { ...given, memory: withMarks(given) };
  const { cluster, now, options } = input;
  const budgets = new DisruptionBudgets(cluster.podDisruptionBudgets());
  const survey = new Survey(input, budgets);
  const pace = paceWith(input.memory.pace, options, now);
  const progress = options.consolidation && advanceReplacement(input, survey, options.consolidation);
  const replacing = progress ?? NOTHING_REPLACED;
  const evicted = evictedPods(input, survey);
  const outcome = simulateRemovals(input, survey, {
    budgets,
    most: unneededLimit(input.memory, pace, options),
    expected: missingSuccessors(input, evicted),
  });
  const found = { ...remember(input, outcome, replacing), pace, evicted };
  const since = ({ node }: Candidate): number => found.unneeded.get(node.name)?.sinceMs ?? now;
  const choice = chooseRemovals(input, outcome.accepted, { since, survey, replacing });
  const consolidation =
    progress ?? (options.consolidation && seekReplacement(input, survey, { options: options.consolidation, choice }));
  const memory = consolidation === undefined ? found : { ...found, consolidation: consolidation.memory };
  const removals = choice.chosen.map((removal) => plannedRemoval(removal, { outcome, replacing, since, now }));
  return {
    removals,
    nodes: explain(survey, [...outcome.accepted, ...replacing.removals], { outcome, choice, since }),
    softTaints: softTaintsFor(markable(input, survey, memory, removals), options.drain.softTaints.maxPerPass),
    growth: consolidation !== undefined && 'growth' in consolidation ? consolidation.growth : undefined,
    consolidation: consolidation?.reason,
    memory,
  };
}

/** The first pass of a process believes the marks of an earlier one. */
function withMarks({ cluster, memory, options, now }: ScaleDownInput): ScaleDownMemory {
  if (memory.taintsRead) return memory;
  const nodes = cluster.nodeSlots().map((slot) => cluster.node(slot));
  const marked = markedSince(nodes, options.drain.softTaints.ttlMs, now);
  return { ...memory, taintsRead: true, unneeded: new Map([...marked, ...memory.unneeded]) };
}

/** Of all nodes only those that are marked or unneeded: with the others all is well. */
function* markable(
  { cluster }: ScaleDownInput,
  survey: Survey,
  { unneeded }: ScaleDownMemory,
  removals: readonly PlannedRemoval[],
): Generator<Markable> {
  const chosen = new Set(removals.map(({ slot }) => slot));
  const going = new Set(survey.going);
  for (const slot of survey.markedOr(unneeded.keys())) {
    const group = survey.groupOf(slot);
    if (group === undefined || group.state.options.dryRun === true || chosen.has(slot) || going.has(slot)) continue;
    const node = cluster.node(slot);
    yield { node, unneeded: unneeded.has(node.name) };
  }
}

/** Nodes that are being replaced are as good as unneeded: the scheduler is to avoid them. */
function remember(
  input: ScaleDownInput,
  { accepted, refused, places }: Outcome,
  replacing: Replacing,
): ScaleDownMemory {
  const { cluster, options, now } = input;
  const untilMs = now + options.unremovableNodeRecheckMs;
  // Cluster Autoscaler remembers whatever it tried, if only for this pass's sake; those past its limit were not tried.
  const lasting = refused.flatMap(({ candidate: { node }, reason, lasting: lasts }): [string, Unremovable][] =>
    lasts || (options.likeClusterAutoscaler && reason.code !== 'ParallelismLimit')
      ? [[node.name, { uid: node.uid, untilMs, reason }]]
      : [],
  );
  const uidOf = (name: string): string | undefined => {
    const slot = cluster.slotOf(name);
    return slot === undefined ? undefined : cluster.node(slot).uid;
  };
  const unneeded = [...accepted, ...replacing.removals].map(({ candidate }) => candidate.node);
  return { ...foundUnremovable(foundUnneeded(input.memory, unneeded, now), lasting, { now, uidOf }), places };
}

interface RemovalParts {
  readonly outcome: Outcome;
  readonly replacing: Replacing;
  readonly since: (candidate: Candidate) => number;
  readonly now: number;
}

function plannedRemoval(removal: Accepted, { outcome, replacing, since, now }: RemovalParts): PlannedRemoval {
  const { candidate, empty } = removal;
  const { node, slot, group } = candidate;
  return {
    node: node.name,
    uid: node.uid,
    slot,
    providerID: node.providerID,
    groupId: group.state.id,
    groupName: group.state.name,
    empty,
    moves: replacing.moves.get(slot) ?? outcome.moves(removal),
    cause: causeOf(removal),
    because: replacing.moves.has(slot)
      ? reasonForReplacement(removal)
      : reasonForRemoval(removal, now - since(candidate)),
    pricePerHour: group.state.pricePerHour,
    wholeGroup: group.state.options.zeroOrMaxNodeScaling === true,
  };
}

interface Explained {
  readonly outcome: Outcome;
  readonly choice: Choice;
  readonly since: (candidate: Candidate) => number;
}

/** Of every node, in the order of names. Where there are no candidates, this is what was said in the last pass. */
function explain(
  survey: Survey,
  accepted: readonly Accepted[],
  { outcome, choice, since }: Explained,
): readonly NodeExplanation[] {
  const { known, all } = survey.explanations;
  if (all !== undefined && accepted.length === 0 && outcome.refused.length === 0) return all;
  const ofCandidates = new Map<Slot, NodeExplanation>();
  const note = (candidate: Candidate, what: NodeExplanation['outcome']): void => {
    const { slot, node, group, utilization } = candidate;
    ofCandidates.set(slot, { node: node.name, group: group.state.name, utilization, outcome: what });
  };
  for (const { candidate, reason } of outcome.refused) note(candidate, { kind: 'stays', reason });
  for (const { candidate } of accepted) {
    const reason = choice.waiting.get(candidate.slot);
    if (reason !== undefined) note(candidate, { kind: 'unneeded', sinceMs: since(candidate), reason });
  }
  for (const [action, { candidate }] of choice.chosen.entries()) note(candidate, { kind: 'removed', action });
  // A node that is replaced is no candidate by itself: something else is known of it.
  return survey.slots.flatMap((slot, position) => ofCandidates.get(slot) ?? known[position] ?? []);
}
