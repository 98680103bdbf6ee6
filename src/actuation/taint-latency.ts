/**
 * How long to wait after a taint before the node is emptied, so that whoever watches has seen it: a fixed time or, with
 * `--dynamic-node-delete-delay-after-taint-enabled`, twice the longest that a taint took to be seen within the last hour.
 */
import type { DrainOptions } from '../scale-down/options.ts';

const REMEMBERED_MS = 60 * 60_000;
const SAFETY_FACTOR = 2;

export class TaintLatency {
  /** Oldest first. */
  #measured: { readonly atMs: number; readonly latencyMs: number }[] = [];

  seenAfter(latencyMs: number, now: number): void {
    this.#measured = this.#recent(now);
    this.#measured.push({ atMs: now, latencyMs });
  }

  /** The delay that the options ask for at this moment; what nothing has been measured for is the fixed time. */
  delayMs(options: DrainOptions, now: number): number {
    const recent = this.#recent(now);
    if (!options.dynamicDelayAfterTaint || recent.length === 0) return options.deleteDelayAfterTaintMs;
    return SAFETY_FACTOR * Math.max(...recent.map(({ latencyMs }) => latencyMs));
  }

  #recent(now: number): { readonly atMs: number; readonly latencyMs: number }[] {
    return this.#measured.filter(({ atMs }) => atMs + REMEMBERED_MS > now);
  }
}
