import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { Triggers } from './triggers.ts';

const SCAN_INTERVAL_MS = 10_000;
const SETTLE_WINDOW_MS = 100;

function setUp(): { clock: VirtualClock; triggers: Triggers; abort: AbortController; passes: string[] } {
  const clock = new VirtualClock();
  const triggers = new Triggers(clock, { scanIntervalMs: SCAN_INTERVAL_MS, settleWindowMs: SETTLE_WINDOW_MS });
  const abort = new AbortController();
  const passes: string[] = [];
  const start = clock.monotonic();
  void (async () => {
    while (!abort.signal.aborted) {
      const reasons = await triggers.next(abort.signal);
      passes.push(`${clock.monotonic() - start}: ${reasons.join(' ')}`);
    }
  })();
  return { clock, triggers, abort, passes };
}

test('given nothing happens, a pass runs at each scan interval', async () => {
  const { clock, abort, passes } = setUp();
  await clock.run(clock.now() + 2.5 * SCAN_INTERVAL_MS);
  assert.deepEqual(passes, ['10000: timer', '20000: timer']);
  abort.abort();
});

test('given a lone trigger, the pass runs one settling window later', async () => {
  const { clock, triggers, abort, passes } = setUp();
  clock.setTimer(1_000, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + 5_000);
  assert.deepEqual(passes, ['1100: pod-unschedulable']);
  abort.abort();
});

test('given a burst, there is one pass after it', async () => {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < 10; i++) clock.setTimer(1_000 + i * 20, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + 5_000);
  assert.deepEqual(passes, ['1280: pod-unschedulable']);
  abort.abort();
});

test('given a stream of triggers without end, a pass is delayed by five settling windows at most', async () => {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < 20; i++) clock.setTimer(1_000 + i * 90, () => triggers.note('action-finished'));
  await clock.run(clock.now() + 1_600);
  assert.deepEqual(passes, ['1500: action-finished']);
  abort.abort();
});

test('given triggers while a pass runs, the next pass comes right after it', async () => {
  const clock = new VirtualClock();
  const triggers = new Triggers(clock, { scanIntervalMs: SCAN_INTERVAL_MS, settleWindowMs: SETTLE_WINDOW_MS });
  triggers.note('pod-unschedulable');
  triggers.note('action-finished');
  let reasons: readonly string[] = [];
  void triggers.next(new AbortController().signal).then((noted) => (reasons = noted));
  await clock.run(clock.now() + SETTLE_WINDOW_MS);
  assert.deepEqual(reasons, ['pod-unschedulable', 'action-finished']);
});

test('given the loop is stopped, a waiting pass is let go at once, without reasons', async () => {
  const { clock, abort, passes } = setUp();
  clock.setTimer(300, () => abort.abort());
  await clock.run(clock.now() + 1_000);
  assert.deepEqual(passes, ['300: ']);
});

test('given pods that leave one after another, they are gathered for two seconds', async () => {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < 10; i++) clock.setTimer(1_000 + i * 300, () => triggers.note('pod-left'));
  await clock.run(clock.now() + 4_000);
  assert.deepEqual(passes, ['3000: pod-left']);
  abort.abort();
});

test('given a pod that cannot be scheduled while leaving pods are gathered, the pass does not wait for those', async () => {
  const { clock, triggers, abort, passes } = setUp();
  clock.setTimer(1_000, () => triggers.note('pod-left'));
  clock.setTimer(1_500, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + 4_000);
  assert.deepEqual(passes, ['1600: pod-left pod-unschedulable']);
  abort.abort();
});

test('given a moment that the last decision named, the pass comes then', async () => {
  const clock = new VirtualClock();
  const triggers = new Triggers(clock, { scanIntervalMs: SCAN_INTERVAL_MS, settleWindowMs: SETTLE_WINDOW_MS });
  const start = clock.monotonic();
  const seen: string[] = [];
  void triggers
    .next(new AbortController().signal, 1_234)
    .then((reasons) => seen.push(`${clock.monotonic() - start}: ${reasons.join(' ')}`));
  await clock.run(clock.now() + SCAN_INTERVAL_MS);
  assert.deepEqual(seen, ['1234: moment']);
});
