import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { SilenceGuard } from './silence-guard.ts';

describe('a guard against silence', () => {
  it('aborts once nothing has come for so long, counted from the last that came', async () => {
    const clock = new VirtualClock();
    const guard = new SilenceGuard(clock, 60_000);
    await clock.runFor(50_000);
    guard.broken();
    await clock.runFor(59_000);
    assert.equal(guard.signal.aborted, false);
    await clock.runFor(2_000);
    assert.equal(guard.signal.aborted, true);
    assert.equal(clock.pendingTimers, 0);
  });

  it('aborts with its parent, for the same reason, until it has ended', () => {
    const clock = new VirtualClock();
    const [stopping, other] = [new AbortController(), new AbortController()];
    const guard = new SilenceGuard(clock, 60_000, stopping.signal);
    const ended = new SilenceGuard(clock, 60_000, other.signal);
    ended.end();
    stopping.abort('stop');
    other.abort('stop');
    assert.deepEqual([guard.signal.aborted, guard.signal.reason], [true, 'stop']);
    assert.equal(ended.signal.aborted, false);
    assert.equal(new SilenceGuard(clock, 60_000, stopping.signal).signal.aborted, true);
  });

  it('ends its waiting whatever fractions of milliseconds the clock shows', async () => {
    const clock = new VirtualClock();
    // Late, where adding a rest of a millionth of a millisecond does not change the time.
    await clock.runFor(4_229_042.519_101_83);
    const guard = new SilenceGuard(clock, 90_000.1);
    for (const stepMs of [0.3, 1_000.7, 13.37, 20_000.9]) {
      await clock.runFor(stepMs);
      guard.broken();
    }
    await clock.runFor(100_000);
    assert.equal(guard.signal.aborted, true);
  });
});
