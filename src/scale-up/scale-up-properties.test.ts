import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aNode, anAffinityTerm, aSpread, aTaint, aToleration, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import type { NodeGroupMemory } from '../node-groups/memory.ts';
import { EMPTY_MEMORY, resizeAccepted } from '../node-groups/memory.ts';
import { MINUTE, NOON, planFor, resizes } from './plan.test-support.ts';
import type { ScaleUpPlan } from './scale-up.ts';

/** The labels are those that some of the workloads have. */
const APART: readonly Partial<PodSpecFacts>[] = [
  {},
  {},
  { requiredPodAntiAffinity: [anAffinityTerm({ app: 'w0' })] },
  { requiredPodAntiAffinity: [anAffinityTerm({ app: 'w1' })] },
];
const COUPLED: readonly Partial<PodSpecFacts>[] = [
  ...APART,
  { topologySpread: [aSpread({ app: 'w0' })] },
  { topologySpread: [aSpread({ app: 'w1' }, { maxSkew: 2 })] },
  { requiredPodAffinity: [anAffinityTerm({ app: 'w0' }, { topologyKey: 'region' })] },
];

const someWorkload = (couplings: readonly Partial<PodSpecFacts>[]): fc.Arbitrary<Workload> =>
  fc
    .record({
      cpu: fc.integer({ min: 0, max: 9 }),
      count: fc.integer({ min: 1, max: 8 }),
      pool: fc.constantFrom(undefined, 'a', 'b'),
      tolerant: fc.boolean(),
      port: fc.boolean(),
      priority: fc.constantFrom(0, 0, 5, -20),
      age: fc.nat(2),
      coupling: fc.constantFrom(...couplings),
    })
    .map(({ cpu, count, pool, tolerant, port, priority, age, coupling }) => ({
      count,
      sketch: {
        cpu: cpu * 500,
        createdAtMs: age,
        spec: {
          ...coupling,
          nodeSelector: pool === undefined ? {} : { pool },
          tolerations: tolerant ? [aToleration('')] : [],
          hostPorts: port ? [{ hostIP: '0.0.0.0', protocol: 'TCP' as const, port: 80 }] : [],
          priority,
        },
      },
    }));

interface Workload {
  readonly count: number;
  readonly sketch: PodSketch;
}

const podsOfSome = (couplings: readonly Partial<PodSpecFacts>[]): fc.Arbitrary<PodFacts[]> =>
  fc
    .array(someWorkload(couplings), { maxLength: 5 })
    .map((workloads) => workloads.flatMap(({ count, sketch }, index) => podsOf(`w${index}`, count, sketch)));
const somePods = podsOfSome(COUPLED);

const someGroups = fc
  .array(
    fc.record({
      cpu: fc.integer({ min: 1, max: 8 }),
      pool: fc.constantFrom(undefined, 'a', 'b'),
      tainted: fc.boolean(),
      maxSize: fc.nat(12),
      price: fc.constantFrom(undefined, 0.01, 0.02),
    }),
    { maxLength: 4 },
  )
  .map((sketches) =>
    sketches.map(({ cpu, pool, tainted, maxSize, price }, index) =>
      aGroup({
        name: `g${index}`,
        maxSize,
        pricePerHour: price,
        node: {
          cpu: cpu * 1000,
          labels: { region: 'ams', ...(pool === undefined ? {} : { pool }) },
          taints: tainted ? [aTaint('t')] : [],
        },
      }),
    ),
  );

const someNodes = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
  .map((sizes) => sizes.map((size, index) => aNode({ name: `n${index}`, cpu: size * 1000 })));

const someLimits = fc.record({
  limits: fc.record({
    maxNodes: fc.constantFrom(3, 6, Number.MAX_SAFE_INTEGER),
    maxMilliCpu: fc.constantFrom(10_000, 25_000, Number.MAX_SAFE_INTEGER),
  }),
  options: fc.record({ maxNodesPerScaleUp: fc.constantFrom(0, 2, Number.MAX_SAFE_INTEGER) }),
});

function asked(plan: ScaleUpPlan): number {
  return plan.resizes.reduce((sum, { delta }) => sum + delta, 0);
}

describe('the scale-up decision, whatever is pending', () => {
  it('does not depend on the order of pods or nodes (I10)', () => {
    fc.assert(
      fc.property(somePods, someGroups, someNodes, fc.infiniteStream(fc.nat()), (pods, groups, nodes, dice) => {
        const shuffled = <T>(things: readonly T[]): T[] =>
          things
            .map((thing) => ({ thing, rank: Number(dice.next().value) }))
            .toSorted((a, b) => a.rank - b.rank)
            .map(({ thing }) => thing);
        assert.deepEqual(
          planFor({ pods: shuffled(pods), nodes: shuffled(nodes), groups }),
          planFor({ pods, nodes, groups }),
        );
      }),
    );
  });

  it('explains every pending pod once, and counts those it helps as it says (I6)', () => {
    fc.assert(
      fc.property(somePods, someGroups, someNodes, someLimits, (pods, groups, nodes, bounds) => {
        const plan = planFor({ pods, groups, nodes, ...bounds });
        assert.equal(
          plan.pods.reduce((sum, { count }) => sum + count, 0),
          pods.length,
        );
        assert.equal(new Set(plan.pods.map(({ example }) => example)).size, plan.pods.length);
        assert.equal(
          helped(plan),
          plan.resizes.reduce((sum, resize) => sum + resize.pods, 0),
        );
        for (const { outcome, perGroup } of plan.pods) {
          if (outcome.kind === 'cannot-be-helped') assert.equal(perGroup.length, groups.length);
        }
      }),
    );
  });

  it('passes no bound: of a group, of the cluster, of a pass (I1)', () => {
    fc.assert(
      fc.property(somePods, someGroups, someNodes, someLimits, (pods, groups, nodes, { limits, options }) => {
        const plan = planFor({ pods, groups, nodes, limits, options });
        assert.ok(asked(plan) <= options.maxNodesPerScaleUp);
        assert.ok(asked(plan) === 0 || nodes.length + asked(plan) <= limits.maxNodes);
        let milliCpu = nodes.reduce((sum, { capacity }) => sum + (capacity['cpu'] ?? 0), 0);
        for (const { groupId, from, delta } of plan.resizes) {
          const group = groups.find(({ id }) => id === groupId);
          assert.ok(group !== undefined && delta > 0 && from + delta <= group.maxSize);
          milliCpu += delta * (group.template?.capacity['cpu'] ?? 0);
        }
        assert.ok(asked(plan) === 0 || milliCpu <= limits.maxMilliCpu);
        assert.equal(new Set(plan.resizes.map(({ groupId }) => groupId)).size, plan.resizes.length);
      }),
    );
  });

  it('leaves nobody without help whom a group could have helped', () => {
    fc.assert(
      fc.property(somePods, someGroups, someNodes, (pods, groups, nodes) => {
        const plan = planFor({ pods, groups: groups.map((group) => ({ ...group, maxSize: 1000 })), nodes });
        for (const { outcome, perGroup } of plan.pods) {
          assert.notEqual(outcome.kind, 'partly-helped');
          if (outcome.kind !== 'cannot-be-helped') continue;
          const fitCodes = [
            'InsufficientResource',
            'NodeAffinityMismatch',
            'UntoleratedTaint',
            // Those that want to be near pods which are never placed.
            'PodAffinityUnmet',
          ];
          for (const { reason } of perGroup) assert.ok(fitCodes.includes(reason.code), reason.code);
        }
      }),
    );
  });

  it('asks for nothing again once what it asked for is on its way', () => {
    fc.assert(
      fc.property(podsOfSome(APART), someGroups, someNodes, (pods, groups, nodes) => {
        const plan = planFor({ pods, groups, nodes });
        assert.deepEqual(resizes(planFor({ pods, nodes, ...grownBy(plan, groups) })), []);
      }),
    );
  });

  // A new node is a domain that others are measured by: pods that are spread may have to ask once more.
  it('settles, whatever couples the pods', () => {
    fc.assert(
      fc.property(somePods, someGroups, someNodes, (pods, groups, nodes) => {
        let grown: Grown = { groups, memory: EMPTY_MEMORY };
        for (let passes = 0; ; passes += 1) {
          const plan = planFor({ pods, nodes, ...grown });
          if (resizes(plan).length === 0) return;
          assert.ok(passes < 12, `still asks: ${resizes(plan).join(', ')}`);
          grown = grownBy(plan, grown.groups, grown.memory);
        }
      }),
    );
  });

  it('never asks a lone group for more because nodes are on their way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.nat(4),
        (sizes, more) => {
          const pods = sizes.flatMap((size, index) => podsOf(`w${index}`, 6, { cpu: size * 1000 }));
          const ask = (targetSize: number): number => asked(planFor({ pods, groups: [aGroup({ targetSize })] }));
          assert.ok(ask(more) <= ask(0));
        },
      ),
    );
  });
});

function helped(plan: ScaleUpPlan): number {
  return plan.pods.reduce((sum, { outcome }) => {
    if (outcome.kind !== 'helped' && outcome.kind !== 'partly-helped') return sum;
    return sum + outcome.byGroup.reduce((pods, group) => pods + group.pods, 0);
  }, 0);
}

interface Grown {
  readonly groups: readonly NodeGroupState[];
  readonly memory: NodeGroupMemory;
}

/** The groups after the cloud took the plan, and what is remembered of it. */
function grownBy(plan: ScaleUpPlan, groups: readonly NodeGroupState[], before = EMPTY_MEMORY): Grown {
  let memory = before;
  const grown = new Map(groups.map((group) => [group.id, group]));
  for (const { groupId, from, delta } of plan.resizes) {
    memory = resizeAccepted(memory, { groupId, delta, provisionTimeMs: MINUTE }, NOON);
    const group = grown.get(groupId);
    if (group !== undefined) grown.set(groupId, { ...group, targetSize: from + delta });
  }
  return { groups: [...grown.values()], memory };
}
