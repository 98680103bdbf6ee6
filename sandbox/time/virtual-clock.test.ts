import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { deadline, sleep } from '../../src/runtime/clock.ts';
import { VIRTUAL_START_MS, VirtualClock } from './virtual-clock.ts';

const DAY_MS = 86_400_000;

test('a week of waiting passes at once, and every wait sees its own time', async () => {
  const clock = new VirtualClock();
  const days: number[] = [];
  const work = (async () => {
    for (let day = 0; day < 7; day++) {
      await sleep(clock, DAY_MS);
      days.push((clock.now() - VIRTUAL_START_MS) / DAY_MS);
    }
  })();
  assert.equal(await clock.run(() => days.length === 7), 'reached');
  await work;
  assert.deepEqual(days, [1, 2, 3, 4, 5, 6, 7]);
});

test('time stands still until a long chain of promises is done', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.setTimer(10, () => {
    void (async () => {
      for (let step = 0; step < 1000; step++) await Promise.resolve();
      await clock.nextTurn();
      await clock.nextTurn();
      seen.push(`chain done at ${clock.monotonic()}`);
    })();
  });
  clock.setTimer(11, () => void seen.push('the next timer'));
  await clock.runFor(20);
  assert.deepEqual(seen, ['chain done at 10', 'the next timer']);
  assert.equal(clock.monotonic(), 20);
});

test('an answer that comes at the very instant of its deadline, but first, is in time', async () => {
  const clock = new VirtualClock();
  const answer = sleep(clock, 100);
  const patience = deadline(clock, 100);
  void answer.then(() => patience.release());
  await clock.runFor(200);
  assert.equal(patience.signal.aborted, false);
});

test('a wall clock set back an hour moves no timer', async () => {
  const clock = new VirtualClock();
  let firedAt = 0;
  clock.setTimer(1000, () => {
    firedAt = clock.monotonic();
  });
  clock.jump(-3_600_000);
  await clock.runFor(5000);
  assert.equal(firedAt, 1000);
  assert.equal(clock.now(), VIRTUAL_START_MS - 3_600_000 + 5000);
});

test('a run tells why it ended', async () => {
  const clock = new VirtualClock();
  assert.equal(await clock.run(() => false), 'idle');
  clock.setTimer(500, () => undefined);
  assert.equal(await clock.run(() => false, { limitMs: 100 }), 'limit');
  assert.equal(clock.monotonic(), 100);
  assert.equal(await clock.run(() => clock.monotonic() >= 500), 'reached');
  await assert.rejects(Promise.all([clock.runFor(1), clock.runFor(1)]), /running already/);
});

test('what a timer throws ends the run, and the clock can be run again', async () => {
  const clock = new VirtualClock();
  clock.setTimer(1, () => {
    throw new Error('a bug in the work');
  });
  await assert.rejects(clock.runFor(10), /a bug in the work/);
  await clock.runFor(10);
  assert.equal(clock.monotonic(), 11);
});

test('a loop that waits zero milliseconds for itself is found, instead of running for ever', async () => {
  const clock = new VirtualClock();
  const again = (): void => void clock.setTimer(0, again);
  again();
  await assert.rejects(clock.runFor(1), /time stands still/);
});

test('settling fires what is due now, and nothing later', async () => {
  const clock = new VirtualClock(0);
  const fired: number[] = [];
  clock.setTimer(0, () => {
    fired.push(0);
    clock.setTimer(-5, () => fired.push(1));
  });
  clock.setTimer(0.5, () => fired.push(2));
  await clock.settle();
  assert.deepEqual([fired, clock.now()], [[0, 1], 0]);
  assert.equal(await clock.run(2), 'reached');
  assert.deepEqual([fired, clock.now()], [[0, 1, 2], 2]);
});

test('a thousand cancelled deadlines leave nothing behind', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  clock.setTimer(70_000, () => fired++);
  for (let request = 0; request < 5000; request++) deadline(clock, 60_000).release();
  assert.equal(clock.pendingTimers, 1);
  await clock.runFor(80_000);
  assert.equal(fired, 1);
  assert.equal(clock.pendingTimers, 0);
});

test('timers fire by due time, then in the order they were set, whichever are cancelled', async () => {
  const timers = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() }), {
    maxLength: 200,
  });
  await fc.assert(
    fc.asyncProperty(timers, async (set) => {
      const clock = new VirtualClock();
      const fired: number[] = [];
      const handles = set.map(({ delayMs }, index) => clock.setTimer(delayMs, () => void fired.push(index)));
      set.forEach(({ cancelled }, index) => {
        if (cancelled) handles[index]?.cancel();
      });
      await clock.runFor(20);
      const expected = set
        .map(({ delayMs, cancelled }, index) => ({ delayMs, cancelled, index }))
        .filter((timer) => !timer.cancelled)
        .toSorted((a, b) => a.delayMs - b.delayMs || a.index - b.index);
      assert.deepEqual(
        fired,
        expected.map((timer) => timer.index),
      );
    }),
  );
});
