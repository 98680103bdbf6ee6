import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudResult } from '../cloud/provider.ts';
import { aCluster, aController, aNode, aPod, aTaint } from '../cluster/fixtures.test-support.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { failure, success } from '../runtime/result.ts';
import { MINUTE_MS, NOW_MS, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import { NO_SOFT_TAINTS } from '../scale-down/plan.ts';
import type { PlannedResize } from '../scale-up/scale-up.ts';
import type { InstancesToDelete } from '../node-groups/view.ts';
import { MAX_CALLS } from './acting.ts';
import type { ActuationDecision } from './actuator.ts';
import { cloudFailure } from './fake-cloud.test-support.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import { held, World } from './world.test-support.ts';

const TAINT = 'ToBeDeletedByClusterAutoscaler';
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const AFTER_TAINT_MS = 5 * SECOND_MS;
const NOTHING: ActuationDecision = {
  resizes: [],
  removals: [],
  instancesToDelete: [],
  withdrawals: [],
  softTaints: NO_SOFT_TAINTS,
};

function aWorld(...nodes: readonly NodeSketch[]): World {
  const sketches = nodes.length === 0 ? [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }] : nodes;
  const controllers = [aController('ReplicaSet', 'web')];
  return new World(aCluster({ nodes: sketches.map((node) => aNode(node)), controllers }));
}

function growth(delta: number): PlannedResize {
  return { groupId: 'pool', groupName: 'pool', from: 3, delta, pods: 1, because: 'needed', pricePerHour: undefined };
}

function isTainted(world: World, node: string): boolean {
  return world.node(node).taints.some(({ key }) => key === TAINT);
}

test('AC-02 several empty nodes of one pool go one call at a time, without waiting for passes in between', async () => {
  const world = aWorld();
  const removals = ['n1', 'n2'].map((name) => world.planned(name, true));
  world.actuator.start({ ...NOTHING, removals });
  await world.settle();
  const first = held<CloudResult>();
  world.pool.onCall = (call) => (call.includes('n1') ? first.promise : undefined);
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1'], 'I4');
  assert.deepEqual([...world.actuator.unsettledPools()], ['pool']);
  first.settle(success(undefined));
  await world.settle();
  assert.deepEqual(world.pool.calls, ['delete vultr://n1', 'delete vultr://n2']);
  assert.deepEqual([...world.actuator.unsettledPools()], []);
});

test('a node whose turn comes late is looked at again just before it is deleted (I2)', async () => {
  const world = aWorld();
  world.actuator.start({ ...NOTHING, removals: ['n1', 'n2'].map((name) => world.planned(name, true)) });
  await world.settle();
  const first = held<CloudResult>();
  world.pool.onCall = () => first.promise;
  await world.pass(AFTER_TAINT_MS);
  world.apply(aPod({ name: 'dear', nodeName: 'n2' }));
  first.settle(success(undefined));
  await world.settle();
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
  assert.match(world.outcome('n2'), /^failed: pod default\/dear keeps it/);
});

test('the same removal twice is one', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  await world.remove('n1', true);
  assert.equal(world.kubernetes.changes.length, 1);
  assert.equal(world.seen.filter(({ kind }) => kind === 'removal-started').length, 1);
});

test('a dry run changes nothing and tells nobody', async () => {
  const world = aWorld({ name: 'n1', taints: [aTaint(TAINT, '1')] });
  world.restarted({ dryRun: true });
  world.actuator.adoptLeftovers();
  world.actuator.start({ ...NOTHING, resizes: [growth(1)], removals: [world.planned('n1', true)] });
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual([world.kubernetes.changes, world.kubernetes.events, world.pool.calls, world.seen], [[], [], [], []]);
});

test('ML-34 I5: whoever has lost the lease sends nothing more, at whatever point of a removal', async () => {
  for (const losesAfter of [0, 1, 2]) {
    const world = aWorld();
    world.apply(aPod({ name: 'p', nodeName: 'n1', owner: 'web' }));
    await world.remove('n1');
    for (let passes = 0; passes < losesAfter; passes++) await world.pass(AFTER_TAINT_MS);
    world.leading = false;
    const { changes, evictions, events } = world.kubernetes;
    const sent = [changes.length, evictions.length, events.length, world.pool.calls.length];
    for (let passes = 0; passes < 5; passes++) await world.pass(10 * SECOND_MS);
    world.actuator.start({ ...NOTHING, resizes: [growth(1)] });
    await world.settle();
    assert.deepEqual([changes.length, evictions.length, events.length, world.pool.calls.length], sent);
  }
});

test('I5: calls that still wait in line when the lease is lost are not sent', async () => {
  const world = aWorld();
  for (const nodeName of ['n1', 'n2']) {
    for (let index = 0; index < 30; index++) {
      world.apply(aPod({ name: `${nodeName}-${index}`, nodeName, owner: 'web', cpu: 1 }));
    }
  }
  const answer = held<Awaited<ReturnType<typeof refusal>>>();
  world.kubernetes.onEvict = () => answer.promise;
  world.actuator.start({ ...NOTHING, removals: ['n1', 'n2'].map((name) => world.planned(name, false)) });
  await world.settle();
  await world.pass(AFTER_TAINT_MS);
  assert.equal(world.kubernetes.evictions.length, MAX_CALLS, 'of 60');
  world.leading = false;
  answer.settle(success({ kind: 'evicted' }));
  await world.settle();
  await world.actuator.idle();
  assert.equal(world.kubernetes.evictions.length, MAX_CALLS);
});

test('I8 TA-06: a removal that would not be decided any more after a restart is taken back, and told about', async () => {
  const world = aWorld();
  world.apply(aPod({ name: 'p', nodeName: 'n1', owner: 'web' }));
  world.kubernetes.onEvict = () => refusal();
  await world.remove('n1');
  await world.pass(AFTER_TAINT_MS);
  world.restarted();
  world.apply(aPod({ name: 'dear', nodeName: 'n1', owner: 'web', annotations: { [SAFE]: 'false' } }));
  world.actuator.adoptLeftovers();
  await world.settle();
  assert.ok(!isTainted(world, 'n1'));
  assert.equal(world.node('n1').unschedulable, false);
  assert.deepEqual(world.node('n1').annotations, {});
  assert.equal(world.kubernetes.told().at(-1), 'ClusterAutoscalerCleanup on n1');
});

test('ML-12 TA-07 leftovers: only of nodes of ours that stay; cordons of others are kept', async () => {
  const taints = [aTaint(TAINT, 'no time at all')];
  const marked = { taints, unschedulable: true };
  const world = aWorld(
    { name: 'foreign-cordon', ...marked, annotations: { 'vke-autoscaler.io/removal': '{"cordoned":false}' } },
    { name: 'from-cluster-autoscaler', ...marked },
    { name: 'going', ...marked },
    { name: 'stranger', ...marked },
  );
  world.pool.loseInstances(['vultr://going']);
  world.pool.instances = world.pool.instances.filter(({ name }) => name !== 'stranger');
  world.actuator.adoptLeftovers();
  await world.settle();
  const state = (name: string) => [isTainted(world, name), world.node(name).unschedulable];
  assert.deepEqual(state('foreign-cordon'), [false, true]);
  assert.deepEqual(state('from-cluster-autoscaler'), [false, false]);
  assert.deepEqual(state('going'), [true, true]);
  assert.deepEqual(state('stranger'), [true, true]);
});

test('adopting leftovers leaves the removals under way alone', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  world.actuator.adoptLeftovers();
  await world.settle();
  assert.ok(isTainted(world, 'n1'));
});

test('I4: one resize per pool at a time; what it came to is observed', async () => {
  const world = aWorld();
  const answer = held<CloudResult>();
  world.pool.onCall = () => answer.promise;
  world.actuator.start({ ...NOTHING, resizes: [growth(2)] });
  world.actuator.start({ ...NOTHING, resizes: [growth(5)] });
  await world.settle();
  assert.deepEqual(world.pool.calls, ['increase 2']);
  answer.settle(success(undefined));
  await world.settle();
  assert.deepEqual(world.seen, [
    { kind: 'resize-sent', groupId: 'pool', to: 5, delta: 2, atMs: NOW_MS },
    { kind: 'resize-accepted', groupId: 'pool', delta: 2, atMs: NOW_MS },
  ]);
});

test('I5: a resize that waited until it was kept is not sent without the lease, which is nobody’s failure', async () => {
  const world = aWorld();
  const kept = Promise.withResolvers<void>();
  world.actuator.start({ ...NOTHING, resizes: [growth(2)] }, kept.promise);
  await world.settle();
  assert.deepEqual(world.pool.calls, []);
  world.leading = false;
  kept.resolve();
  await world.settle();
  assert.deepEqual(world.pool.calls, []);
  assert.deepEqual(
    world.seen.map(({ kind }) => kind),
    ['resize-sent', 'resize-unsent'],
  );
  world.leading = true;
  world.actuator.start({ ...NOTHING, resizes: [growth(2)] }, Promise.resolve());
  await world.settle();
  assert.deepEqual(world.pool.calls, ['increase 2']);
});

test('I4: a pool whose resize’s reply was lost is left alone until the cloud was read again', async () => {
  const world = aWorld();
  world.pool.onCall = () => cloudFailure('unknown-outcome', 'timeout');
  world.actuator.start({ ...NOTHING, resizes: [growth(2)] });
  await world.settle();
  world.actuator.start({ ...NOTHING, resizes: [growth(2)] });
  await world.settle();
  assert.deepEqual(world.pool.calls, ['increase 2']);
  assert.deepEqual([...world.actuator.unsettledPools()], ['pool']);
  await world.pass(SECOND_MS);
  assert.deepEqual([...world.actuator.unsettledPools()], []);
});

test('a refused resize is told in the cloud’s own words', async () => {
  const world = aWorld();
  world.pool.onCall = () => cloudFailure('out-of-stock', 'Plan is not available in the selected datacenter.');
  world.actuator.start({ ...NOTHING, resizes: [growth(1)] });
  await world.settle();
  const failed = world.seen.find(({ kind }) => kind === 'resize-failed');
  assert.equal(failed?.kind === 'resize-failed' && failed.error.kind, 'out-of-stock');
  const event = world.kubernetes.events.find(({ reason }) => reason === 'FailedToScaleUpGroup');
  assert.match(event?.message ?? '', /Plan is not available/);
});

test('a call that throws counts as one whose reply was lost', async () => {
  const world = aWorld();
  world.pool.onCall = () => Promise.reject(new Error('bug'));
  world.actuator.start({ ...NOTHING, resizes: [growth(1)] });
  await world.settle();
  const failed = world.seen.find(({ kind }) => kind === 'resize-failed');
  assert.equal(failed?.kind === 'resize-failed' && failed.error.kind, 'unknown-outcome');
});

test('requests that were never fulfilled are withdrawn', async () => {
  const world = aWorld();
  const withdrawals = [{ groupId: 'pool', groupName: 'pool', from: 5, to: 3, because: 'they never came' }];
  world.actuator.start({ ...NOTHING, withdrawals });
  await world.settle();
  assert.deepEqual(world.pool.calls, ['decrease -2']);
  assert.equal(world.seen.at(-1)?.kind, 'withdrawn');
});

function broken(...instanceIds: string[]): InstancesToDelete {
  const error = { kind: 'out-of-stock', message: 'none left' } as const;
  const group = { groupId: 'pool', groupName: 'pool' };
  return { ...group, instanceIds, because: 'failed', force: false, cause: { kind: 'failed', error } };
}

test('instances that never became nodes are deleted by id, once, and never one whose node has come', async () => {
  const world = aWorld();
  const decision = { ...NOTHING, instancesToDelete: [broken('vultr://lost', 'vultr://n1')] };
  world.actuator.start(decision);
  await world.settle();
  world.actuator.start(decision);
  await world.settle();
  assert.deepEqual(world.pool.calls, ['delete vultr://lost']);
  world.now += 5 * MINUTE_MS;
  world.actuator.start(decision);
  await world.settle();
  assert.equal(world.pool.calls.length, 2, 'it is still there: asked again');
});

test('I2: a pod that only the API server knows of holds the removal back, and the node is free again', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  world.kubernetes.unheardPods = [{ namespace: 'default', name: 'dear', uid: 'dear-1' }];
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(world.pool.calls, []);
  assert.match(world.outcome('n1'), /^failed: pod default\/dear is on it, which the watch has not told of yet/);
  assert.equal(isTainted(world, 'n1'), false);
  assert.deepEqual([...world.actuator.unsettledPools()], []);
});

test('I3: a node that has lost its taint at the API server is not deleted', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  world.kubernetes.onLook = () => Promise.resolve(success({ kind: 'there', taintKeys: [], pods: [] }));
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(world.pool.calls, []);
  assert.match(world.outcome('n1'), /^failed: its taint was taken off by somebody else/);
});

test('AC-19 a node that cannot be looked at is not deleted, and is looked at again', async () => {
  const world = aWorld();
  await world.remove('n1', true);
  world.kubernetes.onLook = () => Promise.resolve(failure({ message: 'the API server is away' }));
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(world.pool.calls, []);
  world.kubernetes.onLook = () => undefined;
  await world.pass(MINUTE_MS);
  assert.deepEqual(world.pool.calls, ['delete vultr://n1']);
});

test('an instance that has become a node which only the API server knows of is left alone', async () => {
  const world = aWorld();
  world.kubernetes.unheardNodes = ['vultr://late'];
  world.actuator.start({ ...NOTHING, instancesToDelete: [broken('vultr://late', 'vultr://lost')] });
  await world.settle();
  assert.deepEqual(world.pool.calls, ['delete vultr://lost']);
  const deleted = world.seen.findLast(({ kind }) => kind === 'instances-deleted');
  assert.deepEqual(deleted?.kind === 'instances-deleted' && deleted.instanceIds, ['vultr://lost']);
});

test('shutdown: idle waits for what was sent, and nothing follows', async () => {
  const world = aWorld();
  const answer = held<CloudResult>();
  world.pool.onCall = () => answer.promise;
  world.actuator.start({ ...NOTHING, resizes: [growth(1)] });
  world.leading = false;
  let idle = false;
  const waiting = world.actuator.idle().then(() => (idle = true));
  await world.settle();
  assert.equal(idle, false);
  answer.settle(failure({ kind: 'unavailable', message: 'closing' }));
  await waiting;
  assert.deepEqual(world.pool.calls, ['increase 1']);
});
