/**
 * The replacement that is under way: whether its new nodes are there, whether there is still a reason for it, and which of
 * the old nodes may go now. See consolidation.ts for its course.
 */
import type { Slot } from '../cluster/cluster.ts';
import { podKey } from '../cluster/facts.ts';
import type { ConsolidationReason, GivingUp } from '../explain/consolidation-reasons.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { describe } from '../explain/text.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import { refusedByBudget } from './drainability.ts';
import type { Candidate } from './eligibility.ts';
import type { ConsolidationMemory, Replacement } from './memory.ts';
import type { ConsolidationOptions } from './options.ts';
import type { Move } from './parcels.ts';
import type { ScaleDownInput } from './plan.ts';
import type { Accepted } from './removal-simulation.ts';
import { LEAST_SAVING, priceOf } from './replacement-search.ts';
import type { ReplacementTrial } from './replacement-trial.ts';
import { tryReplacing } from './replacement-trial.ts';
import type { Survey } from './survey.ts';

/** Nodes that are being replaced, as far as the choice of removals is concerned. */
export interface Replacing {
  /** Those that may go now. */
  readonly removals: readonly Accepted[];
  /** Where the pods of each go. */
  readonly moves: ReadonlyMap<Slot, readonly Move[]>;
  /** Why nodes with pods that are not replaced wait; `undefined`: they need not. */
  readonly others: NodeReason | undefined;
}

export interface Progress extends Replacing {
  readonly memory: ConsolidationMemory;
  readonly reason: ConsolidationReason;
}

export const NOTHING_REPLACED: Replacing = {
  removals: [],
  moves: new Map(),
  others: undefined,
};

/** A request that has not even been sent after so long was not made at all. */
const SENT_WITHIN_MS = 60_000;
/** A drain takes its time, and budgets and paid hours theirs. */
const GONE_WITHIN_MS = 60 * 60_000;
/** What was worth it is carried through for less than it was begun for: prices and pods may waver. */
const STILL_WORTH_IT = LEAST_SAVING / 2;

/** What there is of it now. */
interface Course {
  readonly view: NodeGroupView;
  /** The nodes to be replaced that are there and not on their way out. */
  readonly old: readonly Slot[];
  /** Of the nodes to be replaced so many are on their way out, or gone. */
  readonly leaving: number;
  /** The new nodes that are ready. */
  readonly ready: readonly Slot[];
  /** The new nodes, those on their way included. */
  readonly coming: number;
}

/** Before anything else is simulated. `undefined`: nothing is under way. */
export function advanceReplacement(
  input: ScaleDownInput,
  survey: Survey,
  options: ConsolidationOptions,
): Progress | undefined {
  const { replacement } = input.memory.consolidation;
  if (replacement === undefined) return undefined;
  const { sketch } = replacement;
  const present = replacement.replaced.flatMap(({ name, uid }) => {
    const slot = input.cluster.slotOf(name);
    return slot !== undefined && input.cluster.node(slot).uid === uid ? [slot] : [];
  });
  if (present.length === 0) return over({ code: 'ReplacementDone', replacement: sketch }, input, options);
  const checked = check(replacement, present, input, survey);
  if ('code' in checked) {
    return over({ code: 'ReplacementGivenUp', replacement: sketch, because: checked }, input, options);
  }
  return goOn(replacement, checked, input, survey);
}

function over(reason: ConsolidationReason, { memory, now }: ScaleDownInput, options: ConsolidationOptions): Progress {
  const quietUntilMs = now + options.cooldownMs;
  return {
    ...NOTHING_REPLACED,
    memory: { ...memory.consolidation, replacement: undefined, found: undefined, quietUntilMs },
    reason,
  };
}

// ---- Whether to go on ---------------------------------------------------------------------------------------------

interface Checked extends Course {
  readonly trial: ReplacementTrial;
}

function check(
  replacement: Replacement,
  present: readonly Slot[],
  input: ScaleDownInput,
  survey: Survey,
): Checked | GivingUp {
  const { cluster, now } = input;
  const { sketch, askedAtMs, untilMs } = replacement;
  const course = courseOf(replacement, present, input, survey);
  if (course === undefined) return { code: 'ReplacementRefused', message: 'the node pool is gone' };
  if (now >= untilMs) return { code: 'ReplacementLate', waitedMs: now - askedAtMs };
  const isComing = course.coming >= sketch.nodes;
  const { blocked } = course.view;
  if (!isComing && (blocked?.code === 'GroupInBackoff' || now >= askedAtMs + SENT_WITHIN_MS)) {
    return { code: 'ReplacementRefused', message: blocked?.code === 'GroupInBackoff' ? blocked.message : '' };
  }
  const candidates: Candidate[] = [];
  for (const slot of course.old) {
    const candidate = survey.replaceable(slot);
    const kept = candidate === undefined ? keptBy(survey.explanation(slot)?.outcome) : heldBy(candidate);
    if (kept !== undefined) return { code: 'ReplacedNodeKept', node: cluster.node(slot).name, message: kept };
    if (candidate !== undefined) candidates.push(candidate);
  }
  const cost = priceOf(candidates);
  const savesPerHour = cost - sketch.nodes * (course.view.state.pricePerHour ?? 0);
  // Once a node has gone, the others go too: what was asked for them is there.
  if (course.leaving === 0 && savesPerHour < STILL_WORTH_IT * cost) return { code: 'NoLongerWorthIt', savesPerHour };
  const trial = tryReplacing(input, survey, candidates);
  const placed = new Set(trial.steps.map(({ removal }) => removal.candidate));
  const homeless = candidates.find((candidate) => !placed.has(candidate));
  if (isComing && homeless !== undefined) return { code: 'ReplacementTooSmall', node: homeless.node.name };
  return { ...course, trial };
}

function courseOf(
  { groupId, before, replaced }: Replacement,
  present: readonly Slot[],
  { cluster, groups }: ScaleDownInput,
  survey: Survey,
): Course | undefined {
  const view = groups.find(({ state }) => state.id === groupId);
  if (view === undefined) return undefined;
  const known = new Set(before);
  const isNew = (slot: Slot): boolean => !known.has(cluster.node(slot).uid);
  const old = present.filter((slot) => !survey.going.includes(slot));
  // Nodes that have not started are among those on their way.
  const registered = view.slots.filter((slot) => isNew(slot) && !view.standIns.includes(slot));
  return {
    view,
    old,
    leaving: replaced.length - old.length,
    ready: view.ready.filter(isNew),
    coming: registered.length + view.upcoming,
  };
}

/** Why a node that was to go cannot, in words. */
function keptBy(outcome: NonNullable<ReturnType<Survey['explanation']>>['outcome'] | undefined): string {
  return outcome?.kind === 'stays' ? describe(outcome.reason) : 'it is not ready';
}

/** The pod that keeps the node, in words; `undefined`: none does. */
function heldBy({ pods }: Candidate): string | undefined {
  if (pods.kind === 'blocked') {
    const { pod, reason: blocking, detail } = pods;
    return describe({ code: 'BlockedByPod', pod: podKey(pod), blocking, detail });
  }
  const [first] = pods.onCompletion;
  return first && describe({ code: 'BlockedByOnCompletionPod', pod: podKey(first) });
}

// ---- What goes now ------------------------------------------------------------------------------------------------

function goOn(replacement: Replacement, course: Checked, input: ScaleDownInput, survey: Survey): Progress {
  const { memory, now } = input;
  const { sketch } = replacement;
  const isReady = replacement.readyAtMs !== undefined || course.ready.length >= sketch.nodes;
  const readyAtMs = replacement.readyAtMs ?? (isReady ? now : undefined);
  const untilMs = readyAtMs === undefined ? replacement.untilMs : readyAtMs + GONE_WITHIN_MS;
  const { group, replaced } = sketch;
  for (const slot of course.ready) {
    if (!survey.going.includes(slot)) survey.hold(slot, { code: 'TakesReplacedPods', nodes: replaced, untilMs });
  }
  for (const slot of course.old) survey.hold(slot, { code: 'AwaitsReplacement', group, untilMs });
  return {
    memory: { ...memory.consolidation, replacement: { ...replacement, readyAtMs, untilMs } },
    reason: isReady
      ? { code: 'ReplacementUnderWay', replacement: sketch, left: course.old.length, untilMs }
      : { code: 'ReplacementAwaited', replacement: sketch, ready: course.ready.length, untilMs },
    ...(isReady ? withinBudgets(course.trial, input, survey) : NOTHING_REPLACED),
    others: { code: 'ReplacementFirst', group, untilMs },
  };
}

/** Those whose pods the budgets let go now, one after the other. */
function withinBudgets(
  { steps, moves }: ReplacementTrial,
  { cluster }: ScaleDownInput,
  survey: Survey,
): Omit<Replacing, 'others'> {
  const budgets = new DisruptionBudgets(cluster.podDisruptionBudgets());
  for (const slot of survey.going) {
    const pods = survey.pods(slot);
    if (pods.kind === 'blocked') continue;
    budgets.take([...pods.evict, ...pods.expendable].filter(({ deletion }) => deletion === undefined));
  }
  const removals: Accepted[] = [];
  for (const { removal } of steps) {
    const { pods, slot } = removal.candidate;
    if (pods.kind === 'blocked') continue;
    const blocked = refusedByBudget(pods, budgets);
    if (blocked === undefined) {
      const risky = !budgets.allowTogether(pods.evict) || !budgets.allowTogether(pods.expendable);
      budgets.take([...pods.evict, ...pods.expendable]);
      removals.push({ ...removal, risky });
    } else {
      const { pod, reason: blocking, detail } = blocked;
      survey.hold(slot, { code: 'BlockedByPod', pod: podKey(pod), blocking, detail });
    }
  }
  return { removals, moves };
}
