import type { NodeReason } from '../explain/reasons.ts';
import type { LastMoments, ScaleDownMemory } from './memory.ts';

/** The wall clock was set by so much: what is remembered keeps its distance from now, so no delay ends early or late. */
export function afterClockStep(memory: ScaleDownMemory, byMs: number): ScaleDownMemory {
  const moved = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs + byMs);
  const { replacement, pace } = memory;
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
    replacement: replacement && {
      ...replacement,
      askedAtMs: replacement.askedAtMs + byMs,
      untilMs: replacement.untilMs + byMs,
    },
    evicted: each(memory.evicted, ({ pod, untilMs }) => ({ pod, untilMs: untilMs + byMs })),
  };
}

function reasonMoved(reason: NodeReason, byMs: number): NodeReason {
  return 'untilMs' in reason ? { ...reason, untilMs: reason.untilMs + byMs } : reason;
}

function each<T>(map: ReadonlyMap<string, T>, change: (value: T) => T): ReadonlyMap<string, T> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
