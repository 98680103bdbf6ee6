import type { NodeReason } from '../explain/reasons.ts';
import type { ConsolidationMemory, LastMoments, ScaleDownMemory } from './memory.ts';

/** The wall clock was set by so much: what is remembered keeps its distance from now, so no delay ends early or late. */
export function afterClockStep(memory: ScaleDownMemory, byMs: number): ScaleDownMemory {
  const moved = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs + byMs);
  const { pace } = memory;
  return {
    ...memory,
    unneeded: each(memory.unneeded, (since) => ({ ...since, sinceMs: since.sinceMs + byMs })),
    unremovable: each(memory.unremovable, ({ uid, untilMs, reason }) => {
      return { uid, untilMs: untilMs + byMs, reason: reasonMoved(reason, byMs) };
    }),
    lastScaleUpAtMs: moved(memory.lastScaleUpAtMs),
    lastDeleteAtMs: moved(memory.lastDeleteAtMs),
    lastFailureAtMs: moved(memory.lastFailureAtMs),
    groups: each(memory.groups, (last): LastMoments => ({
      scaleUpAtMs: moved(last.scaleUpAtMs),
      deleteAtMs: moved(last.deleteAtMs),
      failureAtMs: moved(last.failureAtMs),
    })),
    pace: { ...pace, lastPassAtMs: moved(pace.lastPassAtMs) },
    consolidation: consolidationMoved(memory.consolidation, byMs),
    evicted: each(memory.evicted, ({ pod, untilMs }) => ({ pod, untilMs: untilMs + byMs })),
  };
}

function consolidationMoved(memory: ConsolidationMemory, byMs: number): ConsolidationMemory {
  const { replacement, found, lookedAtMs, quietUntilMs } = memory;
  const moved = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs + byMs);
  return {
    replacement: replacement && {
      ...replacement,
      askedAtMs: replacement.askedAtMs + byMs,
      readyAtMs: moved(replacement.readyAtMs),
      untilMs: replacement.untilMs + byMs,
    },
    found: found && { ...found, sinceMs: found.sinceMs + byMs },
    lookedAtMs: moved(lookedAtMs),
    quietUntilMs: moved(quietUntilMs),
  };
}

function reasonMoved(reason: NodeReason, byMs: number): NodeReason {
  return 'untilMs' in reason ? { ...reason, untilMs: reason.untilMs + byMs } : reason;
}

function each<T>(map: ReadonlyMap<string, T>, change: (value: T) => T): ReadonlyMap<string, T> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
