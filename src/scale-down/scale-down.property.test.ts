/** What holds for every plan, over random clusters. The seed of a failure is printed by fast-check. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ClusterEvent, PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { Cluster } from '../cluster/cluster.ts';
import { aController, aNode, aPdb, aPod, aSpec, aSpread, aTaint } from '../cluster/fixtures.test-support.ts';
import { selectorMatches } from '../cluster/selectors.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { EAGER, NOW_MS, plan } from './fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import type { ScaleDownPlan } from './plan.ts';

const APPS = ['web', 'db', 'job'];
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const SPECS = [100, 300, 700].map((cpu) => aSpec({ cpu, memory: cpu * 1000 }));
const LABELS = APPS.map((app) => ({ app }));

interface Sketch {
  readonly nodes: readonly { readonly cpu: number; readonly group: number; readonly oddity: number }[];
  readonly pods: readonly {
    readonly node: number;
    readonly spec: number;
    readonly app: number;
    readonly guard: number;
  }[];
  readonly allowed: readonly number[];
  readonly minSizes: readonly number[];
}

const small = (max: number) => fc.integer({ min: 0, max });
const sketches: fc.Arbitrary<Sketch> = fc.record({
  nodes: fc.array(fc.record({ cpu: fc.integer({ min: 1, max: 4 }), group: small(1), oddity: small(9) }), {
    minLength: 1,
    maxLength: 12,
  }),
  pods: fc.array(fc.record({ node: small(11), spec: small(2), app: small(2), guard: small(19) }), { maxLength: 30 }),
  allowed: fc.array(small(3), { minLength: 3, maxLength: 3 }),
  minSizes: fc.array(small(3), { minLength: 2, maxLength: 2 }),
});

interface Built extends World {
  readonly pods: readonly PodFacts[];
  readonly events: readonly ClusterEvent[];
  readonly sketch: Sketch;
}

function build(
  sketch: Sketch,
  order: (events: readonly ClusterEvent[]) => readonly ClusterEvent[] = (all) => all,
  specs = SPECS,
): Built {
  const nodes = sketch.nodes.map(({ cpu, oddity }, index) =>
    aNode({
      name: `n${index}`,
      cpu: cpu * 500,
      memory: cpu * 500_000,
      unschedulable: oddity === 9,
      taints: oddity === 8 ? [aTaint('dedicated')] : [],
      ready: oddity !== 7,
    }),
  );
  const pods = sketch.pods.map(({ node, spec, app, guard }, index) =>
    aPod({
      name: `p${index}`,
      nodeName: `n${node % nodes.length}`,
      spec: specs[spec] ?? aSpec(),
      labels: LABELS[app] ?? {},
      annotations: guard === 0 ? { [SAFE]: 'false' } : guard === 1 ? { [SAFE]: 'true' } : {},
      owner: APPS[app] ?? '',
    }),
  );
  const events: ClusterEvent[] = [
    ...nodes.map((node): ClusterEvent => ({ kind: 'node', node })),
    ...pods.map((pod): ClusterEvent => ({ kind: 'pod', pod })),
    ...APPS.map((app): ClusterEvent => ({ kind: 'controller', controller: aController('ReplicaSet', app) })),
    ...sketch.allowed.map((disruptionsAllowed, index): ClusterEvent => {
      const requirements = [{ key: 'app', operator: 'In', values: [APPS[index] ?? ''] }];
      return { kind: 'pdb', pdb: aPdb(`pdb-${index}`, { disruptionsAllowed, selector: { requirements } }) };
    }),
  ];
  const cluster = new Cluster();
  for (const event of order(events)) cluster.apply(event);
  const groups = sketch.minSizes.map((minSize, group) =>
    aGroup({ id: `g${group}`, minSize, nodes: nodes.filter((_, index) => sketch.nodes[index]?.group === group) }),
  );
  return { cluster, groups, pods, events, sketch, options: { ...EAGER, utilizationThreshold: 0.9 } };
}

function holds(check: (made: ScaleDownPlan, world: Built) => void, runs = 400): void {
  fc.assert(
    fc.property(sketches, (sketch) => {
      const world = build(sketch);
      check(plan(world), world);
    }),
    { numRuns: runs },
  );
}

test('every node is explained exactly once, and is removed exactly if its explanation says so (I6)', () => {
  holds(({ nodes, removals }, { sketch }) => {
    assert.deepEqual(nodes.map(({ node }) => node).toSorted(), sketch.nodes.map((_, index) => `n${index}`).toSorted());
    for (const { node, outcome } of nodes) {
      if (outcome.kind === 'removed') assert.equal(removals[outcome.action]?.node, node);
    }
    assert.equal(nodes.filter(({ outcome }) => outcome.kind === 'removed').length, removals.length);
  });
});

test('no plan leaves a moved pod without a place, even when only some of its removals are carried out', () => {
  holds(({ removals }, { cluster, pods, sketch }) => {
    const byKey = new Map(pods.map((pod) => [podKey(pod), pod]));
    for (const carriedOut of [removals, removals.slice(0, 1), removals.slice(1)]) {
      const gone = new Set(carriedOut.map(({ node }) => node));
      const used = new Map<string, number>();
      const settle = (node: string, pod: PodFacts): void => {
        used.set(node, (used.get(node) ?? 0) + (pod.spec.requests['cpu'] ?? 0));
      };
      for (const pod of pods) if (!gone.has(pod.nodeName)) settle(pod.nodeName, pod);
      for (const { node, moves } of carriedOut) {
        const own = pods.filter(({ nodeName }) => nodeName === node);
        assert.deepEqual(moves.map(({ pod }) => pod).toSorted(), own.map(podKey).toSorted());
        for (const move of moves) {
          const to = cluster.node(cluster.slotOf(move.to) ?? assert.fail());
          assert.ok(!removals.some((other) => other.node === move.to), 'a destination stays');
          assert.ok(!to.unschedulable && to.taints.length === 0, 'and takes pods');
          settle(move.to, byKey.get(move.pod) ?? assert.fail());
        }
      }
      for (const [node, milliCpu] of used) {
        const index = Number(node.slice(1));
        const moved = carriedOut.some(({ moves }) => moves.some(({ to }) => to === node));
        if (moved) assert.ok(milliCpu <= (sketch.nodes[index]?.cpu ?? 0) * 500, `${node} is overcommitted`);
      }
    }
  });
});

test('what may go may go in the next pass as well, as long as nothing changes', () => {
  const options = { ...EAGER, utilizationThreshold: 0.9, unneededTimeMs: 60_000 };
  fc.assert(
    fc.property(sketches, (sketch) => {
      const world = { ...build(sketch), options };
      const first = plan(world).memory;
      const second = plan({ ...world, memory: first, now: NOW_MS + 10_000 }).memory;
      for (const node of first.unneeded.keys())
        assert.ok(second.unneeded.has(node), `${node} is needed all of a sudden`);
    }),
    { numRuns: 400 },
  );
});

test('pods that others have a say about go where all others would, as long as nobody keeps them away', () => {
  // No node holds so many pods.
  const topologySpread = [aSpread({}, { maxSkew: 100 })];
  const spreading = SPECS.map((spec) => ({ ...spec, topologySpread }));
  let moved = 0;
  fc.assert(
    fc.property(sketches, (sketch) => {
      const [plain, spread] = [build(sketch), build(sketch, undefined, spreading)].map(plan);
      assert.deepEqual(spread?.removals.map(unslotted), plain?.removals.map(unslotted));
      moved += plain?.removals.some(({ moves }) => moves.length > 0) === true ? 1 : 0;
    }),
    { numRuns: 400 },
  );
  assert.ok(moved > 40, 'in enough of them some are moved');
});

test('no plan takes the last place from a pod whose node is being drained', () => {
  const leaving = aPod({ name: 'leaving', nodeName: 'drained', spec: SPECS[2] ?? aSpec(), owner: 'web' });
  const removals = [{ node: 'drained', step: 'draining', drains: true }];
  let held = 0;
  fc.assert(
    fc.property(sketches, (sketch) => {
      const world = build(sketch);
      world.cluster.apply({ kind: 'node', node: aNode({ name: 'drained' }) });
      world.cluster.apply({ kind: 'pod', pod: leaving });
      if (!hasRoom(world, [], leaving)) return;
      const made = plan({ ...world, removals });
      assert.ok(hasRoom(world, made.removals, leaving));
      if (made.removals.length > 0) held += 1;
    }),
    { numRuns: 400 },
  );
  assert.ok(held > 40, 'in enough of them something goes');
});

/** Whether a node that takes pods has room for the pod once these have gone. */
function hasRoom({ pods, sketch }: Built, gone: ScaleDownPlan['removals'], { spec }: PodFacts): boolean {
  const at = new Map(gone.flatMap(({ moves }) => moves.map(({ pod, to }) => [pod, to])));
  return sketch.nodes.some(({ cpu, oddity }, index) => {
    const name = `n${index}`;
    if (oddity >= 7 || gone.some(({ node }) => node === name)) return false;
    const own = pods.filter((pod) => (at.get(podKey(pod)) ?? pod.nodeName) === name);
    const used = own.reduce((sum, pod) => sum + (pod.spec.requests['cpu'] ?? 0), 0);
    return cpu * 500 - used >= (spec.requests['cpu'] ?? 0);
  });
}

test('no plan touches a protected pod, or takes a budget away from one pod that another node’s pods use up (I2)', () => {
  holds(({ removals }, { cluster, pods }) => {
    const left = new Map([...cluster.podDisruptionBudgets()].map((pdb) => [pdb, pdb.disruptionsAllowed]));
    for (const { node } of removals) {
      const own = pods.filter(({ nodeName }) => nodeName === node);
      assert.ok(own.every(({ annotations }) => annotations[SAFE] !== 'false'));
      for (const [pdb, remaining] of left) {
        const held = own.filter(({ labels }) => selectorMatches(pdb.selector, labels)).length;
        if (held > 0) assert.ok(remaining >= 1, `${node} needs ${pdb.name}`);
        left.set(pdb, remaining - held);
      }
    }
  });
});

test('no group falls below its minimum (I1)', () => {
  holds(({ removals }, { groups }) => {
    for (const { id, minSize, targetSize } of groups) {
      const going = removals.filter(({ groupId }) => groupId === id).length;
      if (going > 0) assert.ok(targetSize - going >= minSize);
    }
  });
});

test('the order of events does not matter, and the plan leaves the model alone (I10)', () => {
  fc.assert(
    fc.property(sketches, fc.array(small(1_000_000), { minLength: 60, maxLength: 60 }), (sketch, dice) => {
      const straight = build(sketch);
      const shuffled = build(sketch, (events) =>
        events
          .map((event, index) => ({ event, key: dice[index] ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ event }) => event),
      );
      const [once, again, other] = [plan(straight), plan(straight), plan(shuffled)].map(comparable);
      assert.deepEqual(again, once);
      assert.deepEqual(other, once);
    }),
    { numRuns: 200 },
  );
});

function comparable({ removals, nodes, memory }: ScaleDownPlan): unknown {
  return { nodes, memory, removals: removals.map(unslotted) };
}

/** Slots are numbers of this model alone. */
function unslotted(removal: ScaleDownPlan['removals'][number]): unknown {
  return { ...removal, slot: 0 };
}
