/** Surge eviction: the only pod of a Deployment that asks for it is replaced before it leaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster, aController, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { failure, success } from '../runtime/result.ts';
import { MINUTE_MS, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { DeploymentLook } from './ports.ts';
import { World } from './world.test-support.ts';

const AFTER_TAINT_MS = 5 * SECOND_MS;
const SURGE = { 'vke-autoscaler.io/surge-eviction': 'true' };
const THE_POD = { namespace: 'default', name: 'only', uid: 'uid-default-only' };

/** The pod `only` on n1, of a Deployment that is seen like this. */
function aWorld(look: Partial<Extract<DeploymentLook, { kind: 'there' }>> = {}): World {
  const cluster = aCluster({
    nodes: [aNode({ name: 'n1' }), aNode({ name: 'n2' })],
    pods: [aPod({ name: 'only', nodeName: 'n1', owner: 'web', annotations: SURGE })],
    controllers: [aController('ReplicaSet', 'web')],
  });
  const world = new World(cluster);
  world.kubernetes.onDeployment = () => seen(look);
  return world;
}

function seen(look: Partial<Extract<DeploymentLook, { kind: 'there' }>>): ReturnType<typeof success<DeploymentLook>> {
  const deployment = { namespace: 'default', name: 'web', uid: 'd', resourceVersion: '1' };
  return success({ kind: 'there', deployment, cannotSurge: undefined, settled: true, replacing: '', ...look });
}

/** The rolling update has ended the old pod. */
function replaced(world: World): void {
  world.cluster.apply({ kind: 'pod-gone', ...THE_POD });
}

async function begun(world: World): Promise<void> {
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
}

test('its Deployment is asked to replace it, and the node waits until that is done', async () => {
  const world = aWorld();
  await begun(world);
  assert.deepEqual(world.kubernetes.replaced, [THE_POD.uid]);
  await world.pass(MINUTE_MS);
  assert.match(world.outcome('n1'), /the replacement of pod default\/only is not available yet/);
  assert.deepEqual([world.kubernetes.evictions, world.pool.calls], [[], []]);
  replaced(world);
  await world.pass(SECOND_MS);
  assert.deepEqual(world.kubernetes.evictions, [], 'nobody had to be evicted');
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('other pods of the node are asked to leave when it has left', async () => {
  const world = aWorld();
  world.apply(aPod({ name: 'other', nodeName: 'n1', owner: 'web' }));
  await begun(world);
  assert.deepEqual(world.kubernetes.evictions, []);
  replaced(world);
  await world.pass(SECOND_MS);
  assert.deepEqual(
    world.kubernetes.evictions.map(({ pod }) => pod),
    ['default/other'],
  );
});

test('a pod whose Deployment cannot start another one first is evicted like any other', async () => {
  for (const look of [
    seen({ cannotSurge: 'its Deployment is paused' }),
    success<DeploymentLook>({ kind: 'none', why: 'no Deployment keeps it' }),
  ]) {
    const world = aWorld();
    world.kubernetes.onDeployment = () => look;
    await begun(world);
    await world.pass(SECOND_MS);
    assert.deepEqual(world.kubernetes.replaced, []);
    assert.equal(world.kubernetes.evictions.length, 1);
  }
});

test('a pod that does not ask for it is evicted without a look at its Deployment', async () => {
  const world = aWorld();
  world.apply(aPod({ name: 'only', nodeName: 'n1', owner: 'web' }));
  world.kubernetes.onDeployment = () => assert.fail('nobody asked');
  await begun(world);
  assert.equal(world.kubernetes.evictions.length, 1);
});

test('another update of the Deployment is waited for', async () => {
  const world = aWorld({ settled: false });
  await begun(world);
  assert.equal(world.actuator.nextLookAtMs(), world.now + 5 * SECOND_MS);
  world.kubernetes.onDeployment = () => seen({});
  await world.pass(5 * SECOND_MS);
  assert.deepEqual(world.kubernetes.replaced, [THE_POD.uid]);
});

test('a replacement whose reply was lost is asked for once', async () => {
  const world = aWorld();
  world.kubernetes.onReplace = (podUid) => {
    world.kubernetes.onDeployment = () => seen({ replacing: podUid, settled: false });
    return failure({ message: 'the connection was cut' });
  };
  await begun(world);
  for (let passes = 0; passes < 4; passes++) await world.pass(5 * SECOND_MS);
  assert.deepEqual(world.kubernetes.replaced, [THE_POD.uid]);
  assert.match(world.outcome('n1'), /not available yet/);
});

test('a restarted process finds the replacement under way', async () => {
  const world = aWorld();
  await begun(world);
  world.kubernetes.onDeployment = () => seen({ replacing: THE_POD.uid, settled: false });
  world.restarted();
  world.actuator.adoptLeftovers();
  await world.pass(SECOND_MS);
  assert.deepEqual(world.kubernetes.replaced, [THE_POD.uid]);
  replaced(world);
  await world.pass(SECOND_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('when the replacement does not come up, the node is kept and the pod stays', async () => {
  const world = aWorld();
  await begun(world);
  for (let passes = 0; passes < 11; passes++) await world.pass(MINUTE_MS);
  assert.equal(world.outcome('n1'), 'failed: the replacement of pod default/only is not available yet');
  assert.deepEqual([world.kubernetes.evictions, world.pool.calls, world.node('n1').taints], [[], [], []]);
});
