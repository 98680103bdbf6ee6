/**
 * A mixed cluster after a busy day: 60 nodes at a quarter of their use, with budgets, local storage, singletons and pods
 * that say whether they may move. It ends at the smallest size that the rules allow, with a reason for every node that is
 * left, and no workload is ever below its budget. (smallest-size.test.ts tries every possibility for small clusters.)
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTerminal, podSpec } from '../sandbox/controllers/shapes.ts';
import { describe as wordsOf } from '../src/explain/text.ts';
import type { DecisionRecord } from '../src/explain/record.ts';
import { Availability } from './support/availability.ts';
import { PlanCapacities, fill } from './support/demand.ts';
import { HOUR_MS, MINUTE_MS, type World, aPool, aWorld } from './support/world.ts';
import { NOT_SAFE_TO_EVICT, SAFE_TO_EVICT, barePod, budget, deployment, statefulSet } from './support/workloads.ts';

const PLAN = 'vc2-4c-8gb';
const NODES = 60;
/** Three of these fill a node. */
const CPU = '1100m';
const BUSY_REPLICAS = 15;
const QUIET_REPLICAS = 4;
const SHOPS = Array.from({ length: 10 }, (_, index) => `shop-${index}`);
const SETTLE_MS = 8 * HOUR_MS;

/** Workloads of which a pod keeps its node. */
const HELD = ['files', 'pinned', 'frozen', 'lone'];

/** Fills the nodes, and lets the rush end. */
async function afterTheRush(onRecord: (record: DecisionRecord) => void): Promise<World> {
  const world = aWorld({
    pools: [aPool('web', { plan: PLAN, quantity: NODES, minNodes: 3, maxNodes: NODES })],
    flags: [
      '--scale-down-utilization-threshold=0.8',
      '--scale-down-unneeded-time=10m',
      '--max-drain-parallelism=5',
      '--blocking-system-pod-distruption-timeout=5m',
      '--scan-interval=30s',
    ],
    onRecord,
  });
  await world.begin();
  world.apply(
    ...SHOPS.flatMap((shop) => [deployment(shop, BUSY_REPLICAS, { cpu: CPU }), budget(shop, { maxUnavailable: 1 })]),
    ...['a', 'b', 'c'].map((name) => deployment(`single-${name}`, 1, { cpu: CPU })),
    deployment('files', 4, { cpu: CPU, scratch: true }),
    deployment('pinned', 3, { cpu: CPU, annotations: NOT_SAFE_TO_EVICT }),
    statefulSet('frozen', 2, { cpu: CPU }),
    budget('frozen', { minAvailable: 2 }),
    deployment('cache', 3, { cpu: CPU, scratch: true, annotations: SAFE_TO_EVICT }),
    barePod('lone', { cpu: CPU }),
    barePod('tool', { cpu: CPU, annotations: SAFE_TO_EVICT }),
  );
  await world.served();
  await world.runFor(MINUTE_MS);
  for (const shop of SHOPS) world.scale('deployments', shop, QUIET_REPLICAS);
  await world.runFor(MINUTE_MS);
  return world;
}

/** How many nodes there have to be at the least: those that are held, filled up with the other pods, and more for the rest. */
function leastNodes(world: World): number {
  const capacities = new PlanCapacities(1);
  const held = new Set<string>();
  const pods = world.pods().filter((pod) => !isTerminal(pod));
  for (const pod of pods) if (isHeld(pod)) held.add(podSpec(pod).nodeName ?? '');
  const bins = world.nodes().map(() => capacities.emptyNode(PLAN));
  fill(bins, pods);
  return Math.max(held.size, bins.filter(({ used }) => used).length, world.pool('web').minNodes);
}

function isHeld(pod: ReturnType<World['pods']>[number]): boolean {
  return HELD.includes(pod.metadata.labels?.['app'] ?? '');
}

describe('a mixed cluster of 60 nodes at a quarter of their use', () => {
  it('ends at the smallest size that the rules allow, with a reason for each node, and nobody is missed', async (test) => {
    const records: DecisionRecord[] = [];
    const world = await afterTheRush((record) => void records.push(record));
    assert.equal(world.nodes().length, NODES);
    const least = leastNodes(world);
    const up = new Availability(world.sandbox.store);
    await world.until('the smallest size', () => world.nodes().length <= least, SETTLE_MS);
    await world.runFor(HOUR_MS);
    up.stop();
    assert.equal(world.nodes().length, least);
    assert.deepEqual(world.waitingPods(), []);
    assert.deepEqual(world.markedNodes(), []);
    for (const shop of SHOPS) assert.ok(up.least(shop) >= QUIET_REPLICAS - 1, `${shop}: ${up.least(shop)} were up`);
    for (const [app, pods] of [
      ['files', 4],
      ['pinned', 3],
      ['frozen', 2],
      ['lone', 1],
    ] as const) {
      assert.equal(up.least(app), pods, app);
    }
    const { nodes } = records.at(-1) ?? assert.fail('nothing was decided');
    assert.equal(nodes.length, least);
    for (const { node, outcome } of nodes) {
      assert.ok(outcome.kind === 'stays', `${node}: ${JSON.stringify(outcome)}`);
      const pods = world.pods().filter((pod) => podSpec(pod).nodeName === node);
      const { reason } = outcome;
      const because = reason.code === 'RecentlyUnremovable' ? reason.because : reason;
      const text = `${node}: ${wordsOf(because)}`;
      switch (because.code) {
        case 'BlockedByPod':
          assert.ok(
            pods.some((pod) => isHeld(pod) && because.pod === `default/${pod.metadata.name}`),
            text,
          );
          break;
        case 'NotUnderutilized':
          assert.ok(pods.length === 3, text);
          break;
        case 'NoPlaceToMovePods':
          assert.ok(
            pods.some((pod) => because.pod === `default/${pod.metadata.name}`),
            text,
          );
          break;
        default:
          assert.fail(text);
      }
    }
    test.diagnostic(`${NODES} nodes have become ${least}`);
    await world.end();
  });
});
