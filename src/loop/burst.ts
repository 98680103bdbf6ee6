/**
 * How long to wait for more of what has begun. Controllers create pods one after the other, over seconds: what comes so
 * fast that it is one thing is answered by few decisions, each on more of it, not by one for each half second.
 *
 * 1. What comes alone waits for one settling window, and so does the beginning of a burst.
 * 2. Ten pods are a burst, and twenty a large one, if they came at one or more for each settling window (by default: ten a
 *    second) in each of their passes: the window doubles with either. When they come less fast it halves again. So pods
 *    that trickle are never waited for, and a pause that lets a pass come early is not taken for the end of a burst.
 * 3. Nothing waits for longer than {@link LONGEST_WAIT_MS}, or than five settling windows, whichever is more.
 */

/** A steady stream of urgent triggers delays a pass by no more than this many windows. */
const WINDOWS_MAX = 5;
const LONGEST_WAIT_MS = 2_000;
/** What wide windows are to narrow ones. */
const WIDEST = 4;
const PODS_OF_A_BURST = 10;

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
  /** How many pods came so fast, up to the last pass. */
  #run = 0;

  /** For what begins now. A controller that has paused for a while is still at it. */
  patience(nowMs: number, settleWindowMs: number): Patience {
    if (nowMs - this.#lastPassMs > LONGEST_WAIT_MS) {
      this.#width = 1;
      this.#sinceMs = nowMs;
      this.#run = 0;
    }
    const narrowMs = WINDOWS_MAX * settleWindowMs;
    const longestMs = Math.max(narrowMs, Math.min(LONGEST_WAIT_MS, this.#width * narrowMs));
    return { windowMs: longestMs / WINDOWS_MAX, longestMs };
  }

  /** A pass begins, on so many pods more than the last one. */
  passes(nowMs: number, pods: number, settleWindowMs: number): void {
    const further = this.#sinceMs > this.#lastPassMs ? pods - 1 : pods;
    const isFast = further * settleWindowMs >= nowMs - this.#sinceMs;
    this.#lastPassMs = nowMs;
    this.#sinceMs = nowMs;
    this.#run = isFast ? this.#run + pods : 0;
    if (!isFast) this.#width = Math.max(1, this.#width / 2);
    else if (this.#run >= PODS_OF_A_BURST * this.#width) this.#width = Math.min(WIDEST, 2 * this.#width);
  }
}
