import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudResult } from '../cloud/provider.ts';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aNode, aPdb, aPod } from '../cluster/fixtures.test-support.ts';
import { failure, success } from '../runtime/result.ts';
import { MINUTE_MS, NOW_MS, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import { cloudFailure } from './fake-cloud.test-support.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import { held, World } from './world.test-support.ts';

const TAINT = 'ToBeDeletedByClusterAutoscaler';
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const AFTER_TAINT_MS = 5 * SECOND_MS;

/** Nodes n1 and n2, and pods on n1. */
function aWorld(pods: readonly PodSketch[] = [], drain: Partial<DrainOptions> = {}): World {
  const cluster = aCluster({
    nodes: [aNode({ name: 'n1' }), aNode({ name: 'n2' })],
    pods: pods.map((pod, index) => aPod({ name: `p${index}`, nodeName: 'n1', owner: 'web', ...pod })),
    controllers: [aController('ReplicaSet', 'web'), aController('DaemonSet', 'agent')],
  });
  return new World(cluster, drain);
}

function isTainted(world: World, node = 'n1'): boolean {
  return world.node(node).taints.some(({ key }) => key === TAINT);
}

test('ML-29 AC-04 a node is tainted, drained, deleted by id, and done when its instance is gone', async () => {
  const world = aWorld([{}, {}]);
  await world.remove('n1');
  assert.equal(world.outcome('n1'), 'tainted');
  const [taint] = world.node('n1').taints;
  assert.deepEqual(taint, { key: TAINT, value: String(NOW_MS / 1000), effect: 'NoSchedule' });
  assert.deepEqual(world.kubernetes.evictions, []);
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(
    world.kubernetes.evictions.map(({ pod }) => pod),
    ['default/p0', 'default/p1'],
  );
  assert.deepEqual(world.pool.calls, [], 'not before the pods are seen to be gone');
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
  assert.equal(world.outcome('n1'), 'leaving');
  world.pool.catchUp();
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n1'), 'removal-done');
  assert.deepEqual(world.kubernetes.told(), [
    'ScaleDown on status',
    'ScaleDown on n1',
    'ScaleDown on p0',
    'ScaleDown on p1',
    'ScaleDown on n1',
    'ScaleDown on status',
  ]);
});

test('AC-30 the cloud is not asked before the delay after the taint', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  await world.pass(AFTER_TAINT_MS - 1);
  assert.deepEqual(world.pool.calls, []);
  assert.equal(world.actuator.nextLookAtMs(), NOW_MS + AFTER_TAINT_MS);
  await world.pass(1);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

const cordonDuringAndAfter = async (drain: Partial<DrainOptions>, before: boolean): Promise<boolean[]> => {
  const world = aWorld([{}], drain);
  world.cluster.apply({ kind: 'node', node: aNode({ name: 'n1', unschedulable: before }) });
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  const during = world.node('n1').unschedulable;
  await world.pass(AFTER_TAINT_MS);
  await world.pass(3 * MINUTE_MS);
  assert.ok(!isTainted(world));
  assert.deepEqual(world.node('n1').annotations, {});
  return [during, world.node('n1').unschedulable];
};

test('AC-37 AC-38 the cordon goes with the taint, and is taken back only if it was ours', async () => {
  assert.deepEqual(await cordonDuringAndAfter({}, false), [true, false]);
  assert.deepEqual(await cordonDuringAndAfter({}, true), [true, true], 'an administrator’s cordon stays');
  assert.deepEqual(await cordonDuringAndAfter({ cordonNode: false }, false), [false, false]);
});

test('AC-06 a node that cannot be tainted is left as it was', async () => {
  const world = aWorld();
  world.kubernetes.onChange = (_, change) =>
    change.addTaints === undefined ? undefined : Promise.resolve(failure({ message: 'conflict after conflict' }));
  await world.remove('n1', true);
  assert.equal(world.outcome('n1'), 'failed: it could not be tainted: conflict after conflict');
  assert.deepEqual(world.pool.calls, []);
  assert.ok(world.kubernetes.told().includes('ScaleDownFailed on n1'));
});

test('a taint that was written although its reply was lost is taken back', async () => {
  const world = aWorld();
  world.kubernetes.onChange = (name, change) => {
    if (change.addTaints === undefined) return undefined;
    world.kubernetes.make({ name }, change);
    return Promise.resolve(failure({ message: 'the connection was cut' }));
  };
  await world.remove('n1', true);
  assert.ok(!isTainted(world));
});

test('AC-16 a pod that came to an empty node keeps it', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  world.apply(aPod({ name: 'late', nodeName: 'n1', owner: 'web' }));
  await world.pass(AFTER_TAINT_MS);
  assert.match(world.outcome('n1'), /pod default\/late has come to it/);
  assert.ok(!isTainted(world));
  assert.deepEqual(world.kubernetes.evictions, []);
});

test('AC-18 a budget that was used up meanwhile stops the drain before the first eviction', async () => {
  const world = aWorld([{}]);
  await world.remove('n1');
  world.cluster.apply({ kind: 'pdb', pdb: aPdb('b', { disruptionsAllowed: 0 }) });
  await world.pass(AFTER_TAINT_MS);
  assert.match(world.outcome('n1'), /^failed: pod default\/p0 must not be evicted now/);
  assert.deepEqual(world.kubernetes.evictions, []);
});

test('I2: a protected pod that turns up during the drain keeps the node, even when all others are gone', async () => {
  const world = aWorld([{}]);
  const eviction = held<Awaited<ReturnType<typeof refusal>>>();
  world.kubernetes.onEvict = () => eviction.promise;
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.apply(aPod({ name: 'dear', nodeName: 'n1', owner: 'web', annotations: { [SAFE]: 'false' } }));
  world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'p0', uid: 'uid-default-p0' });
  eviction.settle(success({ kind: 'evicted' }));
  await world.pass(SECOND_MS);
  assert.match(world.outcome('n1'), /^failed: pod default\/dear keeps it/);
  assert.deepEqual(world.pool.calls, []);
});

test('whoever takes the taint off keeps the node', async () => {
  const world = aWorld([{}]);
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.kubernetes.make({ name: 'n1' }, { removeTaintKeys: [TAINT] });
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n1'), 'failed: its taint was taken off by somebody else');
});

test('a taint that never shows up in what we watch stops the removal', async () => {
  const world = aWorld();
  world.kubernetes.onChange = () => Promise.resolve(success({ kind: 'changed' }));
  await world.remove('n1', true);
  await world.pass(34 * SECOND_MS);
  assert.equal(world.outcome('n1'), 'tainted');
  await world.pass(SECOND_MS);
  assert.match(world.outcome('n1'), /^failed: its taint did not show up/);
  assert.deepEqual(world.pool.calls, []);
});

test('ML-29 AC-12 AC-13 when the cloud does not delete, the marks are taken back and the pods stay away', async () => {
  const world = aWorld([{}]);
  world.pool.onCall = () => cloudFailure('invalid', 'node is locked');
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n1'), 'failed: the cloud did not delete it: node is locked');
  assert.ok(!isTainted(world));
  assert.equal(world.cluster.pod('default', 'p0'), undefined);
});

test('I3: a deletion whose reply was lost but that was done is not asked for again', async () => {
  const world = aWorld();
  world.pool.onCall = () => {
    world.pool.loseInstances(['vultr://n1']);
    return cloudFailure('unknown-outcome');
  };
  await world.remove('n1', true);
  await world.pass(AFTER_TAINT_MS);
  assert.equal(world.outcome('n1'), 'leaving');
  for (let passes = 0; passes < 20; passes++) await world.pass(30 * SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
  world.pool.catchUp();
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n1'), 'removal-done');
});

test('I3: a deletion that is later seen not to have been done is asked for again, three times at most', async () => {
  const world = aWorld();
  world.pool.onCall = () => cloudFailure('unknown-outcome');
  await world.remove('n1', true);
  await world.pass(AFTER_TAINT_MS);
  await world.pass(59 * SECOND_MS);
  assert.equal(world.pool.calls.length, 1, 'the listing gets time to tell');
  for (let passes = 0; passes < 40; passes++) await world.pass(10 * SECOND_MS);
  assert.equal(world.pool.calls.length, 3);
  assert.match(world.outcome('n1'), /^failed: the cloud did not delete it, asked several times/);
  assert.ok(!isTainted(world));
});

test('a lost reply is not judged by an old reading of the cloud', async () => {
  const world = aWorld();
  world.pool.onCall = () => cloudFailure('unknown-outcome');
  await world.remove('n1', true);
  await world.pass(AFTER_TAINT_MS);
  world.now += 10 * MINUTE_MS;
  world.actuator.advance();
  await world.settle();
  assert.equal(world.pool.calls.length, 1);
});

test('a cloud that was busy is asked again when it says, after another look at the node', async () => {
  const world = aWorld();
  const busy: CloudResult = failure({ kind: 'rate-limited', message: 'slow down', retryAfterMs: 20_000 });
  world.pool.onCall = () => (world.pool.calls.length === 1 ? Promise.resolve(busy) : undefined);
  await world.remove('n1', true);
  await world.pass(AFTER_TAINT_MS);
  await world.pass(19 * SECOND_MS);
  assert.equal(world.pool.calls.length, 1);
  world.apply(aPod({ name: 'late', nodeName: 'n1', owner: 'web' }));
  await world.pass(SECOND_MS);
  assert.equal(world.pool.calls.length, 1);
  assert.match(world.outcome('n1'), /late has come/);
});

test('a node that vanishes by itself, at any moment, ends its removal', async () => {
  for (const passes of [0, 1]) {
    const world = aWorld([{}]);
    world.kubernetes.onEvict = () => refusal();
    await world.remove('n1');
    for (let pass = 0; pass < passes; pass++) await world.pass(AFTER_TAINT_MS);
    world.cluster.apply({ kind: 'node-gone', name: 'n1', uid: 'uid-n1' });
    await world.pass(SECOND_MS);
    assert.equal(world.outcome('n1'), 'removal-done');
    assert.deepEqual(world.pool.calls, []);
  }
});

test('a node whose instance somebody else deletes is not asked for', async () => {
  const world = aWorld([{}]);
  await world.remove('n1');
  world.pool.loseInstances(['vultr://n1']);
  await world.pass(AFTER_TAINT_MS);
  assert.equal(world.outcome('n1'), 'leaving');
  assert.deepEqual([world.kubernetes.evictions, world.pool.calls], [[], []]);
});

test('taking the marks back is tried until it works', async () => {
  const world = aWorld([{}]);
  let refusals = 3;
  world.kubernetes.onChange = (_, change) =>
    change.removeTaintKeys !== undefined && refusals-- > 0 ? Promise.resolve(failure({ message: 'busy' })) : undefined;
  await world.remove('n1', true);
  for (let passes = 0; passes < 6; passes++) await world.pass(10 * SECOND_MS);
  assert.match(world.outcome('n1'), /^failed: pod default\/p0 has come/);
  assert.ok(!isTainted(world));
});
