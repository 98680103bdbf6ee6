/** `--node-conditions`: why a node stays is on the node, for who looks at it with kubectl. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listAt, textAt } from '../sandbox/kubernetes/json.ts';
import type { KubeObject } from '../sandbox/kubernetes/object.ts';
import { aPool, aWorld, MINUTE_MS, type World } from './support/world.ts';
import { deployment } from './support/workloads.ts';

const STAYS = 'vke-autoscaler.io/Stays';

function conditionOf(node: KubeObject): unknown {
  return listAt(node, 'status', 'conditions').find((condition) => textAt(condition, 'type') === STAYS);
}

function reasons(world: World): readonly string[] {
  return world.nodes().map((node) => textAt(conditionOf(node), 'reason'));
}

async function busy(flags: readonly string[]): Promise<World> {
  const world = aWorld({
    pools: [aPool('web', { quantity: 2 })],
    flags: ['--skip-nodes-with-system-pods=false', '--unremovable-node-recheck-timeout=10s', ...flags],
  });
  await world.begin();
  world.apply(deployment('busy', 2, { cpu: '3' }));
  await world.runFor(MINUTE_MS);
  return world;
}

it('a node says why it stays, beside what the kubelet says', async () => {
  const world = await busy(['--node-conditions']);
  assert.deepEqual(reasons(world), ['NotUnderutilized', 'NotUnderutilized']);
  const [node] = world.nodes();
  assert.ok(node !== undefined);
  assert.match(textAt(conditionOf(node), 'message'), /% of its CPU is used, threshold 50 %/);
  assert.ok(listAt(node, 'status', 'conditions').some((condition) => textAt(condition, 'type') === 'Ready'));
  await world.end();
});

it('is not written to again while nothing changes, nor by who leads next', async () => {
  const world = await busy(['--node-conditions']);
  const writes: string[] = [];
  const unwatch = world.sandbox.store.watch('nodes', (event) => {
    const { metadata } = event.object;
    writes.push(`${metadata.name} ${JSON.stringify(conditionOf(event.object))}`);
  });
  await world.runFor(5 * MINUTE_MS);
  await world.restart();
  await world.runFor(5 * MINUTE_MS);
  unwatch();
  assert.equal(new Set(writes).size, world.nodes().length, [...new Set(writes)].join('\n'));
  await world.end();
});

it('without the flag, and in a dry run, nothing is written', async () => {
  for (const flags of [[], ['--node-conditions', '--dry-run']]) {
    const world = await busy(flags);
    assert.deepEqual(reasons(world), ['', '']);
    await world.end();
  }
});
