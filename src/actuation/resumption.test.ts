/** I8: removals that a restart has interrupted go on where they were, where that is still right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { success } from '../runtime/result.ts';
import { MINUTE_MS, SCALE_DOWN, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { ScaleDownOptions } from '../scale-down/options.ts';
import { cloudFailure } from './fake-cloud.test-support.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import { World } from './world.test-support.ts';

const TAINT = 'ToBeDeletedByClusterAutoscaler';
const AFTER_TAINT_MS = 5 * SECOND_MS;

/** Nodes n1, n2 and n3, and a pod on n1. */
function aWorld(node: NodeSketch = {}): World {
  const cluster = aCluster({
    nodes: ['n1', 'n2', 'n3'].map((name) => aNode({ name, cpu: 1000, ...node })),
    pods: [aPod({ name: 'p', nodeName: 'n1', owner: 'web', cpu: 600 })],
    controllers: [aController('ReplicaSet', 'web')],
  });
  return new World(cluster);
}

/** Another process takes over, with other options where said. */
async function restart(world: World, options: Partial<ScaleDownOptions> = {}): Promise<void> {
  world.restarted({ scaleDown: options });
  world.actuator.refreshed(world.now);
  world.actuator.adoptLeftovers();
  await world.settle();
}

function isTainted(world: World, node = 'n1'): boolean {
  return world.node(node).taints.some(({ key }) => key === TAINT);
}

function lastEvent(world: World): string | undefined {
  return world.kubernetes.told().at(-1);
}

test('a node that had just been tainted waits for the rest of its delay', async () => {
  const world = aWorld();
  await world.remove('n1');
  world.now += 2 * SECOND_MS;
  await restart(world);
  assert.equal(lastEvent(world), 'ScaleDown on n1');
  assert.equal(world.outcome('n1'), 'tainted');
  await world.pass(2 * SECOND_MS);
  assert.deepEqual(world.kubernetes.evictions, []);
  await world.pass(SECOND_MS);
  assert.equal(world.kubernetes.evictions.length, 1);
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('TA-05, and better: a cordon of ours is lifted also where nodes are not to be cordoned any more', async () => {
  const world = aWorld();
  await world.remove('n1');
  assert.ok(world.node('n1').unschedulable);
  world.apply(aPod({ name: 'alone', nodeName: 'n1' }));
  await restart(world, { drain: { ...SCALE_DOWN.drain, cordonNode: false } });
  assert.deepEqual([isTainted(world), world.node('n1').unschedulable], [false, false]);
});

test('a drain goes on, and the time in which pods are asked to leave is not given twice', async () => {
  const world = aWorld();
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  for (let passes = 0; passes < 6; passes++) await world.pass(10 * SECOND_MS);
  await restart(world);
  assert.ok(isTainted(world));
  for (let passes = 0; passes < 7; passes++) await world.pass(10 * SECOND_MS);
  assert.match(world.outcome('n1'), /^failed: pod default\/p could not be evicted/, 'two minutes in all');
});

test('after a long absence each pod is asked once more at least', async () => {
  const world = aWorld();
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.kubernetes.onEvict = () => undefined;
  world.now += 60 * MINUTE_MS;
  await restart(world);
  await world.pass(SECOND_MS);
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('a budget that this very drain has used up does not stop it', async () => {
  const world = aWorld();
  world.kubernetes.onEvict = () => Promise.resolve(success({ kind: 'evicted' }));
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await restart(world);
  await world.pass(SECOND_MS);
  assert.match(world.outcome('n1'), /^draining/);
});

test('I3: a deletion whose answer nobody heard is looked for in the cloud before it is asked for again', async () => {
  const world = aWorld();
  world.pool.onCall = () => cloudFailure('unknown-outcome');
  await world.remove('n2', true);
  await world.pass(AFTER_TAINT_MS);
  await restart(world);
  assert.equal(world.outcome('n2'), 'deleting: the reply was lost');
  await world.pass(59 * SECOND_MS);
  assert.equal(world.pool.calls.length, 1);
  await world.pass(SECOND_MS);
  await world.pass(SECOND_MS);
  assert.equal(world.pool.calls.length, 2, 'seen not to be done');
});

test('a node whose instance is going is seen to its end', async () => {
  const world = aWorld();
  await world.remove('n2', true);
  await world.pass(AFTER_TAINT_MS);
  await restart(world);
  assert.equal(world.outcome('n2'), 'leaving');
  world.pool.catchUp();
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n2'), 'removal-done');
  assert.deepEqual(world.pool.calls, ['delete vultr://n2']);
});

/** Interrupts the removal of n1 in its drain, lets something happen, and restarts. */
async function interrupted(happens: (world: World) => void, options?: Partial<ScaleDownOptions>): Promise<World> {
  const world = aWorld();
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  happens(world);
  await restart(world, options);
  return world;
}

function assertFreed(world: World): void {
  assert.ok(!isTainted(world));
  assert.equal(world.node('n1').unschedulable, false);
  assert.deepEqual(world.actuator.removals(), []);
  assert.equal(lastEvent(world), 'ClusterAutoscalerCleanup on n1');
}

function fill(world: World): void {
  for (const nodeName of ['n2', 'n3']) world.apply(aPod({ name: `on-${nodeName}`, nodeName, owner: 'web', cpu: 600 }));
}

test('a drain is given up when its pods would find no place any more', async () => {
  assertFreed(await interrupted(fill));
});

test('a drain is given up when the group may not become smaller any more', async () => {
  assertFreed(await interrupted((world) => (world.pool.minSize = () => 3)));
});

test('a drain is given up when the node is annotated to stay', async () => {
  const annotations = { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' };
  const world = await interrupted((before) => void before.kubernetes.make({ name: 'n1' }, { annotations }));
  assert.ok(!isTainted(world));
});

test('a drain is given up when nodes are not to be removed any more', async () => {
  assertFreed(await interrupted(() => undefined, { enabled: false }));
});

test('no more removals are taken up than the limits allow, and they do not take the group below its minimum together', async () => {
  for (const [options, minSize] of [
    [{ maxParallelism: 2 }, 0],
    [{}, 1],
  ] as const) {
    const world = aWorld();
    world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'p', uid: 'uid-default-p' });
    await world.removeAll(['n1', 'n2', 'n3'].map((name) => world.planned(name, true)));
    world.pool.minSize = () => minSize;
    await restart(world, options);
    assert.deepEqual(
      world.actuator.removals().map(({ node }) => node),
      ['n1', 'n2'],
    );
    assert.deepEqual(
      ['n1', 'n2', 'n3'].map((name) => isTainted(world, name)),
      [true, true, false],
    );
  }
});

test('nodes that were to go together are given back', async () => {
  const world = aWorld();
  await world.removeAll(['n2', 'n3'].map((name) => world.planned(name, true, { wholeGroup: true })));
  await restart(world);
  assert.deepEqual([isTainted(world, 'n2'), isTainted(world, 'n3')], [false, false]);
});

test('a cordon that outlived its taint is lifted if it was ours', async () => {
  const world = aWorld();
  await world.remove('n1');
  world.kubernetes.make({ name: 'n1' }, { removeTaintKeys: [TAINT] });
  await restart(world);
  assert.equal(world.node('n1').unschedulable, false);
  assert.deepEqual(world.node('n1').annotations, {});
});
