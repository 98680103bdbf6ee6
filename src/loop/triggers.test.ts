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

/** When (in ms) the passes come while a controller creates pods, each so long after the one before. */
async function passesDuring({ pods, everyMs }: { pods: number; everyMs: number }): Promise<readonly number[]> {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < pods; i++) clock.setTimer(i * everyMs, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + pods * everyMs + 3_000);
  abort.abort();
  return passes.map((pass) => Number.parseInt(pass, 10));
}

test('given pods that a controller creates over seconds, the passes on them become rarer', async () => {
  assert.deepEqual(await passesDuring({ pods: 200, everyMs: 40 }), [500, 1_520, 3_560, 5_600, 7_640, 8_360]);
});

test('given pods that come three at a time, a pause after each that lets a pass come, the passes become rarer all the same', async () => {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < 120; i++) {
    clock.setTimer(Math.floor(i / 3) * 150 + (i % 3) * 10, () => triggers.note('pod-unschedulable'));
  }
  await clock.run(clock.now() + 8_000);
  assert.deepEqual(
    passes.map((pass) => Number.parseInt(pass, 10)),
    [120, 270, 420, 570, 1_600, 3_650, 5_750, 6_270],
  );
  abort.abort();
});

test('given pods that trickle, each is answered after one settling window', async () => {
  const passes = await passesDuring({ pods: 20, everyMs: 150 });
  assert.deepEqual(
    passes,
    Array.from({ length: 20 }, (_, i) => i * 150 + SETTLE_WINDOW_MS),
  );
});

test('given a burst is over, a lone pod is answered after one settling window again', async () => {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < 50; i++) clock.setTimer(i * 20, () => triggers.note('pod-unschedulable'));
  clock.setTimer(6_000, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + 7_000);
  assert.equal(passes.at(-1), '6100: pod-unschedulable');
  abort.abort();
});

test('given the scan interval ends while a burst goes on, no pass comes of it', async () => {
  const { clock, triggers, abort, passes } = setUp();
  for (let i = 0; i < 100; i++) clock.setTimer(9_800 + i * 10, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + 10_400);
  assert.deepEqual(passes, ['10300: pod-unschedulable']);
  abort.abort();
});

test('given a settling window of seconds, a burst that goes on is waited for no longer than as it was asked', async () => {
  const clock = new VirtualClock();
  const triggers = new Triggers(clock, { scanIntervalMs: SCAN_INTERVAL_MS, settleWindowMs: 2_000 });
  const abort = new AbortController();
  const passes: number[] = [];
  void (async () => {
    while (!abort.signal.aborted) {
      await triggers.next(abort.signal);
      passes.push(clock.monotonic());
    }
  })();
  for (let i = 0; i < 400; i++) clock.setTimer(i * 100, () => triggers.note('pod-unschedulable'));
  await clock.run(clock.now() + 35_000);
  assert.deepEqual(passes, [10_000, 20_100, 30_200]);
  abort.abort();
});
