/**
 * The request budget that the whole program shares: Vultr allows 30 requests a second and address, then answers 429. A
 * token bucket whose burst and rate together stay below 30 in any one second, first come, first served. A 429 stops
 * everybody for as long as Vultr says, since each further request would only prolong it.
 */
import { sleep, type Clock } from '../runtime/clock.ts';
import { failure, success, type Result } from '../runtime/result.ts';

/** Sustained; with the burst at most 28 in any second, and some room for other programs behind the same address. */
const REQUESTS_PER_SECOND = 24;
const BURST = 4;
/** Who would have to wait longer is told so instead: a caller does better to come back than to hang. */
export const LONGEST_WAIT_MS = 15_000;

export class RequestBudget {
  readonly #clock: Clock;
  /** When the bucket will be (or was) full again: one number says how many requests are left. */
  #fullAtMs: number;
  #pausedUntilMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#fullAtMs = clock.monotonic();
    this.#pausedUntilMs = this.#fullAtMs;
  }

  /** Waits for a turn. Fails at once, with the time to wait, when that is longer than {@link LONGEST_WAIT_MS}. */
  async take(signal?: AbortSignal): Promise<Result<void, { readonly retryAfterMs: number }>> {
    const now = this.#clock.monotonic();
    const spacingMs = 1000 / REQUESTS_PER_SECOND;
    const fullAtMs = Math.max(this.#fullAtMs, now) + spacingMs;
    const turnAtMs = Math.max(fullAtMs - BURST * spacingMs, this.#pausedUntilMs, now);
    if (turnAtMs - now > LONGEST_WAIT_MS) return failure({ retryAfterMs: turnAtMs - now });
    this.#fullAtMs = fullAtMs;
    if (turnAtMs > now) await sleep(this.#clock, turnAtMs - now, signal);
    return this.#passPauses(signal);
  }

  /** A pause may have begun while its turn was awaited. */
  async #passPauses(signal: AbortSignal | undefined): Promise<Result<void, { readonly retryAfterMs: number }>> {
    for (;;) {
      const waitMs = this.#pausedUntilMs - this.#clock.monotonic();
      if (waitMs <= 0 || signal?.aborted === true) return success(undefined);
      if (waitMs > LONGEST_WAIT_MS) return failure({ retryAfterMs: waitMs });
      await sleep(this.#clock, waitMs, signal);
    }
  }

  /** Nobody sends for so long. */
  pause(durationMs: number): void {
    const untilMs = this.#clock.monotonic() + durationMs;
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
    // Those who waited out the pause go one by one, not all at once.
    this.#fullAtMs = Math.max(this.#fullAtMs, this.#pausedUntilMs + (BURST * 1000) / REQUESTS_PER_SECOND);
  }
}
