/**
 * How many nodes Cluster Autoscaler lets be unneeded at once, so that the work of a pass stays bounded. We look at all of
 * them; the limit holds where its choices are asked for (`--compatibility=cluster-autoscaler`).
 */
import type { Pace, ScaleDownMemory } from './memory.ts';
import type { ScaleDownOptions } from './options.ts';

/** Time that is not 0, as short as it gets: a nanosecond. */
const SHORTEST_MS = 1e-6;

/** The pace with this pass in it. */
export function paceWith({ lastPassAtMs, shortestMs }: Pace, options: ScaleDownOptions, now: number): Pace {
  const sinceLastMs = lastPassAtMs === undefined ? Infinity : now - lastPassAtMs;
  const before = shortestMs ?? Math.max(options.unneededTimeMs, SHORTEST_MS);
  return { lastPassAtMs: now, shortestMs: Math.min(before, Math.max(sinceLastMs, SHORTEST_MS)) };
}

/** `pace` has this pass in it; `memory` is that from before. */
export function unneededLimit(memory: ScaleDownMemory, { shortestMs }: Pace, options: ScaleDownOptions): number {
  if (!options.likeClusterAutoscaler) return Infinity;
  const intervalMs = shortestMs ?? SHORTEST_MS;
  const atOnce = options.maxParallelism;
  const perTime = atOnce * Math.floor(Math.max(options.unneededTimeMs, intervalMs) / intervalMs) + atOnce;
  return Math.min(memory.unneeded.size + 2 * atOnce, perTime);
}
