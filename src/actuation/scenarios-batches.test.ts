/** Deletions in batches, of pools by themselves and of pools that go as a whole: cases AC of the scenario catalogue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import { cloudFailure } from './fake-cloud.test-support.ts';
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

const BATCHED = { deletionBatchIntervalMs: SECOND_MS };

test('AC-20 AC-25 with an interval the deletions of a pool go in one call, and nothing is left of them', async () => {
  const world = poolsOf({ a: 5 }, BATCHED);
  await world.removeAll(planned(world, namesOf('a', 5)));
  await world.pass(AFTER_TAINT_MS);
  assert.deepEqual(calls(world, 'a'), [], 'they are gathered');
  assert.equal(world.actuator.nextLookAtMs(), world.now + SECOND_MS);
  await world.pass(SECOND_MS);
  assert.deepEqual(calls(world, 'a'), ['a1,a2,a3,a4,a5']);
  world.pool.catchUp();
  await world.pass(SECOND_MS);
  assert.deepEqual(world.actuator.removals(), []);
  assert.equal(world.seen.filter(({ kind }) => kind === 'removal-done').length, 5);
});

test('AC-21 a batch that fails is taken back, each of its nodes', async () => {
  const world = poolsOf({ a: 3 }, BATCHED);
  world.pool.onCall = () => cloudFailure('invalid', 'no');
  await world.removeAll(planned(world, namesOf('a', 3)));
  await passes(world, 3);
  for (const node of namesOf('a', 3)) {
    assert.equal(world.outcome(node), 'failed: the cloud did not delete it: no');
    assert.ok(!isTainted(world, node));
  }
});

test('of a batch that failed in part, the nodes that are going are not taken back', async () => {
  const world = poolsOf({ a: 2 }, BATCHED);
  world.pool.onCall = () => {
    world.pool.loseInstances(['vultr://a1']);
    return cloudFailure('invalid', 'a2: no');
  };
  await world.removeAll(planned(world, ['a1', 'a2']));
  await passes(world, 3);
  assert.equal(world.outcome('a1'), 'leaving');
  assert.ok(isTainted(world, 'a1'));
  assert.match(world.outcome('a2'), /^failed/);
});

test('AC-22 AC-23 AC-30a each pool has its own batch', async () => {
  const world = poolsOf({ a: 4, b: 5, c: 1 }, BATCHED);
  await world.removeAll(planned(world, [...namesOf('a', 4), ...namesOf('b', 5), ...namesOf('c', 1)]));
  await passes(world, 2);
  assert.deepEqual(
    ['a', 'b', 'c'].map((pool) => calls(world, pool)),
    [['a1,a2,a3,a4'], ['b1,b2,b3,b4,b5'], ['c1']],
  );
});

test('AC-30b a pool whose batches fail holds no other pool up', async () => {
  const world = poolsOf({ a: 4, b: 5, c: 1 }, BATCHED);
  const pool = world.pools.get('a');
  if (pool !== undefined) pool.onCall = () => cloudFailure('invalid');
  await world.removeAll(planned(world, [...namesOf('a', 4), ...namesOf('b', 2)]));
  await world.removeAll(planned(world, [...namesOf('b', 5).slice(2), ...namesOf('c', 1)]));
  await passes(world, 3);
  assert.deepEqual([calls(world, 'a').length, calls(world, 'b'), calls(world, 'c')], [1, ['b1,b2,b3,b4,b5'], ['c1']]);
  assert.equal(world.seen.filter(({ kind }) => kind === 'removal-failed').length, 4);
});

test('AC-26 nodes that go by themselves go, whatever becomes of others of their pool', async () => {
  const world = poolsOf({ a: 9 });
  const middle = namesOf('a', 6).slice(3);
  for (const node of middle) occupy(world, node);
  world.kubernetes.onEvict = () => refusal();
  await world.removeAll(planned(world, namesOf('a', 9)));
  await passes(world, 16);
  assert.equal(calls(world, 'a').length, 6);
  for (const node of middle) assert.match(world.outcome(node), /^failed/);
});

test('AC-27 two pools that go as a whole go each in one call', async () => {
  const world = poolsOf({ a: 4, b: 2 });
  await world.removeAll(planned(world, ['a1', 'b1', 'a2', 'a3', 'b2', 'a4'], true));
  await passes(world, 2);
  assert.deepEqual([calls(world, 'a'), calls(world, 'b')], [['a1,a2,a3,a4'], ['b1,b2']]);
});

test('AC-28 AC-29 a pool that did not go as a whole stays as a whole, and may go another time', async () => {
  const world = poolsOf({ a: 4, b: 2 });
  refuseTaint(world, 'a3');
  await world.removeAll(planned(world, [...namesOf('a', 4), ...namesOf('b', 2)], true));
  await passes(world, 3);
  assert.deepEqual([calls(world, 'a'), calls(world, 'b')], [[], ['b1,b2']]);
  assert.equal(world.seen.filter(({ kind }) => kind === 'removal-failed').length, 4);
  world.kubernetes.onChange = () => undefined;
  await world.removeAll(planned(world, namesOf('a', 4), true));
  await passes(world, 3);
  assert.deepEqual(calls(world, 'a'), ['a1,a2,a3,a4']);
});
