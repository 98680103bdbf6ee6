/** Whatever happens in whatever order, a pool is never harmed, and its target is the truth in the end. */
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CloudResult, NodeGroup } from '../cloud/provider.ts';
import { sleep } from '../runtime/clock.ts';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import { buildVultr, type VultrProvider } from './provider.ts';
import { FakeClock } from './fake-clock.test-support.ts';
import { CLUSTER, FakeVultr, refusal, type FakePool, type Fault } from './fake-vultr.test-support.ts';
import { LogLines, TOKEN } from './world.test-support.ts';

const MAX_SIZE = 8;

type Step =
  | { readonly kind: 'increase' | 'decrease'; readonly by: number }
  | { readonly kind: 'delete' | 'force-delete'; readonly which: number; readonly count: number }
  | { readonly kind: 'refresh' | 'build' | 'freeze-quantity' | 'linger' | 'killed-elsewhere' | 'deleted-elsewhere' }
  | { readonly kind: 'raised-elsewhere'; readonly by: number }
  | { readonly kind: 'wait'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('increase' as const), by: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('decrease' as const), by: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('delete' as const, 'delete' as const, 'force-delete' as const),
      which: fc.nat(MAX_SIZE),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('refresh' as const, 'build' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'freeze-quantity' as const,
        'linger' as const,
        'killed-elsewhere' as const,
        'deleted-elsewhere' as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('raised-elsewhere' as const), by: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 400 }) }),
  },
);

/** What happens to each request in turn: mostly nothing. */
const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lost' as const), done: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'not-sent' as const }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(refusal(429, 'slow'), refusal(500, 'oops'), refusal(400, 'out of stock'), refusal(409, 'busy'))
      .map((reply) => ({ kind: 'reply' as const, reply })),
  },
);

class World {
  readonly vultr = new FakeVultr();
  readonly clock = new FakeClock();
  readonly pool: FakePool;
  readonly provider: VultrProvider;
  /** No quantity above this can come from what was asked for. */
  mostWanted: number;

  constructor(size: number, delaysMs: readonly number[]) {
    this.pool = this.vultr.addPool('web', { size, min_nodes: 1, max_nodes: MAX_SIZE, auto_scaler: false });
    this.mostWanted = size;
    let next = 0;
    this.vultr.delay = () => sleep(this.clock, delaysMs[next++ % delaysMs.length] ?? 0);
    const built = buildVultr({
      config: { clusterId: CLUSTER, token: new Secret(TOKEN), apiUrl: 'http://vultr' },
      transport: this.vultr.transport,
      clock: this.clock,
      random: seededRandom(3),
      logger: new LogLines(),
      version: '0',
      specs: [{ pool: 'web', minSize: 1, maxSize: MAX_SIZE }],
    });
    assert.ok(built.ok);
    this.provider = built.value;
  }

  get group(): NodeGroup {
    const [group] = this.provider.nodeGroups();
    assert.ok(group !== undefined);
    return group;
  }

  /** Steps that begin at the same moment. */
  async together(steps: readonly Step[]): Promise<void> {
    await this.clock.advance(1000);
    await this.clock.settle(Promise.all(steps.map((one) => this.#run(one))));
  }

  check(): void {
    const { vultr, pool, group } = this;
    assert.deepEqual(vultr.randomVictims, [], 'no node was picked at random (I1)');
    assert.deepEqual(vultr.deletedTwice, [], 'no node was deleted twice (I3)');
    assert.equal(new Set(vultr.destroyed).size, vultr.destroyed.length);
    for (const { method, body } of vultr.requests) {
      if (method !== 'PATCH') continue;
      const { node_quantity: asked } = Object.assign({ node_quantity: 0 }, body);
      assert.ok(asked >= 1 && asked <= MAX_SIZE, `asked for ${asked} (I1)`);
    }
    const staying = group.nodes().filter(({ state }) => state !== 'deleting').length;
    assert.ok(group.targetSize() >= staying, 'the target is never below what exists');
    assert.ok(pool.quantity <= this.mostWanted, `${pool.quantity} wanted, but only ${this.mostWanted} asked for (I4)`);
  }

  async settleDown(): Promise<void> {
    const { vultr, pool, clock, provider } = this;
    vultr.fault = () => undefined;
    this.#thaw();
    for (let round = 0; round < 3; round++) {
      await clock.advance(15 * 60_000);
      vultr.build(pool, 'active');
      assert.ok((await clock.settle(provider.refresh())).ok);
    }
  }

  async #run(one: Step): Promise<void> {
    const { vultr, pool } = this;
    switch (one.kind) {
      case 'increase': {
        const result = await this.group.increaseSize(one.by);
        if (result.ok || result.error.kind === 'unknown-outcome') this.mostWanted += one.by;
        return;
      }
      case 'decrease':
        await this.group.decreaseTargetSize(-one.by);
        return;
      case 'delete':
      case 'force-delete':
        await this.#delete(one.kind === 'force-delete', one.which, one.count);
        return;
      case 'refresh':
        await this.provider.refresh();
        return;
      case 'build':
        vultr.build(pool, 'active');
        return;
      case 'freeze-quantity':
        pool.listedQuantity ??= pool.quantity;
        return;
      case 'linger':
        vultr.destroyedLinger = true;
        return;
      case 'killed-elsewhere':
        // The autoscaler looks every few seconds: a node that comes and goes unseen is not played through.
        if (this.group.nodes()[0]?.id === `vultr://${pool.nodes[0]?.id ?? ''}`) vultr.destroyOutside(pool);
        return;
      case 'deleted-elsewhere':
        if (pool.quantity > 1 && pool.nodes.shift() !== undefined) pool.quantity -= 1;
        return;
      case 'raised-elsewhere': {
        const by = Math.min(one.by, MAX_SIZE - pool.quantity);
        pool.quantity += by;
        this.mostWanted += by;
        return;
      }
      case 'wait':
        // Vultr's listing catches up within half a minute.
        if (one.seconds >= 30) this.#thaw();
        await sleep(this.clock, one.seconds * 1000);
    }
  }

  async #delete(force: boolean, which: number, count: number): Promise<CloudResult> {
    const ids = this.group.nodes().map(({ id }) => id);
    const chosen = Array.from(
      { length: Math.min(count, ids.length) },
      (_, index) => ids[(which + index) % ids.length] ?? '',
    );
    return force ? this.group.forceDeleteNodes(chosen) : this.group.deleteNodes(chosen);
  }

  #thaw(): void {
    if (this.pool.ghosts > 0) this.vultr.build(this.pool, 'active');
    this.pool.listedQuantity = undefined;
    this.pool.lingering = [];
    this.vultr.destroyedLinger = false;
  }
}

describe('targets under lag, lost replies and deletions in any order', () => {
  it('harm no node, ask for nothing twice, and end at the truth', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 14 }),
        fc.array(fault, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 7 }),
        async (size, history, faults, delaysMs) => {
          const world = new World(size, delaysMs);
          assert.ok((await world.clock.settle(world.provider.refresh())).ok);
          const waiting = [...faults];
          world.vultr.fault = () => waiting.shift();
          for (const steps of history) {
            await world.together(steps);
            world.check();
          }
          await world.settleDown();
          world.check();
          const { pool, group } = world;
          assert.equal(group.targetSize(), Math.max(pool.quantity, pool.nodes.length));
          assert.deepEqual(
            group.nodes().map(({ state }) => state),
            pool.nodes.map(() => 'running'),
          );
        },
      ),
      { numRuns: Number(process.env['VULTR_PROPERTY_RUNS'] ?? 200) },
    );
  });
});
