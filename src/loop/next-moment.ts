/**
 * When a decision may change with nothing else happening: the earliest moment that a reason in its record names. The
 * loop looks again then, rather than at the next tick of the scan interval.
 */
import type { DecisionRecord, NodeExplanation } from '../explain/record.ts';
import type { NodeGroupMemory } from '../node-groups/memory.ts';

/** A time that has to have passed is over one millisecond later. */
const JUST_AFTER_MS = 1;

/** The earliest moment after `now` at which a reason or an open request ends; `undefined`: there is none. */
export function nextMomentOf(record: DecisionRecord, memory: NodeGroupMemory, now: number): number | undefined {
  const next = new Earliest(now);
  for (const { outcome } of record.pods) if (outcome.kind === 'waits') next.noteReason(outcome.reason);
  if (record.consolidation !== undefined) next.noteReason(record.consolidation);
  for (const { blocked } of record.groups) if (blocked !== undefined) next.noteReason(blocked);
  for (const { untilMs } of Object.values(memory.scaleUpRequests)) next.note(untilMs);
  for (const { hiddenUntilMs } of Object.values(memory.inFlight)) {
    if (hiddenUntilMs !== undefined) next.note(hiddenUntilMs);
  }
  const moment = Math.min(next.moment, nextOfNodes(record.nodes, now));
  return moment === Infinity ? undefined : moment;
}

/** A quiet pass says of all nodes what the one before has said: the same list, with the same moments. */
const known = new WeakMap<readonly NodeExplanation[], Earliest>();

function nextOfNodes(nodes: readonly NodeExplanation[], now: number): number {
  let next = known.get(nodes);
  if (next === undefined || now < next.now || now >= next.moment) {
    next = new Earliest(now);
    for (const { outcome } of nodes) {
      if (outcome.kind === 'stays' || outcome.kind === 'unneeded') next.noteReason(outcome.reason);
    }
    known.set(nodes, next);
  }
  return next.moment;
}

type PerhapsTimed = { readonly code: string } | { readonly code: string; readonly untilMs: number };

class Earliest {
  readonly now: number;
  moment = Infinity;

  constructor(now: number) {
    this.now = now;
  }

  noteReason(reason: PerhapsTimed): void {
    if ('untilMs' in reason) this.note(reason.untilMs);
  }

  note(untilMs: number): void {
    const moment = untilMs + JUST_AFTER_MS;
    if (moment > this.now && moment < this.moment) this.moment = moment;
  }
}
