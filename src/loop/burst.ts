/**
 * How long to wait for more of what has begun. Controllers create pods one after the other, over seconds: what comes so
 * fast that it is one thing is answered by few decisions, each on more of it, not by one for each half second.
 *
 * 1. What comes alone waits for one settling window, and so does the beginning of a burst.
 * 2. While ten pods a second or more go on coming, the window doubles with each pass; with fewer it halves again. Pods
 *    that trickle are so never waited for.
 * 3. Nothing waits for longer than {@link LONGEST_WAIT_MS}, or than five settling windows, whichever is more.
 */

/** A steady stream of urgent triggers delays a pass by no more than this many windows. */
const WINDOWS_MAX = 5;
const LONGEST_WAIT_MS = 2_000;
/** What wide windows are to narrow ones. */
const WIDEST = 4;
/** In the time of {@link WINDOWS_MAX} narrow windows. By default that is half a second. */
const MANY_PODS = 5;

interface Patience {
  /** How long it must have been quiet. */
  readonly windowMs: number;
  /** How long it may go on until then. */
  readonly longestMs: number;
}

/** All times are monotonic. */
export class Burst {
  /** How many times the settling window is waited for. */
  #width = 1;
  #lastPassMs = -Infinity;

  /** For what begins now. A controller that has paused for a while is still at it. */
  patience(nowMs: number, settleWindowMs: number): Patience {
    if (nowMs - this.#lastPassMs > LONGEST_WAIT_MS) this.#width = 1;
    const narrowMs = WINDOWS_MAX * settleWindowMs;
    const longestMs = Math.max(narrowMs, Math.min(LONGEST_WAIT_MS, this.#width * narrowMs));
    return { windowMs: longestMs / WINDOWS_MAX, longestMs };
  }

  /** A pass begins, on so many pods more than the last one. */
  passes(nowMs: number, pods: number): void {
    this.#lastPassMs = nowMs;
    this.#width = pods >= MANY_PODS * this.#width ? Math.min(WIDEST, 2 * this.#width) : Math.max(1, this.#width / 2);
  }
}
