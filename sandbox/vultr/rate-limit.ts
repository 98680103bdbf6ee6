/** So many requests in any one second, as Vultr counts them for each address. */
import type { Clock } from '../../src/runtime/clock.ts';

const WINDOW_MS = 1000;

export class RateLimit {
  readonly #clock: Clock;
  /** When the requests of the last second came, oldest first; refused ones do not count. */
  #recentMs: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request. `undefined`: it may pass; else the whole seconds after which another may. */
  refusedForSeconds(most: number): number | undefined {
    const nowMs = this.#clock.monotonic();
    this.#recentMs = this.#recentMs.filter((atMs) => atMs > nowMs - WINDOW_MS);
    const oldestMs = this.#recentMs[0];
    if (oldestMs !== undefined && this.#recentMs.length >= most) {
      return Math.max(1, Math.ceil((oldestMs + WINDOW_MS - nowMs) / 1000));
    }
    this.#recentMs.push(nowMs);
    return undefined;
  }
}
