import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { HOURS_A_MONTH } from './plans.ts';
import { type Stage, poolIn, stage } from './test-client.ts';

const HOUR_MS = 3_600_000;

test('two nodes for an hour, then three: the bill says so, by pool and plan', async () => {
  const { clock, vultr, call, pool } = stage();
  const { id, path } = pool({ quantity: 2 });
  assert.equal(vultr.hourlyUsd(), (2 * 40) / HOURS_A_MONTH);
  await clock.runFor(HOUR_MS);
  await call('PATCH', path, { node_quantity: 3 });
  await clock.runFor(HOUR_MS);
  const bill = vultr.bill();
  assert.deepEqual(bill.lines, [
    { poolId: id, poolLabel: 'web', planId: 'vc2-4c-8gb', nodesNow: 3, nodeHours: 5, usd: (5 * 40) / HOURS_A_MONTH },
  ]);
  assert.equal(bill.usd, (5 * 40) / HOURS_A_MONTH);
  clock.jump(-24 * HOUR_MS);
  assert.equal(vultr.bill().nodeHours, 5, 'the wall clock does not change the bill');
});

test('a deleted node is billed until it is gone, and not a moment longer', async () => {
  const { clock, vultr, call, pool } = stage({ destroyMs: { lowest: 60_000, highest: 60_000 } });
  await clock.runFor(HOUR_MS);
  const { path } = pool({ quantity: 2 });
  await clock.runFor(HOUR_MS);
  const [first] = poolIn(await call('GET', path)).nodes;
  await call('DELETE', `${path}/nodes/${first?.id}`);
  await clock.runFor(HOUR_MS);
  assert.equal(vultr.bill().nodeHours, 1 + 1 / 60 + 2);
  assert.equal(vultr.hourlyUsd(), 40 / HOURS_A_MONTH);
});

async function history(seed: number): Promise<string> {
  const { clock, vultr, call, pool } = stage({ listLagMs: { lowest: 0, highest: 9000 } }, seed);
  const seen: string[] = [];
  vultr.onInstance((event) => seen.push(`${clock.now()} ${event.kind} ${event.instance.label}`));
  const { path } = pool();
  for (const quantity of [5, 2, 4, 1]) {
    await call('PATCH', path, { node_quantity: quantity });
    await clock.runFor(150_000);
  }
  return seen.join('\n');
}

test('the same seed and the same calls give the same history', async () => {
  assert.equal(await history(7), await history(7));
  assert.notEqual(await history(7), await history(8));
});

/** What people, programs and misfortune may do to a cluster. The numbers choose among what there is. */
type Step =
  | { readonly kind: 'resize'; readonly pool: number; readonly quantity: number }
  | { readonly kind: 'delete-node'; readonly pool: number; readonly node: number }
  | { readonly kind: 'recycle'; readonly pool: number; readonly node: number }
  | { readonly kind: 'lose'; readonly node: number }
  | { readonly kind: 'stock'; readonly left: number; readonly accept: boolean }
  | { readonly kind: 'create-pool'; readonly quantity: number }
  | { readonly kind: 'delete-pool'; readonly pool: number }
  | { readonly kind: 'wait'; readonly ms: number };

const small = fc.nat({ max: 6 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('resize'), pool: small, quantity: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ kind: fc.constant('delete-node'), pool: small, node: small }),
  fc.record({ kind: fc.constant('recycle'), pool: small, node: small }),
  fc.record({ kind: fc.constant('lose'), node: small }),
  fc.record({ kind: fc.constant('stock'), left: small, accept: fc.boolean() }),
  fc.record({ kind: fc.constant('create-pool'), quantity: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('delete-pool'), pool: small }),
  fc.record({ kind: fc.constant('wait'), ms: fc.nat({ max: 300_000 }) }),
);

async function take(step: Step, { clock, vultr, cluster, call }: Stage, number: number): Promise<void> {
  const pools = vultr.pools();
  const pathOf = (index: number): string => `${cluster}/node-pools/${pools[index % pools.length]?.id}`;
  const nodeOf = async (pool: number, node: number): Promise<string> => {
    const { nodes } = poolIn(await call('GET', pathOf(pool)));
    return `${pathOf(pool)}/nodes/${nodes[node % Math.max(1, nodes.length)]?.id}`;
  };
  switch (step.kind) {
    case 'resize':
      await call('PATCH', pathOf(step.pool), { node_quantity: step.quantity });
      return;
    case 'delete-node':
      await call('DELETE', await nodeOf(step.pool, step.node));
      return;
    case 'recycle':
      await call('POST', `${await nodeOf(step.pool, step.node)}/recycle`);
      return;
    case 'lose': {
      const instances = vultr.instances();
      vultr.deleteInstanceOutside(instances[step.node % Math.max(1, instances.length)]?.instance.id ?? '');
      return;
    }
    case 'stock':
      vultr.setStock('vc2-4c-8gb', 'ewr', step.left, step.accept ? 'accept' : 'refuse');
      return;
    case 'create-pool': {
      const wanted = { label: `pool-${number}`, plan: 'vc2-4c-8gb', node_quantity: step.quantity };
      await call('POST', `${cluster}/node-pools`, wanted);
      return;
    }
    case 'delete-pool':
      await call('DELETE', pathOf(step.pool));
      return;
    case 'wait':
      await clock.runFor(step.ms);
      return;
  }
}

test('whatever is done to a cluster, its books are right, and it settles', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(steps, { maxLength: 40 }), async (seed, taken) => {
      const scene = stage({ listLagMs: { lowest: 0, highest: 60_000 } }, seed);
      const { clock, vultr, cluster, call, pool } = scene;
      const alive = new Map<string, 'created' | 'active'>();
      const everSeen = new Set<string>();
      vultr.onInstance(({ kind, instance }) => {
        switch (kind) {
          case 'created':
            assert.ok(!everSeen.has(instance.id) && !everSeen.has(instance.label), 'an id or name was used again');
            everSeen.add(instance.id).add(instance.label);
            alive.set(instance.id, 'created');
            return;
          case 'active':
            assert.equal(alive.get(instance.id), 'created');
            alive.set(instance.id, 'active');
            return;
          case 'destroyed':
            assert.ok(alive.delete(instance.id), 'destroyed twice, or never created');
        }
      });
      pool({ quantity: 2 });
      let billed = 0;
      for (const [number, step] of taken.entries()) {
        await take(step, scene, number);
        const bill = vultr.bill();
        assert.ok(bill.usd >= billed, 'the bill fell');
        billed = bill.usd;
        assert.equal(
          bill.lines.reduce((sum, line) => sum + line.nodesNow, 0),
          alive.size,
        );
        assert.deepEqual(
          vultr.instances().map(({ instance }) => instance.id),
          [...alive.keys()],
        );
        for (const state of vultr.pools()) {
          assert.ok(state.quantity >= 1, 'a pool without nodes');
          assert.ok(state.pending + state.active <= state.quantity, 'more nodes than asked for');
        }
      }
      vultr.setStock('vc2-4c-8gb', 'ewr', true);
      await clock.runFor(HOUR_MS);
      for (const state of vultr.pools()) {
        assert.deepEqual([state.active, state.pending, state.closing], [state.quantity, 0, 0]);
        const shown = poolIn(await call('GET', `${cluster}/node-pools/${state.id}`));
        assert.deepEqual([shown.node_quantity, shown.nodes.length], [state.quantity, state.quantity]);
      }
      assert.equal(
        alive.size,
        vultr.pools().reduce((sum, state) => sum + state.quantity, 0),
      );
      assert.equal(clock.pendingTimers, 0, 'a timer was forgotten');
    }),
    { numRuns: 200 },
  );
});
