/**
 * When a decision may change with nothing else happening: the earliest moment that a reason in its record names. The
 * loop looks again then, rather than at the next tick of the scan interval.
 */
import type { DecisionRecord } from '../explain/record.ts';
import type { NodeGroupMemory } from '../node-groups/memory.ts';

/** A time that has to have passed is over one millisecond later. */
const JUST_AFTER_MS = 1;

/** The earliest moment after `now` at which a reason or an open request ends; `undefined`: there is none. */
export function nextMomentOf(record: DecisionRecord, memory: NodeGroupMemory, now: number): number | undefined {
  let next: number | undefined;
  for (const { untilMs } of [...timedReasonsOf(record), ...openRequestsOf(memory)]) {
    const moment = untilMs + JUST_AFTER_MS;
    if (moment > now && (next === undefined || moment < next)) next = moment;
  }
  return next;
}

function* openRequestsOf({ scaleUpRequests, inFlight }: NodeGroupMemory): Generator<{ readonly untilMs: number }> {
  yield* Object.values(scaleUpRequests);
  for (const { hiddenUntilMs } of Object.values(inFlight)) {
    if (hiddenUntilMs !== undefined) yield { untilMs: hiddenUntilMs };
  }
}

function* timedReasonsOf(record: DecisionRecord): Generator<{ readonly untilMs: number }> {
  for (const reason of reasonsOf(record)) if ('untilMs' in reason) yield reason;
}

type TimedReason = { readonly code: string } | { readonly code: string; readonly untilMs: number };

function* reasonsOf(record: DecisionRecord): Generator<TimedReason> {
  for (const { outcome } of record.nodes) {
    if (outcome.kind === 'stays' || outcome.kind === 'unneeded') yield outcome.reason;
  }
  for (const { outcome } of record.pods) {
    if (outcome.kind === 'waits') yield outcome.reason;
  }
  if (record.consolidation !== undefined) yield record.consolidation;
  for (const { blocked } of record.groups) {
    if (blocked !== undefined) yield blocked;
  }
}
