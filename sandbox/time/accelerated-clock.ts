/** Accelerated time: another clock, running `factor` times as fast, so that an evening can be watched in minutes. */
import type { Clock } from '../../src/runtime/clock.ts';

/**
 * A clock that starts at `startMs` (default: the inner clock's time) and gains `factor` milliseconds in each of the inner
 * clock's. It follows the inner clock's monotonic time, so a jump of the wall clock is not multiplied: it is not seen.
 */
export function acceleratedClock(inner: Clock, factor: number, startMs: number = inner.now()): Clock {
  if (!(factor > 0)) throw new RangeError(`the factor of an accelerated clock must be above 0, not ${factor}`);
  const innerStartMs = inner.monotonic();
  const elapsed = (): number => (inner.monotonic() - innerStartMs) * factor;
  return {
    now: () => startMs + elapsed(),
    monotonic: elapsed,
    setTimer: (delayMs, fire) => inner.setTimer(Math.max(0, delayMs) / factor, fire),
    nextTurn: () => inner.nextTurn(),
  };
}
