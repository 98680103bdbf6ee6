/**
 * What a scale-up says of pods has to come true: once the nodes that it asked for are there, the scheduler binds every pod
 * that it said they help. The judge is the slow reference scheduler, which shares no code with the product.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../src/cluster/facts.ts';
import { aNode, anAffinityTerm, aPod, aSpread, podsOf } from '../src/cluster/fixtures.test-support.ts';
import { aGroup, anInstance } from '../src/node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../src/node-groups/node-group.ts';
import type { PodsOutcome } from '../src/explain/record.ts';
import type { ScaleUpPlan } from '../src/scale-up/scale-up.ts';
import { EMPTY_MEMORY, resizeAccepted } from '../src/node-groups/memory.ts';
import { MINUTE, NOON, planFor, resizes } from '../src/scale-up/plan.test-support.ts';
import type { Placed, World } from './reference-scheduler.ts';
import { verdict } from './reference-scheduler.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
/** Every pod takes one of so many places on a node: what is tested is who may be with whom, not how sizes add up. */
const SLOT = 1000;

type Tie = (app: string) => Partial<PodSpecFacts>;

const byKey = (topologyKey: string): { readonly topologyKey: string } => ({ topologyKey });
const TIES: Readonly<Record<string, Tie>> = {
  'goes anywhere': () => ({}),
  'spread over zones': (app) => ({ topologySpread: [aSpread({ app }, byKey(ZONE))] }),
  'spread over zones by two': (app) => ({ topologySpread: [aSpread({ app }, { ...byKey(ZONE), maxSkew: 2 })] }),
  'spread over hostnames': (app) => ({ topologySpread: [aSpread({ app })] }),
  'apart by hostname': (app) => ({ requiredPodAntiAffinity: [anAffinityTerm({ app })] }),
  'apart by zone': (app) => ({ requiredPodAntiAffinity: [anAffinityTerm({ app }, byKey(ZONE))] }),
  'together in a zone': (app) => ({ requiredPodAffinity: [anAffinityTerm({ app }, byKey(ZONE))] }),
};

/** Pods of one workload each, in the order of the queue. */
const someWorkloads = (most: number): fc.Arbitrary<PodFacts[][]> =>
  fc
    .array(fc.record({ tie: fc.constantFrom(...Object.keys(TIES)), count: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: most,
    })
    .map((sketches) =>
      sketches.map(({ tie, count }, index) => {
        const app = `app-${index}`;
        return podsOf(app, count, { cpu: SLOT, spec: TIES[tie]?.(app) ?? {}, createdAtMs: index });
      }),
    );

const someGroups: fc.Arbitrary<NodeGroupState[]> = fc
  .array(
    fc.record({
      zone: fc.integer({ min: 1, max: 3 }),
      slots: fc.integer({ min: 1, max: 4 }),
      maxSize: fc.constantFrom(2, 20, 20),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((sketches) =>
    sketches.map(({ zone, slots, maxSize }, index) =>
      aGroup({ name: `pool-${index}`, maxSize, node: { cpu: slots * SLOT, labels: { [ZONE]: `z${zone}` } } }),
    ),
  );

/** Nodes that are there, some of them with pods of the workloads, none with room. */
const someNodes: fc.Arbitrary<Placed[]> = fc
  .array(fc.record({ zone: fc.integer({ min: 1, max: 3 }), app: fc.constantFrom(undefined, 'app-0', 'app-1') }), {
    maxLength: 4,
  })
  .map((sketches) =>
    sketches.map(({ zone, app }, index) => ({
      node: aNode({ name: `there-${index}`, cpu: app === undefined ? 0 : SLOT, labels: { [ZONE]: `z${zone}` } }),
      pod: aPod({
        name: `runs-${index}`,
        cpu: app === undefined ? 0 : SLOT,
        labels: app === undefined ? {} : { app },
        nodeName: `there-${index}`,
      }),
    })),
  );

/** Which of the nodes that would do the scheduler takes: its scores are not ours to know. */
const somePreference = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });

describe('the pods that a scale-up helps', () => {
  it('are all bound once its nodes are there, whichever of them the scheduler prefers', () => {
    fc.assert(
      fc.property(someWorkloads(1), someGroups, someNodes, somePreference, ([pods = []], groups, there, preference) => {
        const state = worldOf(there);
        const { plan, added } = pass(state, pods, groups);
        const bound = schedule({ ...state, nodes: [...state.nodes, ...added] }, pods, preference);
        const helped = plan.pods.reduce((sum, { outcome }) => sum + helpedBy(outcome), 0);
        assert.ok(bound.length >= helped, `${helped} are helped, ${bound.length} are bound`);
        if (bound.length === pods.length) return;
        // Whoever is not helped could not be: even beside all that could still be added nobody finds a place.
        const more = groups.flatMap(({ name, maxSize }) => newNodes(groups, name, maxSize));
        const atMost = schedule({ ...state, nodes: [...state.nodes, ...more] }, pods, preference);
        assert.ok(atMost.length <= bound.length, `${atMost.length} could be bound, ${bound.length} are`);
      }),
      { numRuns: RUNS },
    );
  });

  it('ask for nothing again while its nodes are on their way', () => {
    fc.assert(
      fc.property(someWorkloads(1), someGroups, someNodes, ([pods = []], groups, there) => {
        const state = worldOf(there);
        const { plan } = pass(state, pods, groups);
        const asked = new Map(plan.resizes.map((resize) => [resize.groupId, resize]));
        const memory = plan.resizes.reduce(
          (before, { groupId, delta }) => resizeAccepted(before, { groupId, delta, provisionTimeMs: MINUTE }, NOON),
          EMPTY_MEMORY,
        );
        const grown = groups.map((group) => ({ ...group, targetSize: asked.get(group.id)?.delta ?? 0 }));
        const again = planFor({ nodes: state.nodes, pods: [...runningOn(state), ...pods], groups: grown, memory });
        assert.deepEqual(resizes(again), []);
      }),
      { numRuns: RUNS },
    );
  });

  // Pods that go anywhere may take the places of those that do not: then these ask once more.
  it('are bound after a few passes, however many workloads get in each other’s way', () => {
    fc.assert(
      fc.property(someWorkloads(3), someGroups, someNodes, somePreference, (workloads, groups, there, preference) => {
        let state = worldOf(there);
        let waiting = workloads.flat();
        let grown = groups;
        for (let passes = 1; ; passes += 1) {
          const { plan, added } = pass(state, waiting, grown);
          if (added.length === 0) break;
          assert.ok(
            passes < MOST_PASSES,
            `asks for nodes in pass ${passes}: ${plan.resizes.map(({ groupName }) => groupName).join(', ')}`,
          );
          grown = grown.map((group) => grownBy(group, added));
          const nodes = [...state.nodes, ...added];
          const bound = schedule({ ...state, nodes }, waiting, preference);
          state = { ...state, nodes, placed: [...state.placed, ...bound] };
          waiting = waiting.filter((pod) => !bound.some((one) => one.pod === pod));
        }
      }),
      { numRuns: RUNS },
    );
  });
});

const RUNS = Number(process.env['RUNS'] ?? 200);
const MOST_PASSES = 6;

function worldOf(there: readonly Placed[]): World {
  return { nodes: there.map(({ node }) => node), placed: there, namespaces: new Map() };
}

function pass(
  { nodes, placed }: World,
  pods: readonly PodFacts[],
  groups: readonly NodeGroupState[],
): { readonly plan: ScaleUpPlan; readonly added: readonly NodeFacts[] } {
  const plan = planFor({ nodes, pods: [...runningOn({ placed }), ...pods], groups });
  return {
    plan,
    added: plan.resizes.flatMap(({ groupName, from, delta }) => newNodes(groups, groupName, delta, from)),
  };
}

function runningOn({ placed }: Pick<World, 'placed'>): PodFacts[] {
  return placed.map(({ pod, node }) => ({ ...pod, nodeName: node.name, phase: 'Running', unschedulable: false }));
}

function helpedBy(outcome: PodsOutcome): number {
  if (outcome.kind !== 'helped' && outcome.kind !== 'partly-helped') return 0;
  return outcome.byGroup.reduce((sum, { pods }) => sum + pods, 0);
}

function newNodes(groups: readonly NodeGroupState[], name: string, count: number, from = 0): NodeFacts[] {
  const { template } = groups.find((group) => group.name === name) ?? {};
  return Array.from({ length: count }, (_, index) => {
    const node = `${name}-new-${from + index}`;
    return { ...aNode({ name: node }), ...template, labels: { ...template?.labels, pool: name, [HOSTNAME]: node } };
  });
}

function grownBy(group: NodeGroupState, added: readonly NodeFacts[]): NodeGroupState {
  const own = added.filter(({ labels }) => labels['pool'] === group.name);
  const instances = [...group.instances, ...own.map(({ name }) => anInstance(name))];
  return { ...group, instances, targetSize: instances.length };
}

/** Binds pods in the order of the queue; who finds no node is tried again when others have been bound. */
function schedule(world: World, queue: readonly PodFacts[], preference: readonly number[]): Placed[] {
  const rank = new Map(world.nodes.map((node, index) => [node, preference[index % preference.length] ?? 0]));
  const nodes = world.nodes.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  const bound: Placed[] = [];
  for (let waiting = queue; ;) {
    const left = waiting.filter((pod) => {
      const now = { ...world, placed: [...world.placed, ...bound] };
      const node = nodes.find((one) => verdict(now, pod, one) === 'fits');
      if (node !== undefined) bound.push({ pod, node });
      return node === undefined;
    });
    if (left.length === waiting.length) return bound;
    waiting = left;
  }
}
