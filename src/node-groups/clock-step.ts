import type { NodeGroupMemory } from './memory.ts';

/** The wall clock was set by so much: what is remembered keeps its distance from now, so no timeout ends early or late. */
export function afterClockStep(memory: NodeGroupMemory, byMs: number): NodeGroupMemory {
  return {
    ...memory,
    backoffs: each(memory.backoffs, (backoff) => ({
      ...backoff,
      untilMs: backoff.untilMs + byMs,
      lastFailureMs: backoff.lastFailureMs + byMs,
    })),
    scaleUpRequests: each(memory.scaleUpRequests, (request) => ({
      ...request,
      sinceMs: request.sinceMs + byMs,
      untilMs: request.untilMs + byMs,
    })),
    inFlight: each(memory.inFlight, (sent) => ({
      ...sent,
      sinceMs: sent.sinceMs + byMs,
      ...(sent.hiddenUntilMs === undefined ? {} : { hiddenUntilMs: sent.hiddenUntilMs + byMs }),
    })),
    unregisteredSince: each(memory.unregisteredSince, (sinceMs) => sinceMs + byMs),
    failedSince: each(memory.failedSince, (sinceMs) => sinceMs + byMs),
    missized: each(memory.missized, (found) => ({ ...found, sinceMs: found.sinceMs + byMs })),
  };
}

function each<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
