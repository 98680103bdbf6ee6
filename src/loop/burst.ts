/**
 * How long to wait for more of what has begun. Controllers create pods one after the other, over seconds: what comes so
 * fast that it is one thing is answered by few decisions, each on more of it, not by one for each half second.
 *
 * 1. What comes alone waits for one settling window, and so does the beginning of a burst.
 * 2. While pods go on coming, at least one for each settling window since the last pass (ten a second by default), the
 *    window doubles with each pass; with fewer it halves again. Pods that trickle are so never waited for, and a pause in
 *    the midst of a burst, which lets a pass come early, does not count as its end.
 * 3. Nothing waits for longer than {@link LONGEST_WAIT_MS}, or than five settling windows, whichever is more.
 */

/** A steady stream of urgent triggers delays a pass by no more than this many windows. */
const WINDOWS_MAX = 5;
const LONGEST_WAIT_MS = 2_000;
/** What wide windows are to narrow ones. */
const WIDEST = 4;
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
  /** Since when the pods of the next pass come: since the last pass, or since the first of them when that is long ago. */
  #sinceMs = -Infinity;

  /** For what begins now. A controller that has paused for a while is still at it. */
  patience(nowMs: number, settleWindowMs: number): Patience {
    if (nowMs - this.#lastPassMs > LONGEST_WAIT_MS) {
      this.#width = 1;
      this.#sinceMs = nowMs;
    }
    const narrowMs = WINDOWS_MAX * settleWindowMs;
    const longestMs = Math.max(narrowMs, Math.min(LONGEST_WAIT_MS, this.#width * narrowMs));
    return { windowMs: longestMs / WINDOWS_MAX, longestMs };
  }

  /** A pass begins, on so many pods more than the last one. */
  passes(nowMs: number, pods: number, settleWindowMs: number): void {
    const further = this.#sinceMs > this.#lastPassMs ? pods - 1 : pods;
    const isGoingOn = further * settleWindowMs >= nowMs - this.#sinceMs;
    this.#lastPassMs = nowMs;
    this.#sinceMs = nowMs;
    this.#width = isGoingOn ? Math.min(WIDEST, 2 * this.#width) : Math.max(1, this.#width / 2);
  }
}
