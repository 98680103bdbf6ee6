import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aDaemonSetReference, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { failure, success } from '../runtime/result.ts';
import { NOW_MS, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import { World } from './world.test-support.ts';

const TAINT = 'ToBeDeletedByClusterAutoscaler';
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

test('DN-03 a refused eviction is tried again until the budget allows it', async () => {
  const world = aWorld([{}]);
  world.kubernetes.onEvict = () => (world.now < NOW_MS + 60 * SECOND_MS ? refusal() : undefined);
  await world.remove('n1');
  for (let passes = 0; passes < 8; passes++) await world.pass(10 * SECOND_MS);
  assert.equal(world.kubernetes.evictions.length, 6);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('ML-29 AC-09 DN-05 a pod that may not be evicted within its time fails the removal: all is taken back, nothing is deleted', async () => {
  const world = aWorld([{}, {}]);
  world.kubernetes.onEvict = (pod) => (pod === 'default/p1' ? refusal('budget') : undefined);
  await world.remove('n1');
  for (let passes = 0; passes < 16; passes++) await world.pass(10 * SECOND_MS);
  assert.equal(world.outcome('n1'), 'failed: pod default/p1 could not be evicted: budget');
  const attempts = world.kubernetes.evictions.filter(({ pod }) => pod === 'default/p1').length;
  assert.equal(attempts, 12, 'every 10 s for 2 minutes');
  assert.ok(!isTainted(world));
  assert.deepEqual(world.pool.calls, []);
  assert.ok(world.kubernetes.told().includes('ScaleDownFailed on p1'));
});

test('DN-08 with no time for evictions each pod is asked once', async () => {
  const world = aWorld([{}], { maxPodEvictionTimeMs: 0 });
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  for (let passes = 0; passes < 3; passes++) await world.pass(10 * SECOND_MS);
  assert.equal(world.kubernetes.evictions.length, 1);
  assert.match(world.outcome('n1'), /^failed/);
});

const graceAsked = async (seconds: number, maxGracefulTerminationMs: number): Promise<number | undefined> => {
  const world = aWorld([{ spec: { terminationGracePeriodSeconds: seconds } }], { maxGracefulTerminationMs });
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  return world.kubernetes.evictions[0]?.graceSeconds;
};

test('DN-09 DN-10 the grace period is the pod’s own, up to the longest', async () => {
  assert.equal(await graceAsked(3600, 600_000), 600);
  assert.equal(await graceAsked(10, 600_000), 10);
  assert.equal(await graceAsked(3600, 0), 3600);
});

test('DN-07 a pod that was evicted and does not go fails the removal, after the longest grace and some more', async () => {
  const world = aWorld([{}]);
  world.kubernetes.onEvict = () => Promise.resolve(success({ kind: 'evicted' }));
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await world.pass(630 * SECOND_MS);
  assert.match(world.outcome('n1'), /^draining/);
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n1'), 'failed: pod default/p0 was evicted and is still there');
  assert.ok(!isTainted(world));
});

test('DN-11 a pod that is gone already counts as evicted', async () => {
  const world = aWorld([{}]);
  world.kubernetes.onEvict = () => Promise.resolve(success({ kind: 'gone' }));
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(world.pool.calls, [], 'the model still shows it');
  world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'p0', uid: 'uid-default-p0' });
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

const daemonSetPodsEvicted = async (empty: boolean, annotations: Record<string, string>): Promise<number> => {
  const world = aWorld([{ owner: aDaemonSetReference('agent'), annotations }]);
  world.kubernetes.onEvict = () => Promise.resolve(failure({ message: 'no' }));
  await world.remove('n1', empty);
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
  return world.kubernetes.evictions.length;
};

test('DN-01 DN-04 DN-12 DN-13 DN-14 DaemonSet pods are asked by flag or annotation, and not waited for', async () => {
  const enabled = 'cluster-autoscaler.kubernetes.io/enable-ds-eviction';
  assert.equal(await daemonSetPodsEvicted(false, {}), 1);
  assert.equal(await daemonSetPodsEvicted(true, {}), 0);
  assert.equal(await daemonSetPodsEvicted(true, { [enabled]: 'true' }), 1);
  assert.equal(await daemonSetPodsEvicted(false, { [enabled]: 'false' }), 0);
});

test('an ordinary pod that turns up during a drain is evicted as well', async () => {
  const world = aWorld([{}]);
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.apply(aPod({ name: 'late', nodeName: 'n1', owner: 'web' }));
  await world.pass(SECOND_MS);
  assert.equal(world.kubernetes.evictions.at(-1)?.pod, 'default/late');
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('pods that keep coming do not keep a drain going for ever', async () => {
  const world = aWorld([{}]);
  await world.remove('n1');
  for (let index = 0; index < 90 && !world.outcome('n1').startsWith('failed'); index++) {
    world.apply(aPod({ name: `late-${index}`, nodeName: 'n1', owner: 'web' }));
    await world.pass(10 * SECOND_MS);
  }
  assert.equal(world.outcome('n1'), 'failed: its drain took too long');
});
