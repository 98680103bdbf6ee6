/** How nodes are tainted and given back to the cloud: cases AC of the scenario catalogue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aDaemonSetReference, aPod } from '../cluster/fixtures.test-support.ts';
import { MINUTE_MS, NOW_MS, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import { NO_SOFT_TAINTS } from '../scale-down/plan.ts';
import { success } from '../runtime/result.ts';
import { refusal } from './fake-kubernetes.test-support.ts';
import {
  AFTER_TAINT_MS,
  calls,
  isTainted,
  namesOf,
  occupy,
  passes,
  planned,
  poolsOf,
  refuseTaint,
} from './pools.test-support.ts';
import type { World } from './world.test-support.ts';

test('AC-01 with nothing to delete nothing is asked of anybody', async () => {
  const world = poolsOf({ a: 2 });
  await world.removeAll([]);
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual([world.kubernetes.changes, world.kubernetes.events, calls(world, 'a')], [[], [], []]);
});

test('AC-03 two empty nodes that go together go in one call', async () => {
  const world = poolsOf({ a: 2 });
  await world.removeAll(planned(world, ['a1', 'a2'], true));
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(calls(world, 'a'), ['a1,a2']);
});

test('AC-05 empty nodes and drains go at the same time, and the empty ones need not wait', async () => {
  const world = poolsOf({ a: 3 });
  occupy(world, 'a1');
  world.kubernetes.onEvict = () => Promise.resolve(success({ kind: 'evicted' }));
  await world.removeAll(planned(world, ['a2', 'a3', 'a1']));
  await passes(world, 2);
  assert.deepEqual(calls(world, 'a'), ['a2', 'a3'], 'the pod of the third has not ended yet');
  world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'on-a1', uid: 'uid-default-on-a1' });
  await world.pass(SECOND_MS);
  assert.deepEqual(calls(world, 'a'), ['a2', 'a3', 'a1']);
});

test('AC-06 AC-08 a node that cannot be tainted stays, empty or not, and holds no other up', async () => {
  for (const refused of ['a1', 'a2']) {
    const world = poolsOf({ a: 3 });
    occupy(world, 'a1');
    refuseTaint(world, refused);
    await world.removeAll(planned(world, ['a2', 'a3', 'a1']));
    await passes(world, 3);
    assert.deepEqual(
      [...calls(world, 'a')].toSorted(),
      ['a1', 'a2', 'a3'].filter((node) => node !== refused),
    );
    assert.ok(!isTainted(world, refused));
  }
});

test('AC-07 of nodes that go together none goes when one cannot be tainted', async () => {
  const world = poolsOf({ a: 2 });
  refuseTaint(world, 'a2');
  await world.removeAll(planned(world, ['a1', 'a2'], true));
  await passes(world, 3);
  assert.deepEqual(calls(world, 'a'), []);
  assert.equal(world.outcome('a1'), 'failed: it was to go together with a2');
  assert.ok(!isTainted(world, 'a1'));
});

test('AC-10 of nodes that go together none goes when one cannot be drained', async () => {
  const world = poolsOf({ a: 2 });
  occupy(world, 'a1');
  world.kubernetes.onEvict = () => refusal();
  await world.removeAll(planned(world, ['a1', 'a2'], true));
  await passes(world, 5);
  assert.equal(world.outcome('a2'), 'drained: its deletion is next');
  await passes(world, 12);
  assert.equal(world.outcome('a2'), 'failed: it was to go together with a1');
  assert.deepEqual(calls(world, 'a'), []);
});

test('of nodes that go together, the others still go when one has gone by itself', async () => {
  const world = poolsOf({ a: 2 });
  await world.removeAll(planned(world, ['a1', 'a2'], true));
  world.pools.get('a')?.loseInstances(['vultr://a2']);
  world.pools.get('a')?.catchUp();
  world.cluster.apply({ kind: 'node-gone', name: 'a2', uid: 'uid-a2' });
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(calls(world, 'a'), ['a1']);
});

test('I2: of nodes that go together none goes when a last look finds a pod on one', async () => {
  const world = poolsOf({ a: 2 });
  await world.removeAll(planned(world, ['a1', 'a2'], true));
  world.kubernetes.unheardPods = [{ namespace: 'default', name: 'dear', uid: 'dear' }];
  await passes(world, 3);
  assert.deepEqual(calls(world, 'a'), []);
  assert.deepEqual([isTainted(world, 'a1'), isTainted(world, 'a2')], [false, false]);
});

const dsEvictions = async (answer: () => ReturnType<typeof refusal> | undefined): Promise<number> => {
  const world = poolsOf({ a: 1 }, { evictDaemonSetPodsFromEmptyNodes: true });
  world.apply(aPod({ name: 'agent', nodeName: 'a1', owner: aDaemonSetReference('agent') }));
  world.kubernetes.onEvict = answer;
  await world.removeAll([world.planned('a1', true)]);
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(calls(world, 'a'), ['a1']);
  return world.kubernetes.evictions.length;
};

test('AC-14 AC-15 DaemonSet pods of an empty node are asked by flag, and whatever comes of it the node goes', async () => {
  assert.equal(await dsEvictions(() => undefined), 1);
  assert.equal(await dsEvictions(() => refusal()), 1);
});

test('AC-17 an empty node to which a pod came that has to end first stays', async () => {
  const world = poolsOf({ a: 1 });
  await world.removeAll(planned(world, ['a1']));
  const annotations = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' };
  world.apply(aPod({ name: 'job', nodeName: 'a1', owner: 'web', annotations }));
  await passes(world, 2);
  assert.equal(world.outcome('a1'), 'failed: pod default/job has to end first');
  assert.deepEqual(calls(world, 'a'), []);
});

/** Runs one removal whose taint is seen after so long, with the dynamic delay. */
async function taintSeenAfter(world: World, node: string, ms: number): Promise<void> {
  const made: (() => void)[] = [];
  world.kubernetes.onChange = (name, change) => {
    if (change.addTaints === undefined) return undefined;
    made.push(() => void world.kubernetes.make({ name }, change));
    return Promise.resolve({ ok: true, value: { kind: 'changed' } });
  };
  await world.removeAll([world.planned(node, true)]);
  world.now += ms;
  for (const make of made) make();
  world.kubernetes.onChange = () => undefined;
  await world.pass(0);
}

test('AC-31 the dynamic delay is twice the longest time that a taint took to be seen', async () => {
  const world = poolsOf({ a: 3 }, { dynamicDelayAfterTaint: true });
  await taintSeenAfter(world, 'a1', 100);
  await taintSeenAfter(world, 'a2', 150);
  await passes(world, 1);
  const taintedAtMs = world.now;
  await world.removeAll([world.planned('a3', true)]);
  await world.pass(0);
  assert.equal(world.actuator.nextLookAtMs(), taintedAtMs + 300);
  await world.pass(299);
  assert.ok(!calls(world, 'a').includes('a3'));
  await world.pass(1);
  assert.ok(calls(world, 'a').includes('a3'));
});

test('AC-32 a taint that is never seen: the fixed delay holds, and the removal is given up after 30 s', async () => {
  const world = poolsOf({ a: 2 }, { dynamicDelayAfterTaint: true });
  world.kubernetes.onChange = () => Promise.resolve({ ok: true, value: { kind: 'changed' } });
  await world.removeAll([world.planned('a1', true)]);
  assert.equal(world.actuator.nextLookAtMs(), NOW_MS + AFTER_TAINT_MS);
  await passes(world, 4);
  assert.match(world.outcome('a1'), /^failed: its taint did not show up/);
});

test('TA-02 a node that is being removed is not marked anew', async () => {
  const world = poolsOf({ a: 1 });
  await world.removeAll(planned(world, ['a1']));
  world.now += MINUTE_MS;
  await world.removeAll(planned(world, ['a1']));
  assert.deepEqual(
    world.node('a1').taints.map(({ value }) => value),
    [String(NOW_MS / SECOND_MS)],
  );
});

test('AC-33 removals in flight are told of until they are over, drains apart', async () => {
  const world = poolsOf({ a: 3 });
  occupy(world, 'a3');
  await world.removeAll(planned(world, namesOf('a', 3)));
  assert.deepEqual(
    world.actuator.removals().map(({ node, drains }) => [node, drains]),
    [
      ['a1', false],
      ['a2', false],
      ['a3', true],
    ],
  );
  await passes(world, 2);
  world.pool.catchUp();
  await world.pass(SECOND_MS);
  assert.deepEqual(world.actuator.removals(), []);
});

test('AC-34 what came of a removal is told once', async () => {
  const world = poolsOf({ a: 1 });
  world.actuator.start({
    resizes: [],
    removals: planned(world, ['a1']),
    instancesToDelete: [],
    withdrawals: [],
    softTaints: NO_SOFT_TAINTS,
  });
  assert.deepEqual(
    world.actuator.takeObservations().map(({ kind }) => kind),
    ['removal-started'],
  );
  assert.deepEqual(world.actuator.takeObservations(), []);
});

test('AC-36 an agreed deletion is expected within ten minutes, and then asked for again', async () => {
  const world = poolsOf({ a: 2 });
  world.pool.onCall = () => Promise.resolve({ ok: true, value: undefined });
  await world.removeAll(planned(world, ['a1']));
  await world.pass(AFTER_TAINT_MS);
  await world.pass(9 * MINUTE_MS);
  assert.equal(calls(world, 'a').length, 1);
  await passes(world, 2, MINUTE_MS);
  assert.equal(calls(world, 'a').length, 2);
});
