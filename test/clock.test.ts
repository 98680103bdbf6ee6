/** The wall clock is set, by NTP or a person, while something is under way: no timeout ends early or late for it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MINUTE_MS, SECOND_MS, type World, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

async function aQuietCluster(): Promise<World> {
  const world = aWorld({ pools: [aPool('web')] });
  await world.begin();
  return world;
}

describe('when the clock is set', () => {
  for (const minutes of [20, -20]) {
    const how = minutes > 0 ? 'forward' : 'back';

    it(`${how} while nodes boot, they are neither given up nor asked for again`, async () => {
      const world = await aQuietCluster();
      world.apply(deployment('web', 12));
      await world.runFor(MINUTE_MS);
      world.clock.jump(minutes * MINUTE_MS);
      await world.served();
      await world.runFor(MINUTE_MS);
      const writes = world.sandbox.cloud.writes.map(({ method }) => method);
      assert.deepEqual(writes, ['PATCH']);
      await world.end();
    });

    it(`${how} while a node is unneeded, it goes when its time is over and not before`, async () => {
      const world = await aQuietCluster();
      world.apply(deployment('web', 5));
      await world.served();
      await world.runFor(10 * MINUTE_MS);
      world.scale('deployments', 'web', 1);
      await world.runFor(MINUTE_MS);
      world.clock.jump(minutes * MINUTE_MS);
      await world.runFor(MINUTE_MS);
      assert.equal(world.pool('web').quantity, 2, 'its three minutes are not over');
      await world.until('it goes', () => world.pool('web').quantity === 1, 3 * MINUTE_MS);
      await world.end();
    });

    it(`${how} in the middle of a drain, the drain goes on`, async () => {
      const world = await aQuietCluster();
      world.apply(deployment('web', 5));
      await world.served();
      world.scale('deployments', 'web', 2);
      await world.until('a node is marked', () => world.markedNodes().length > 0, 20 * MINUTE_MS);
      world.clock.jump(minutes * MINUTE_MS);
      await world.until('it goes', () => world.pool('web').quantity === 1, 30 * SECOND_MS);
      await world.end();
    });
  }
});
