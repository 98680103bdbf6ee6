/** Which calls of a node group are made for what was decided, and what is done where the cloud cannot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudResult } from '../cloud/provider.ts';
import { aCluster, aNode } from '../cluster/fixtures.test-support.ts';
import type { InstancesToDelete } from '../node-groups/view.ts';
import { failure } from '../runtime/result.ts';
import { NO_SOFT_TAINTS } from '../scale-down/plan.ts';
import type { PlannedResize } from '../scale-up/scale-up.ts';
import type { FakePool } from './fake-cloud.test-support.ts';
import { World } from './world.test-support.ts';

const NOTHING = { resizes: [], removals: [], instancesToDelete: [], withdrawals: [], softTaints: NO_SOFT_TAINTS };

/** Two pools, `a` and `b`, of a node each. */
function aWorld(): World {
  const nodes = ['a1', 'b1'].map((name) => aNode({ name }));
  return new World(aCluster({ nodes }), {}, ({ name }) => name.slice(0, 1));
}

function poolOf(world: World, id: string): FakePool {
  const pool = world.pools.get(id);
  assert.ok(pool !== undefined);
  return pool;
}

function unsupported(): Promise<CloudResult> {
  return Promise.resolve(failure({ kind: 'unsupported', message: 'not in this cloud' }));
}

function growth(groupId: string, delta: number, rest: Partial<PlannedResize> = {}): PlannedResize {
  return { groupId, groupName: groupId, from: 1, delta, pods: 1, because: 'needed', pricePerHour: undefined, ...rest };
}

function ghost(force: boolean): InstancesToDelete {
  const cause = { kind: 'never-registered', afterMs: 60_000 } as const;
  return { groupId: 'a', groupName: 'a', instanceIds: ['vultr://ghost'], force, because: 'it never came', cause };
}

async function deletedBy(force: boolean, canForce: boolean): Promise<readonly string[]> {
  const world = aWorld();
  const pool = poolOf(world, 'a');
  const calls: string[] = [];
  pool.forceDeleteNodes = (ids, isStillDue) => {
    calls.push(`force ${ids.join()}`);
    return canForce ? pool.deleteNodes(ids, isStillDue) : unsupported();
  };
  world.actuator.start({ ...NOTHING, instancesToDelete: [ghost(force)] });
  await world.settle();
  return [...calls, ...pool.calls];
}

test('ML-08, ML-16: instances are deleted by force where that is wished for, and plainly where the cloud cannot', async () => {
  assert.deepEqual(await deletedBy(false, true), ['delete vultr://ghost']);
  assert.deepEqual(await deletedBy(true, true), ['force vultr://ghost', 'delete vultr://ghost']);
  assert.deepEqual(await deletedBy(true, false), ['force vultr://ghost', 'delete vultr://ghost']);
});

test('SU-04: a group that grows as a whole is asked for all of it at once, or plainly where the cloud cannot', async () => {
  for (const canBeWhole of [true, false]) {
    const world = aWorld();
    const pool = poolOf(world, 'a');
    const whole: number[] = [];
    pool.atomicIncreaseSize = (delta) => {
      whole.push(delta);
      return canBeWhole ? pool.increaseSize(delta) : unsupported();
    };
    world.actuator.start({ ...NOTHING, resizes: [growth('a', 4, { atomic: true })] });
    await world.settle();
    assert.deepEqual([whole, pool.calls], [[4], ['increase 4']]);
    assert.equal(world.seen.at(-1)?.kind, 'resize-accepted');
  }
});

test('SU-11, SU-12, SU-28: of several groups each is asked, whatever the others answer, and told by its own words', async () => {
  const world = aWorld();
  poolOf(world, 'a').onCall = () => Promise.resolve(failure({ kind: 'unauthorized', message: 'Invalid API token.' }));
  world.actuator.start({ ...NOTHING, resizes: [growth('a', 1), growth('b', 1)] });
  await world.settle();
  assert.deepEqual([poolOf(world, 'a').calls, poolOf(world, 'b').calls], [['increase 1'], ['increase 1']]);
  assert.deepEqual(
    world.seen.flatMap((seen) =>
      seen.kind === 'resize-accepted' ? [seen.groupId] : seen.kind === 'resize-failed' ? [seen.error.message] : [],
    ),
    ['Invalid API token.', 'b'],
  );
});
