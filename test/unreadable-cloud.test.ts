/** What the cloud has is read before anything is decided on it; while it cannot be read, everything stays as it is. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MINUTE_MS, aPool, aWorld } from './support/world.ts';

it('DQ-08 nothing is deleted while the pools cannot be read, and what was due goes once they can', async () => {
  const world = aWorld({ pools: [aPool('web', { quantity: 3 })], flags: ['--scale-down-unneeded-time=5m'] });
  await world.begin();
  await world.runFor(2 * MINUTE_MS);
  world.sandbox.vultrFaults.add({ name: 'cut', effect: { kind: 'refuse-connection' } });
  const before = world.current.records.length;
  await world.runFor(30 * MINUTE_MS);
  assert.equal(world.current.records.length, before, 'no pass decides anything');
  assert.equal(world.nodes().length, 3);
  assert.deepEqual(world.markedNodes(), []);
  world.sandbox.vultrFaults.clear();
  await world.until('one node is left', () => world.nodes().length === 1, 20 * MINUTE_MS);
  await world.end();
});
