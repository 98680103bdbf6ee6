/**
 * Time, as the product sees it. Everything that reads the time or waits takes a {@link Clock}; nothing else in the
 * product touches `Date`, `setTimeout` or `setImmediate` (a lint rule holds that). The same code therefore runs in real
 * time, in accelerated time and in the sandbox's virtual time.
 */

/** A timer that has been set and may still be cancelled. Cancelling a timer that fired, or twice, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time in milliseconds since 1970 (UTC). May jump, forwards or backwards. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes backwards. For durations and timeouts. */
  monotonic(): number;
  /** Calls `fire` once, `delayMs` milliseconds from now (at least 0), unless cancelled first. */
  setTimer(delayMs: number, fire: () => void): Timer;
  /** Resolves after other pending work has had its turn: breaks up long synchronous work. */
  nextTurn(): Promise<void>;
}

/** The longest delay that a Node.js timer can hold; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock on the wall. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, fire) {
    const handle = setTimeout(fire, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return { cancel: () => clearTimeout(handle) };
  },
  nextTurn: () =>
    new Promise((resolve) => {
      setImmediate(resolve);
    }),
};

/** Resolves after `delayMs`, or at once when `signal` aborts (it never rejects: look at the signal afterwards). */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimer(delayMs, finish);
    signal?.addEventListener('abort', finish);
  });
}

/**
 * A signal that aborts after `timeoutMs` or with `parent`, whichever is first. Call `release` when the work is done, or
 * the timer lives on.
 */
export function deadline(
  clock: Clock,
  timeoutMs: number,
  parent?: AbortSignal,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onParent = (): void => controller.abort(parent?.reason);
  const timer = clock.setTimer(timeoutMs, () => controller.abort(new DeadlineExceeded(timeoutMs)));
  if (parent?.aborted === true) onParent();
  else parent?.addEventListener('abort', onParent, { once: true });
  return {
    signal: controller.signal,
    release() {
      timer.cancel();
      parent?.removeEventListener('abort', onParent);
    },
  };
}

/** The abort reason of a {@link deadline} whose time ran out. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  readonly timeoutMs: number;
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}
