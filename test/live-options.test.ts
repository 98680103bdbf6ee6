/** Options that change while the program runs: they count from the next decision on, which is made at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aPool, aWorld, MINUTE_MS, SECOND_MS, type World } from './support/world.ts';
import { deployment } from './support/workloads.ts';

const TWO_NODES = ['--max-nodes-total=2', '--scan-interval=10m'];

/** What the last record says of each node, by the code of its reason. */
function reasons({ current }: World): readonly string[] {
  return (current.records.at(-1)?.nodes ?? []).map(({ outcome }) =>
    'reason' in outcome ? outcome.reason.code : outcome.kind,
  );
}

describe('options that change while the program runs', () => {
  it('a raised limit gives nodes to pods that waited for it, without a wait for the scan interval', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: TWO_NODES });
    await world.begin();
    world.apply(deployment('web', 4, { cpu: '2500m' }));
    await world.runFor(5 * MINUTE_MS);
    assert.equal(world.nodes().length, 2);
    assert.equal(world.waitingPods().length, 2);
    world.changeFlags('--max-nodes-total=4');
    await world.runFor(5 * SECOND_MS);
    assert.equal(world.pool('web').quantity, 4);
    assert.ok(world.current.records.some(({ triggers }) => triggers.includes('options-changed')));
    assert.match((await world.current.ask('/metrics')).body, /^cluster_autoscaler_max_nodes_count 4$/m);
    await world.served();
    await world.end();
  });

  it('scale-down that is switched off begins no removal, and switched on goes on from the time that nodes were unneeded', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ['--skip-nodes-with-system-pods=false'] });
    await world.begin();
    world.apply(deployment('web', 4, { cpu: '2500m' }));
    await world.served();
    world.changeFlags('--scale-down-enabled=false');
    world.scale('deployments', 'web', 0);
    await world.runFor(20 * MINUTE_MS);
    assert.equal(world.nodes().length, 4);
    world.changeFlags('--scale-down-enabled=true');
    await world.until('the nodes go', () => world.nodes().length === 1, 15 * MINUTE_MS);
    await world.end();
  });

  it('a lower threshold keeps nodes that a higher one let go', async () => {
    const world = aWorld({
      pools: [aPool('web', { quantity: 2 })],
      flags: ['--skip-nodes-with-system-pods=false', '--scale-down-unneeded-time=30m'],
    });
    await world.begin();
    world.apply(deployment('web', 2, { cpu: '1' }));
    await world.runFor(MINUTE_MS);
    assert.ok(reasons(world).includes('NotUnneededLongEnough'), reasons(world).join(' '));
    world.changeFlags('--scale-down-utilization-threshold=0.05');
    await world.runFor(SECOND_MS);
    assert.ok(!reasons(world).includes('NotUnneededLongEnough'), reasons(world).join(' '));
    assert.ok(reasons(world).includes('NotUnderutilized'));
    await world.end();
  });
});
