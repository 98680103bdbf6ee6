/**
 * A watch that has fallen silent looks like a cluster in which nothing happens. What cannot be taken back is not done on
 * that view alone.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { podSpec } from '../sandbox/controllers/shapes.ts';
import { MINUTE_MS, SECOND_MS, type World, aPool, aWorld } from './support/world.ts';
import { NOT_SAFE_TO_EVICT, barePod, deployment } from './support/workloads.ts';

/** The watches of this kind bring nothing from now on, those open included. */
function silence({ sandbox }: World, resource: 'pods' | 'nodes'): void {
  sandbox.kubernetesFaults.add({
    name: `silent ${resource}`,
    path: new RegExp(`^/api/v1/${resource}\\?watch`),
    effect: { kind: 'freeze-body' },
  });
  sandbox.apiServer.endWatches(resource);
}

it('a pod that came to a node unheard keeps it, protected or not', async () => {
  for (const annotations of [{}, NOT_SAFE_TO_EVICT]) {
    const world = aWorld({ pools: [aPool('web', { quantity: 2 })] });
    await world.begin();
    await world.runFor(30 * SECOND_MS);
    silence(world, 'pods');
    await world.runFor(SECOND_MS);
    // Left to itself, the scheduler would shun the node that is marked as likely to go.
    world.apply(...world.nodes().map(({ metadata: { name } }) => barePod(`on-${name}`, { annotations, onNode: name })));
    await world.runFor(5 * MINUTE_MS);
    const tried = world.current.records.some(({ actions }) => actions.some(({ kind }) => kind === 'remove-node'));
    assert.ok(tried, 'the node looks empty');
    assert.equal(world.nodes().length, 2);
    assert.ok(world.pods().every((pod) => podSpec(pod).nodeName !== undefined));
    assert.deepEqual(world.markedNodes(), []);
    await world.end();
  }
});

it('a machine that has become a node unheard is not deleted as one that never did', async () => {
  const world = aWorld({
    pools: [aPool('web')],
    flags: ['--max-node-provision-time=6m'],
    stalenessMs: 15 * MINUTE_MS,
  });
  await world.begin();
  silence(world, 'nodes');
  await world.runFor(SECOND_MS);
  world.apply(deployment('web', 8));
  await world.served();
  await world.runFor(3 * MINUTE_MS);
  const wanted = world.current.records.some(({ actions }) => actions.some(({ kind }) => kind === 'delete-instances'));
  assert.ok(wanted, 'the machines look lost');
  assert.equal(world.sandbox.cloud.writes.filter(({ method }) => method === 'DELETE').length, 0);
  await world.end();
});
