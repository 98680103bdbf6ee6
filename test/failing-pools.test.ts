/** Pools that fail: what is refused is asked of another pool at once, and what never comes is given up in time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deployment } from './support/workloads.ts';
import { MINUTE_MS, SECOND_MS, type World, type WorldOptions, aPool, aWorld } from './support/world.ts';

const PLAN = 'vc2-4c-8gb';
/** A dearer plan for the same pods: the second choice. */
const SPARE_PLAN = 'vhf-4c-16gb';
const POOLS = [aPool('web', { maxNodes: 30 }), aPool('spare', { plan: SPARE_PLAN, maxNodes: 30 })];
const BY_PRICE = '--expander=price';

async function beginning(rest: Partial<WorldOptions> = {}): Promise<World> {
  const { flags = [], ...others } = rest;
  const world = aWorld({ pools: POOLS, ...others, flags: [BY_PRICE, ...flags] });
  await world.begin();
  return world;
}

/** What the decisions asked for, in order. */
function resizes(world: World): readonly string[] {
  return world.current.records.flatMap(({ actions }) =>
    actions.flatMap((action) => (action.kind === 'resize' ? [`${action.group}+${action.to - action.from}`] : [])),
  );
}

/** Why the pool is left alone, as the last record has it. */
function blocked(world: World, pool: string): string {
  return JSON.stringify(world.current.records.at(-1)?.groups.find(({ name }) => name === pool)?.blocked ?? null);
}

describe('a pool that is refused', () => {
  for (const { why, left } of [
    { why: 'for want of stock', left: 0 },
    { why: 'as the stock is less than what is asked for', left: 1 },
  ]) {
    it(`${why} has its nodes asked of the next best within a second, and says Vultr’s words`, async () => {
      const world = await beginning();
      world.sandbox.cloud.setStock(PLAN, 'ewr', left);
      world.apply(deployment('web', 12));
      await world.until('the pool is asked', () => resizes(world).length > 0, 5 * SECOND_MS);
      await world.until('the next is', () => world.pool('spare').quantity > 1, SECOND_MS);
      assert.match(blocked(world, 'web'), /out of stock/);
      await world.served();
      assert.equal(world.pool('web').quantity, 1);
      await world.end();
    });
  }

  it('for the account’s limits blocks every pool, and pods are told so', async () => {
    const world = await beginning({ vultr: { instanceLimit: 3 } });
    world.apply(deployment('web', 40));
    await world.runFor(MINUTE_MS);
    for (const pool of ['web', 'spare']) assert.notEqual(blocked(world, pool), 'null', pool);
    assert.ok(world.waitingPods().length > 0);
    world.sandbox.cloud.configure({ instanceLimit: Number.POSITIVE_INFINITY });
    await world.served(30 * MINUTE_MS);
    await world.end();
  });
});

describe('nodes that do not come', () => {
  it('all, though Vultr agreed: another pool is asked when their time is over, and they are withdrawn', async () => {
    const world = await beginning({ flags: ['--max-node-provision-time=6m'] });
    world.sandbox.cloud.setStock(PLAN, 'ewr', false, 'accept');
    world.apply(deployment('web', 12));
    await world.until('the next is asked', () => world.pool('spare').quantity > 1, 7 * MINUTE_MS);
    await world.served();
    await world.until('none is wanted any more', () => world.pool('web').quantity === 1, 5 * MINUTE_MS);
    await world.end();
  });

  it('are not taken back at every turn while VKE may still count one that was lost', async () => {
    const world = await beginning({ flags: ['--max-node-provision-time=6m', '--scale-down-enabled=false'] });
    world.sandbox.cloud.setStock(PLAN, 'ewr', 6, 'accept');
    world.apply(deployment('web', 33));
    await world.runFor(5 * MINUTE_MS);
    const lost = world.sandbox.cloud.instances().find(({ state, instance }) => {
      return state === 'active' && instance.poolLabel === 'web';
    });
    world.sandbox.cloud.deleteInstanceOutside(lost?.instance.id ?? '');
    await world.runFor(2 * MINUTE_MS);
    const before = world.current.records.length;
    await world.runFor(3 * MINUTE_MS);
    const passes = world.current.records.slice(before);
    assert.ok(passes.some(({ actions }) => actions.some(({ kind }) => kind === 'withdraw')));
    assert.ok(passes.length < 60, `at most one pass in three seconds, not ${passes.length}`);
    await world.end();
  });

  it('in part: only those that are missing are asked of another pool', async () => {
    const world = await beginning({ flags: ['--max-node-provision-time=6m', '--scale-down-enabled=false'] });
    world.sandbox.cloud.setStock(PLAN, 'ewr', 6, 'accept');
    world.apply(deployment('web', 33));
    await world.served(20 * MINUTE_MS);
    // Three fit on a node, and two nodes are there: nine are asked for, six come.
    assert.deepEqual(resizes(world), ['web+9', 'spare+3']);
    assert.equal(
      world.sandbox.cloud.pools().reduce((sum, { active }) => sum + active, 0),
      2 + 6 + 3,
    );
    await world.end();
  });

  it('as their machines never boot: they are replaced, and count against the pool', async () => {
    const world = await beginning({ flags: ['--max-node-provision-time=6m'] });
    world.sandbox.cloud.configure({ bootFailureProbability: 1 });
    world.apply(deployment('web', 12));
    await world.until('the next is asked', () => world.pool('spare').quantity > 1, 7 * MINUTE_MS);
    assert.notEqual(blocked(world, 'web'), 'null');
    world.sandbox.cloud.configure({ bootFailureProbability: 0 });
    await world.served(30 * MINUTE_MS);
    await world.end();
  });
});

describe('the guard against launching nodes without end', () => {
  it('holds back what is past --max-node-launches-per-hour, says so, and goes on when the hour is over', async () => {
    const world = await beginning({ flags: ['--max-node-launches-per-hour=4'] });
    world.apply(deployment('web', 33));
    await world.runFor(10 * MINUTE_MS);
    assert.equal(world.pool('web').quantity, 5);
    const pods = world.current.records.at(-1)?.pods ?? [];
    assert.match(JSON.stringify(pods), /aunch/);
    await world.runFor(70 * MINUTE_MS);
    assert.equal(world.pool('web').quantity, 9);
    await world.end();
  });
});
