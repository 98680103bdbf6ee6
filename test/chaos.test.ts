/**
 * Days of bad weather in virtual time: wires that lose, delay and cut, a cloud without stock, machines that die, a clock
 * that jumps, an autoscaler that is killed in the midst, while workloads of every kind come and go. Whatever happens, the
 * judge of support/invariants.ts must find nothing (I1 to I6, I9), and when the weather clears, the cluster settles (I7).
 *
 * Each seed is one history, to be had again by `CHAOS_SEEDS=<seed>`. `CHAOS_SEEDS=1,2,3` runs those seeds instead of the
 * usual ones, `CHAOS_SEEDS=200` the first 200, and `CHAOS_HOURS=48` lets each storm last so long.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Bustle } from './support/bustle.ts';
import { ownerOf } from './support/sightings.ts';
import { Storm } from './support/storm.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type World, aPool, aWorld } from './support/world.ts';

const SEEDS = seedsOf(process.env['CHAOS_SEEDS'] ?? '4');
const HOURS = Number(process.env['CHAOS_HOURS'] ?? '12');
/** Of all seeds together, in the usual run; each kind of fault and incident among them. */
const LEAST_FAULTS = 500;
const WIRE_FAULTS = [
  'respond',
  'lose-request',
  'lose-reply',
  'refuse-connection',
  'hang',
  'delay',
  'cut-body',
  'freeze-body',
];
const IS_USUAL_RUN = process.env['CHAOS_SEEDS'] === undefined && process.env['CHAOS_HOURS'] === undefined;

/**
 * How long after the last fault every pod of a Deployment or StatefulSet has to have its node: a machine that never boots
 * is given up after 10 minutes, its pool is left alone for 10 more, and the next one boots in 4.
 */
const SERVED_LIMIT_MS = 30 * MINUTE_MS;
/**
 * How long after everybody went home the cluster may take to be at its least nodes: the longest job is 30 minutes, then
 * come the unneeded time, a recheck of what could not be removed, and one node after the other is drained.
 */
const SETTLE_LIMIT_MS = HOUR_MS;

const FLAGS = [
  '--scan-interval=30s',
  '--max-node-provision-time=10m',
  '--initial-node-group-backoff-duration=2m',
  '--max-node-group-backoff-duration=10m',
  '--node-group-backoff-reset-timeout=30m',
  '--blocking-system-pod-distruption-timeout=10m',
];

describe('in bad weather', () => {
  let faults = 0;
  const missing = new Set(WIRE_FAULTS);
  const happened = new Set<string>();
  for (const seed of SEEDS) {
    it(`with seed ${seed}, for ${HOURS} hours, nothing is broken and all settles`, async (test) => {
      const world = aWorld({
        seed,
        pools: [
          aPool('web', { maxNodes: 8 }),
          aPool('big', { plan: 'vhf-4c-16gb', maxNodes: 4 }),
          aPool('gpu', {
            plan: 'vcg-a16-2c-8g-2vram',
            maxNodes: 3,
            taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
          }),
        ],
        flags: [...FLAGS, `--leader-elect=${seed % 4 === 0}`],
        watchSeconds: { least: 60, most: 120 },
        stalenessMs: 4 * MINUTE_MS,
      });
      const storm = new Storm(world);
      const bustle = new Bustle(world);
      await world.begin();
      bustle.begin();
      storm.begin();
      await world.runFor(HOURS * HOUR_MS);
      storm.end();
      faults += storm.faults;
      for (const kind of storm.kinds.possible) missing.add(kind);
      for (const kind of storm.kinds.happened) happened.add(kind);
      bustle.calm();
      // Controllers need a moment to create what is wanted now.
      await world.runFor(SECOND_MS);
      const servedMs = await world.until('everybody is served', () => isServed(world), SERVED_LIMIT_MS);
      bustle.end();
      const settledMs = await world.until(
        'at rest',
        () => world.isAtMinimum() && world.waitingPods().length === 0,
        SETTLE_LIMIT_MS,
      );
      await world.runFor(5 * MINUTE_MS);
      assert.deepEqual(world.markedNodes(), []);
      assert.ok(world.isAtMinimum(), world.describe());
      const { deletedIds } = world.invariants.removals;
      test.diagnostic(
        `seed ${seed}: ${storm.faults} faults, ${world.sandbox.cloud.writes.length} writes, ${deletedIds.size} nodes deleted, ${world.replicas.length} autoscalers, served after ${Math.round(servedMs / MINUTE_MS)} min, at rest after ${Math.round(settledMs / MINUTE_MS)} min`,
      );
      await world.end();
    });
  }

  it('there was enough of it', { skip: !IS_USUAL_RUN }, () => {
    assert.ok(faults >= LEAST_FAULTS, `only ${faults} faults`);
    assert.deepEqual([...missing.difference(happened)], []);
  });
});

/** Jobs may have to wait for each other, as there are so many GPUs and no more. */
function isServed(world: World): boolean {
  return world.waitingPods().every((pod) => ownerOf(pod).startsWith('Job ') || ownerOf(pod) === '');
}

/** `7,8` are those; `5` alone are the first five. */
function seedsOf(text: string): readonly number[] {
  const numbers = text.split(',').map(Number);
  const [count = 0] = numbers;
  return numbers.length > 1 || text.endsWith(',') ? numbers : Array.from({ length: count }, (_, index) => index + 1);
}
