/** A restart loses nothing that matters (I8): neither nodes that were asked for nor nodes that were being emptied. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { World } from './support/world.ts';
import { MINUTE_MS, SECOND_MS, aPool, aWorld } from './support/world.ts';
import { budget, deployment } from './support/workloads.ts';

const ENDINGS = [
  { how: 'a rolling update', restart: (world: World) => world.restart() },
  { how: 'a kill', restart: async (world: World) => Promise.resolve(world.killAndReplace()) },
] as const;

/** A cluster of one node that needs three more for a Deployment of twelve. */
async function growing(): Promise<World> {
  const world = aWorld({ pools: [aPool('web')], vultr: { listLagMs: { lowest: 10_000, highest: 10_000 } } });
  await world.begin();
  world.apply(deployment('web', 12));
  await world.until('the pool is raised', () => world.pool('web').quantity > 1, 5 * SECOND_MS);
  return world;
}

for (const { how, restart } of ENDINGS) {
  describe(`after ${how} in the middle of a scale-up`, () => {
    for (const secondsLater of [0, 5, 30, 120, 240]) {
      it(`${secondsLater} s after the request, nothing is asked for twice`, async () => {
        const world = await growing();
        const asked = world.pool('web').quantity;
        await world.runFor(secondsLater * SECOND_MS);
        await restart(world);
        await world.served();
        await world.runFor(MINUTE_MS);
        assert.equal(world.pool('web').quantity, asked);
        assert.equal(resizes(world), 1);
        await world.end();
      });
    }

    it('more pods are not left waiting: their nodes are asked for beside those that were, within seconds', async () => {
      const world = await growing();
      const asked = world.pool('web').quantity;
      await world.runFor(SECOND_MS);
      await restart(world);
      world.apply(deployment('more', 3));
      await world.until('the pool is raised again', () => world.pool('web').quantity > asked, 5 * SECOND_MS);
      await world.served();
      await world.runFor(MINUTE_MS);
      assert.equal(world.pool('web').quantity, asked + 1);
      await world.end();
    });
  });

  describe(`after ${how} in the middle of a drain`, () => {
    // From the taint (0 s) over the evictions (5 s, with a budget that lets one go at a time) to the deletion.
    for (const secondsLater of [0, 3, 6, 10, 20]) {
      it(`${secondsLater} s after the taint, no node is lost or left marked`, async () => {
        const world = await growing();
        world.apply(budget('web', { maxUnavailable: 1 }));
        await world.served();
        world.scale('deployments', 'web', 4);
        await world.until('a removal begins', () => world.markedNodes().length > 0, 20 * MINUTE_MS);
        await world.runFor(secondsLater * SECOND_MS);
        await restart(world);
        // What is left runs on as few nodes as if nothing had happened.
        await world.until('two nodes are left', () => world.nodes().length === 2, 30 * MINUTE_MS);
        await world.runFor(10 * MINUTE_MS);
        assert.deepEqual(world.markedNodes(), []);
        assert.equal(world.pool('web').quantity, 2);
        assert.equal(world.nodes().length, 2);
        assert.equal(world.waitingPods().length, 0);
        await world.end();
      });
    }
  });
}

function resizes(world: World): number {
  return world.sandbox.cloud.writes.filter(({ method }) => method === 'PATCH').length;
}
