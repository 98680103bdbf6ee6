/**
 * Consolidation: several under-used nodes, or one dear node, give way to cheaper ones (`--consolidation`). One replacement
 * at a time, remembered from pass to pass:
 *
 *     seeking ──► asked ──► awaited ──► under way ──► done ──► (nothing for a while) ──► seeking
 *                              └────────────┴──► given up ──┘
 *
 *     seeking     replacement-search.ts, in quiet times only; what is found has to stay worth it for a while
 *     awaited     the new nodes are on their way: nothing is evicted for them, and they are not removed for being empty
 *     under way   all of them are ready: the old ones go, as any other nodes go (removal-choice.ts)
 *     given up    late, refused, no longer worth it, or the pods no longer fit: the new nodes are ordinary nodes again,
 *                 and what nothing needs goes in the ordinary way
 *
 * 1. No node goes before every node that replaces it is ready, and while not all pods of all that are left find a place.
 * 2. Each replacement makes the cluster cheaper by a good part of what was replaced, so that none undoes another; and after
 *    the end of one there is no other for `--consolidation-cooldown`.
 */
import type { Slot } from '../cluster/cluster.ts';
import type { ConsolidationReason } from '../explain/consolidation-reasons.ts';
import { describeConsolidation } from '../explain/consolidation-reasons.ts';
import type { NodeReason } from '../explain/reasons.ts';
import { cooldownOf } from './cooldown.ts';
import type { ConsolidationMemory } from './memory.ts';
import type { ConsolidationOptions } from './options.ts';
import type { PlannedGrowth, ScaleDownInput } from './plan.ts';
import type { Choice } from './removal-choice.ts';
import type { Proposal } from './replacement-search.ts';
import { searchReplacement } from './replacement-search.ts';
import type { Survey } from './survey.ts';

/** What a pass makes of it. */
export interface Consolidation {
  readonly memory: ConsolidationMemory;
  /** `undefined`: nobody looked. */
  readonly reason: ConsolidationReason | undefined;
  /** To be asked for now. */
  readonly growth?: PlannedGrowth;
}

/** A search costs more than the rest of a pass: so often it is worth it, other reasons to look aside. */
const LOOK_MS = 60_000;

/** Looks for a replacement, after everything else is decided and nothing else is going on. */
export function seekReplacement(
  input: ScaleDownInput,
  survey: Survey,
  { options, choice }: { readonly options: ConsolidationOptions; readonly choice: Choice },
): Consolidation {
  const { memory, now } = input;
  const before = memory.consolidation;
  const first = comesFirst(input, choice);
  if (first !== undefined) return { memory: { ...before, found: undefined }, reason: first };
  const dueAtMs = (before.found?.sinceMs ?? Infinity) + input.options.unneededTimeMs;
  if (now < dueAtMs && now < (before.lookedAtMs ?? -Infinity) + LOOK_MS) {
    return { memory: before, reason: before.found && notLongEnough(before.found, dueAtMs) };
  }
  const { worthIt, best } = searchReplacement(input, survey, options);
  const looked = { ...before, lookedAtMs: now };
  if (worthIt === undefined) {
    const reason: ConsolidationReason = { code: 'NothingWorthReplacing', threshold: options.threshold };
    return {
      memory: { ...looked, found: undefined },
      reason: best === undefined ? reason : { ...reason, best: best.sketch },
    };
  }
  const found = { sketch: worthIt.sketch, sinceMs: before.found?.sinceMs ?? now };
  const untilMs = found.sinceMs + input.options.unneededTimeMs;
  return now < untilMs
    ? { memory: { ...looked, found }, reason: notLongEnough(found, untilMs) }
    : ask(worthIt, input, { memory: looked, options });
}

function notLongEnough(
  { sketch: replacement, sinceMs }: NonNullable<ConsolidationMemory['found']>,
  untilMs: number,
): ConsolidationReason {
  return { code: 'NotWorthItLongEnough', replacement, sinceMs, untilMs };
}

function ask(
  { view, replaced, sketch }: Proposal,
  { cluster, now }: ScaleDownInput,
  { memory, options }: { readonly memory: ConsolidationMemory; readonly options: ConsolidationOptions },
): Consolidation {
  const { id, name, pricePerHour, options: own } = view.state;
  const untilMs = now + (own.maxNodeProvisionTimeMs ?? options.readyWithinMs);
  const reason: ConsolidationReason = { code: 'ReplacementAsked', replacement: sketch, untilMs };
  return {
    memory: {
      ...memory,
      found: undefined,
      replacement: {
        groupId: id,
        sketch,
        before: view.slots.map((slot) => cluster.node(slot).uid),
        replaced: replaced.map(({ node }) => ({ name: node.name, uid: node.uid })),
        askedAtMs: now,
        readyAtMs: undefined,
        untilMs,
      },
    },
    reason,
    growth: {
      groupId: id,
      groupName: name,
      from: view.targetSize,
      delta: sketch.nodes,
      pods: 0,
      because: describeConsolidation(reason),
      pricePerHour: pricePerHour === undefined ? undefined : pricePerHour * sketch.nodes,
    },
  };
}

/** What goes before any replacement; `undefined`: nothing. */
function comesFirst(input: ScaleDownInput, { chosen, waiting }: Choice): ConsolidationReason | undefined {
  const { groups, growth, removals, memory, now } = input;
  const isGrowing = (growth?.size ?? 0) > 0 || groups.some(({ upcoming }) => upcoming > 0);
  if (isGrowing) return { code: 'ConsolidationWaits', behind: 'new-nodes' };
  if (chosen.length + removals.length > 0) return { code: 'ConsolidationWaits', behind: 'removals' };
  const { quietUntilMs } = memory.consolidation;
  if (quietUntilMs !== undefined && now < quietUntilMs) return { code: 'ConsolidationSettles', untilMs: quietUntilMs };
  const pause = cooldownOf(input);
  if (pause !== undefined) return { code: 'ConsolidationWaits', behind: 'cooldown', untilMs: pause.untilMs };
  return goesByItself(waiting) ? { code: 'ConsolidationWaits', behind: 'unneeded-nodes' } : undefined;
}

/** Whether any of the removable nodes will go before long. */
function goesByItself(waiting: ReadonlyMap<Slot, NodeReason>): boolean {
  return [...waiting.values()].some(
    (reason) => 'untilMs' in reason || reason.code === 'ParallelismLimit' || reason.code === 'DisruptionBudgetReached',
  );
}
