/**
 * Consolidation over random clusters in which nothing changes but what the plans ask for: it makes the cluster cheaper,
 * comes to rest, and on its way nobody is without a place. The seed of a failure is printed by fast-check.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aCluster, aController, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { addSimulatedNode } from '../node-groups/simulated-nodes.ts';
import { MINUTE_MS, NOW_MS, SCALE_DOWN, scaleDownInput } from './fixtures.test-support.ts';
import type { ScaleDownMemory } from './memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY, scaleUpStarted } from './memory.ts';
import type { ScaleDownPlan } from './plan.ts';
import { planScaleDown } from './scale-down.ts';

const COOLDOWN_MS = 30 * MINUTE_MS;
/** A node takes so many passes, of a minute each, to come. */
const BOOT_PASSES = 3;
/** Longer than all the replacements that a cluster of this size can be made cheaper by. */
const PASSES = 500;
/** In the last so many of them nothing is asked for any more. */
const REST_PASSES = 100;

interface Sketch {
  readonly pools: readonly { readonly cores: number; readonly cents: number; readonly minSize: number }[];
  readonly nodes: readonly { readonly pool: number; readonly pods: readonly number[] }[];
}

const sketches: fc.Arbitrary<Sketch> = fc.record({
  pools: fc.array(
    fc.record({
      cores: fc.constantFrom(2, 4, 8, 16),
      cents: fc.integer({ min: 2, max: 60 }),
      minSize: fc.integer({ min: 0, max: 1 }),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  nodes: fc.array(
    fc.record({
      pool: fc.integer({ min: 0, max: 2 }),
      pods: fc.array(fc.constantFrom(300, 700, 1000, 1500), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 2, maxLength: 6 },
  ),
});

/** A cluster whose cloud does what it is asked for, and whose pods go where the plan puts them. */
class Town {
  readonly #pools: Sketch['pools'];
  readonly #cluster: Cluster;
  readonly #coming: { readonly pool: string; inPasses: number }[] = [];
  #memory: ScaleDownMemory = EMPTY_SCALE_DOWN_MEMORY;
  #nowMs = NOW_MS;
  #born = 0;
  /** By pool: what it began with may be below its minimum. */
  readonly #firstSizes: ReadonlyMap<string, number>;

  constructor({ pools, nodes }: Sketch) {
    this.#pools = pools;
    const facts = nodes.map(({ pool }, index) => this.#node(`n${index}`, `p${pool % pools.length}`));
    const pods = nodes.flatMap(({ pods: sizes, pool }, node) => {
      let free = (pools[pool % pools.length]?.cores ?? 0) * 1000;
      return sizes
        .filter((cpu) => (free -= cpu) >= 0)
        .map((cpu, index) => aPod({ name: `w${node}-${index}`, nodeName: `n${node}`, cpu, owner: 'web' }));
    });
    this.#cluster = aCluster({ nodes: facts, pods, controllers: [aController('ReplicaSet', 'web')] });
    this.#firstSizes = new Map(this.#groups().map(({ id, targetSize }) => [id, targetSize]));
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get centsPerHour(): number {
    return this.#groups().reduce(
      (sum, { instances, pricePerHour = 0 }) => sum + instances.length * pricePerHour * 100,
      0,
    );
  }

  pass(): ScaleDownPlan {
    this.#nowMs += MINUTE_MS;
    this.#arrive();
    const input = scaleDownInput({
      cluster: this.#cluster,
      groups: this.#groups(),
      memory: this.#memory,
      now: this.#nowMs,
      options: {
        ...SCALE_DOWN,
        consolidation: {
          threshold: 0.5,
          minNodeAgeMs: 60 * MINUTE_MS,
          cooldownMs: COOLDOWN_MS,
          readyWithinMs: 15 * MINUTE_MS,
        },
      },
      growable: ({ targetSize, state }) => state.maxSize - targetSize,
    });
    const plan = this.#cluster.trial(() => {
      for (const [index, { pool }] of this.#coming.entries()) {
        const { template } = input.groups.find(({ state }) => state.id === pool) ?? assert.fail();
        if (template !== undefined) addSimulatedNode(this.#cluster, template, `upcoming-${index}`);
      }
      return planScaleDown(input);
    });
    assert.deepEqual(
      plan.nodes.map(({ node }) => node),
      this.#cluster.nodeSlots().map((slot) => this.#cluster.node(slot).name),
      'every node is explained, once',
    );
    this.#memory = plan.memory;
    this.#carryOut(plan);
    return plan;
  }

  #carryOut({ growth, removals }: ScaleDownPlan): void {
    if (growth !== undefined) {
      this.#memory = scaleUpStarted(this.#memory, this.#nowMs, growth.groupId);
      for (let node = 0; node < growth.delta; node += 1) {
        this.#coming.push({ pool: growth.groupId, inPasses: BOOT_PASSES });
      }
    }
    for (const { node, uid, moves } of removals) {
      for (const { pod, to } of moves) {
        const known = this.#cluster.pod('default', pod.replace('default/', '')) ?? assert.fail(pod);
        this.#cluster.apply({ kind: 'pod', pod: { ...known, nodeName: to, resourceVersion: `${this.#nowMs}` } });
      }
      this.#cluster.apply({ kind: 'node-gone', name: node, uid });
    }
    for (const slot of this.#cluster.nodeSlots()) {
      const { name } = this.#cluster.node(slot);
      const column = this.#cluster.resources.column('cpu');
      assert.ok(this.#cluster.free(slot, column) >= 0, `${name} holds more than it can`);
    }
    for (const pod of this.#cluster.pods()) {
      assert.notEqual(
        this.#cluster.slotOf(pod.nodeName),
        undefined,
        `${pod.name} is on ${pod.nodeName}, which is gone`,
      );
    }
    for (const { id, minSize, targetSize } of this.#groups()) {
      assert.ok(targetSize >= Math.min(minSize, this.#firstSizes.get(id) ?? 0), `${id} is below its minimum`);
    }
  }

  #arrive(): void {
    for (const node of this.#coming) node.inPasses -= 1;
    while (this.#coming[0] !== undefined && this.#coming[0].inPasses <= 0) {
      const [first] = this.#coming.splice(0, 1);
      this.#born += 1;
      const node = this.#node(`x${this.#born}`, first?.pool ?? '');
      this.#cluster.apply({ kind: 'node', node: { ...node, createdAtMs: this.#nowMs } });
    }
  }

  #node(name: string, pool: string): NodeFacts {
    const { cores } = this.#pools[Number(pool.slice(1))] ?? assert.fail(pool);
    return aNode({ name, cpu: cores * 1000, labels: { pool } });
  }

  #groups(): readonly NodeGroupState[] {
    const nodes = this.#cluster.nodeSlots().map((slot) => this.#cluster.node(slot));
    return this.#pools.map(({ cores, cents, minSize }, index) => {
      const id = `p${index}`;
      const own = nodes.filter(({ labels }) => labels['pool'] === id);
      const targetSize = own.length + this.#coming.filter(({ pool }) => pool === id).length;
      return aGroup({
        id,
        minSize,
        maxSize: 20,
        nodes: own,
        node: { cpu: cores * 1000, labels: { pool: id } },
        targetSize,
        pricePerHour: cents / 100,
      });
    });
  }
}

test('the cluster ends no dearer, at rest, with every pod in a place on the way, and pauses after each replacement', () => {
  let replacements = 0;
  fc.assert(
    fc.property(sketches, (sketch) => {
      const town = new Town(sketch);
      const before = town.centsPerHour;
      let endedAtMs = -Infinity;
      for (let number = 0; number < PASSES; number += 1) {
        const { consolidation, growth } = town.pass();
        if (consolidation?.code === 'ReplacementDone') {
          endedAtMs = town.nowMs;
          replacements += 1;
        }
        assert.notEqual(consolidation?.code, 'ReplacementGivenUp', 'nothing in the world has changed');
        if (growth === undefined) continue;
        assert.ok(town.nowMs - endedAtMs >= COOLDOWN_MS, `asked ${(town.nowMs - endedAtMs) / MINUTE_MS} min later`);
        assert.ok(number < PASSES - REST_PASSES, 'it does not come to rest');
      }
      assert.ok(town.centsPerHour <= before + 1e-6, `${town.centsPerHour} of ${before} cents`);
    }),
    { numRuns: 25 },
  );
  assert.ok(replacements > 0, 'the clusters show nothing');
});
