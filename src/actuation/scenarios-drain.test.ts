/** How a node is drained: the cases DN of the scenario catalogue that evictions.test.ts does not have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aDaemonSetReference, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { success } from '../runtime/result.ts';
import { SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { DrainOptions, DrainPriorityGroup } from '../scale-down/options.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import { World } from './world.test-support.ts';

const AFTER_TAINT_MS = 5 * SECOND_MS;
const DELAY = 'delay-deletion.cluster-autoscaler.kubernetes.io/backup';

function aWorld(pods: readonly PodSketch[], drain: Partial<DrainOptions> = {}): World {
  const cluster = aCluster({
    nodes: [aNode({ name: 'n1' }), aNode({ name: 'n2' })],
    pods: pods.map((pod, index) => aPod({ name: `p${index + 1}`, nodeName: 'n1', owner: 'web', ...pod })),
    controllers: [aController('ReplicaSet', 'web'), aController('DaemonSet', 'agent')],
  });
  return new World(cluster, drain);
}

function evicted(world: World): readonly string[] {
  return world.kubernetes.evictions.map(({ pod }) => pod.replace('default/', ''));
}

const ofPriority = (priority: number, rest: PodSketch = {}): PodSketch => ({ ...rest, spec: { priority } });
const steps = (...pairs: readonly (readonly [number, number])[]): readonly DrainPriorityGroup[] =>
  pairs.map(([priority, seconds]) => ({ priority, graceMs: seconds * SECOND_MS }));

test('DN-02 a pod that was made anew under its name elsewhere counts as gone', async () => {
  const world = aWorld([{}]);
  world.kubernetes.onEvict = () => Promise.resolve(success({ kind: 'evicted' }));
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'p1', uid: 'uid-default-p1' });
  world.apply(aPod({ name: 'p1', uid: 'another', nodeName: 'n2', owner: 'web' }));
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('DN-06 AC-11 nobody is deleted past a refusal: there is no forced drain', async () => {
  const world = aWorld([{}, {}], { maxPodEvictionTimeMs: 0 });
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await world.pass(10 * SECOND_MS);
  assert.match(world.outcome('n1'), /^failed/);
  assert.deepEqual(evicted(world), ['p1', 'p2'], 'each was asked, and nothing else was done to them');
});

test('DN-15 static pods are never evicted', async () => {
  const world = aWorld([{ annotations: { 'kubernetes.io/config.mirror': 'x' } }, {}]);
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(evicted(world), ['p2']);
});

test('DN-16 DN-17 of DaemonSet pods only those that say so are evicted, and nobody waits for them', async () => {
  const owner = aDaemonSetReference('agent');
  const enabled = { 'cluster-autoscaler.kubernetes.io/enable-ds-eviction': 'true' };
  const world = aWorld([{ owner, annotations: enabled }, { owner }, { owner, annotations: enabled }, {}], {
    evictDaemonSetPodsFromOccupiedNodes: false,
  });
  world.kubernetes.onEvict = (pod) => (pod === 'default/p4' ? undefined : refusal());
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(evicted(world), ['p1', 'p3', 'p4']);
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('DN-18 with steps of priority the lowest goes first, each step when the one before it has left', async () => {
  const world = aWorld([ofPriority(2_000_000_005), ofPriority(1000), ofPriority(0)], {
    priorityGroups: steps([0, 60], [1000, 60], [2_000_000_000, 60]),
  });
  world.kubernetes.onEvict = () => Promise.resolve(success({ kind: 'evicted' }));
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  for (const name of ['p3', 'p2', 'p1']) {
    assert.equal(evicted(world).at(-1), name);
    await world.pass(SECOND_MS);
    assert.equal(evicted(world).at(-1), name, 'it is still there, so the next step waits');
    world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name, uid: `uid-default-${name}` });
    await world.pass(SECOND_MS);
  }
  assert.deepEqual(evicted(world), ['p3', 'p2', 'p1']);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('DN-19 a priority belongs to the next lower step, one below all to the lowest; DaemonSet pods take part', async () => {
  const owner = aDaemonSetReference('agent');
  const world = aWorld(
    [ofPriority(2_000_000_005), ofPriority(500), ofPriority(100), ofPriority(0), ofPriority(1000, { owner })],
    { priorityGroups: steps([10, 1], [1000, 2], [2000, 3], [2_000_000_000, 4]) },
  );
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  for (let passes = 0; passes < 4; passes++) await world.pass(SECOND_MS);
  assert.deepEqual(
    world.kubernetes.evictions.map(({ pod, graceSeconds }) => `${pod.replace('default/', '')} ${graceSeconds}`),
    ['p2 1', 'p3 1', 'p4 1', 'p5 2', 'p1 4'],
  );
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('a DaemonSet pod that its controller makes anew does not hold a drain by priority up', async () => {
  const owner = aDaemonSetReference('agent');
  const world = aWorld([ofPriority(0, { owner })], { priorityGroups: steps([0, 1]) });
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.apply(aPod({ name: 'again', nodeName: 'n1', owner }));
  await world.pass(SECOND_MS);
  assert.deepEqual(evicted(world), ['p1']);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('DN-20 when a step of priority fails, the later ones are not begun', async () => {
  const world = aWorld([ofPriority(0), ofPriority(1000)], {
    priorityGroups: steps([0, 60], [1000, 60]),
    maxPodEvictionTimeMs: 0,
  });
  world.kubernetes.onEvict = (pod) => (pod === 'default/p1' ? refusal() : undefined);
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await world.pass(10 * SECOND_MS);
  assert.match(world.outcome('n1'), /^failed: pod default\/p1 could not be evicted/);
  assert.deepEqual(evicted(world), ['p1']);
});

/** The node, annotated or not, and for how long its deletion waited (in steps of 5 s, up to a minute). */
async function delayed(annotated: boolean, timeoutMs: number, goneAfterMs = Infinity): Promise<number> {
  const world = aWorld([], { deletionDelayTimeoutMs: timeoutMs });
  if (annotated) world.kubernetes.make({ name: 'n1' }, { annotations: { [DELAY]: 'whatever' } });
  await world.remove('n1', true);
  for (let waitedMs = 0; waitedMs <= 60 * SECOND_MS; waitedMs += 5 * SECOND_MS) {
    if (waitedMs >= goneAfterMs) world.kubernetes.make({ name: 'n1' }, { annotations: { [DELAY]: null } });
    await world.pass(5 * SECOND_MS);
    if (world.pool.calls.length > 0) return waitedMs;
  }
  return Infinity;
}

test('DN-21 without a delay-deletion annotation nothing is waited for', async () => {
  assert.equal(await delayed(false, 120 * SECOND_MS), 0);
});

test('DN-22 a delay-deletion annotation that is taken off lets the deletion go on', async () => {
  assert.equal(await delayed(true, 120 * SECOND_MS, 20 * SECOND_MS), 20 * SECOND_MS);
});

test('DN-23 a delay-deletion annotation that stays holds the deletion up for so long and no longer', async () => {
  assert.equal(await delayed(true, 30 * SECOND_MS), 30 * SECOND_MS);
});

test('DN-24 with a timeout of 0 nobody waits for delay-deletion annotations', async () => {
  assert.equal(await delayed(true, 0), 0);
});

test('a pod that comes while the deletion is delayed is evicted first', async () => {
  const world = aWorld([{}]);
  world.kubernetes.make({ name: 'n1' }, { annotations: { [DELAY]: '' } });
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await world.pass(SECOND_MS);
  assert.equal(world.outcome('n1'), `drained: waiting for annotation ${DELAY}`);
  world.apply(aPod({ name: 'late', nodeName: 'n1', owner: 'web' }));
  world.kubernetes.make({ name: 'n1' }, { annotations: { [DELAY]: null } });
  await world.pass(SECOND_MS);
  assert.equal(evicted(world).at(-1), 'late');
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('DN-25 two pods of one name in different namespaces are two evictions', async () => {
  const world = aWorld([{ name: 'same' }, { name: 'same', namespace: 'other' }], { maxPodEvictionTimeMs: 0 });
  world.kubernetes.onEvict = (pod) => (pod === 'other/same' ? refusal('budget of the other') : undefined);
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  await world.pass(10 * SECOND_MS);
  assert.equal(world.outcome('n1'), 'failed: pod other/same could not be evicted: budget of the other');
});
