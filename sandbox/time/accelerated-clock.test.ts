import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceleratedClock } from './accelerated-clock.ts';
import { VirtualClock } from './virtual-clock.ts';

test('at sixty times the speed, an hour of waiting takes a minute', async () => {
  const wall = new VirtualClock();
  const fast = acceleratedClock(wall, 60);
  const startMs = fast.now();
  let wokeAtMs = 0;
  fast.setTimer(3_600_000, () => {
    wokeAtMs = fast.now();
  });
  await wall.runFor(59_999);
  assert.equal(wokeAtMs, 0);
  await wall.runFor(1);
  assert.equal(wokeAtMs - startMs, 3_600_000);
  assert.equal(wall.monotonic(), 60_000);
});

test('a jump of the wall clock below is not seen, let alone multiplied', () => {
  const wall = new VirtualClock();
  const fast = acceleratedClock(wall, 60, 0);
  wall.jump(5000);
  assert.equal(fast.now(), 0);
});

test('a cancelled timer does not fire, and a factor of zero is refused', async () => {
  const wall = new VirtualClock();
  let fired = false;
  acceleratedClock(wall, 10)
    .setTimer(100, () => {
      fired = true;
    })
    .cancel();
  await wall.runFor(1000);
  assert.equal(fired, false);
  assert.throws(() => acceleratedClock(wall, 0), RangeError);
});
