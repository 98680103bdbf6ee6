import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Cluster } from './cluster.ts';
import type { ClusterEvent, NodeFacts, PodFacts } from './facts.ts';
import { podKey } from './facts.ts';
import { aCluster, aController, aNode, aPdb, aPod, GiB, podsOf } from './fixtures.test-support.ts';
import { CPU, MEMORY, PODS } from './resources.ts';
import type { Tally } from './tally.ts';

/** Everything that the model says, apart from the order in which it came to know it. */
function told(cluster: Cluster): unknown {
  return {
    nodes: cluster.nodeSlots().map((slot) => ({
      facts: cluster.node(slot),
      pods: [...cluster.podsOn(slot).values()].map(identity).toSorted(),
      amounts: amountsOf(cluster, slot),
    })),
    pods: [...cluster.pods()].map(identity).toSorted(),
    pending: [...cluster.pendingPods()].map(identity).toSorted(),
    repelling: [...cluster.coupling.repellents()].flatMap(({ tally }) => inDomains(tally)).toSorted(),
  };
}

/** `key=value: pods` of each domain that holds some. */
function inDomains({ topology, held }: Tally): readonly string[] {
  return [...held].map(([domain, pods]) => `${topology.key}=${topology.value(domain)}: ${pods}`);
}

function amountsOf(cluster: Cluster, slot: number): Record<string, readonly [number, number]> {
  const amounts: Record<string, readonly [number, number]> = {};
  for (let column = 0; column < cluster.resources.size; column += 1) {
    const pair = [cluster.allocatable(slot, column), cluster.requested(slot, column)] as const;
    if (pair[0] !== 0 || pair[1] !== 0) amounts[cluster.resources.name(column)] = pair;
  }
  return amounts;
}

function identity(pod: PodFacts): string {
  return `${podKey(pod)} ${pod.uid} ${pod.resourceVersion} on ${pod.nodeName}`;
}

describe('the model of the cluster', () => {
  it('counts a pod on its node from the moment it is bound until it has ended', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n1', cpu: 4000 })] });
    const [slot = -1] = cluster.nodeSlots();
    const waiting = aPod({ cpu: 1500, memory: GiB });
    cluster.apply({ kind: 'pod', pod: waiting });
    assert.deepEqual([cluster.pendingCount(), cluster.free(slot, CPU)], [1, 4000]);

    const bound: PodFacts = { ...waiting, nodeName: 'n1' };
    cluster.apply({ kind: 'pod', pod: bound });
    assert.deepEqual(
      [cluster.pendingCount(), cluster.free(slot, CPU), cluster.requested(slot, MEMORY)],
      [0, 2500, GiB],
    );
    assert.equal(cluster.free(slot, PODS), 109);

    cluster.apply({ kind: 'pod', pod: { ...bound, phase: 'Succeeded' } });
    assert.deepEqual([cluster.podCount(), cluster.free(slot, CPU), cluster.podsOn(slot).size], [1, 4000, 0]);
    cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'pod', uid: bound.uid });
    assert.equal(cluster.podCount(), 0);
  });

  it('knows a pod before its node, and keeps it when the node goes and comes back', () => {
    const cluster = aCluster({ pods: [aPod({ cpu: 500, nodeName: 'n1' })] });
    assert.equal(cluster.pendingCount(), 0, 'it is bound: it waits for no scheduler');
    const node = aNode({ name: 'n1' });
    cluster.apply({ kind: 'node', node });
    assert.equal(cluster.requested(cluster.slotOf('n1') ?? -1, CPU), 500);
    cluster.apply({ kind: 'node-gone', name: 'n1', uid: node.uid });
    assert.deepEqual([cluster.nodeCount(), cluster.podCount()], [0, 1]);
    cluster.apply({ kind: 'node', node: { ...node, uid: 'uid-second-life' } });
    assert.equal(cluster.requested(cluster.slotOf('n1') ?? -1, CPU), 500);
  });

  it('does not let a late word about a former object remove its namesake', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n1', uid: 'new' })], pods: [aPod({ uid: 'new' })] });
    cluster.apply({ kind: 'node-gone', name: 'n1', uid: 'old' });
    cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'pod', uid: 'old' });
    assert.deepEqual([cluster.nodeCount(), cluster.podCount()], [1, 1]);
  });

  it('keeps budgets and controllers by their uid', () => {
    const cluster = aCluster({ pdbs: [aPdb('web')], controllers: [aController('DaemonSet', 'cni')] });
    cluster.apply({ kind: 'pdb', pdb: aPdb('web', { disruptionsAllowed: 0 }) });
    assert.deepEqual(
      [...cluster.podDisruptionBudgets()].map((pdb) => pdb.disruptionsAllowed),
      [0],
    );
    assert.equal(cluster.controller('cni')?.kind, 'DaemonSet');
    cluster.apply({ kind: 'pdb-gone', namespace: 'default', name: 'web', uid: 'uid-web' });
    cluster.apply({ kind: 'controller-gone', uid: 'cni' });
    assert.deepEqual([[...cluster.podDisruptionBudgets()].length, [...cluster.controllers()].length], [0, 0]);
  });

  it('grows past its first capacity without losing an amount', () => {
    const nodes = Array.from({ length: 200 }, (_, index) => aNode({ name: `n${index}`, cpu: 1000 + index }));
    const cluster = aCluster({ nodes });
    for (const node of nodes) {
      assert.equal(cluster.allocatable(cluster.slotOf(node.name) ?? -1, CPU), node.allocatable['cpu']);
    }
  });

  it('refuses events while a trial is open, and changes outside one', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n1' })] });
    assert.throws(
      () => cluster.trial(() => cluster.apply({ kind: 'node', node: aNode({ name: 'n2' }) })),
      /outside trials/,
    );
    assert.throws(() => cluster.place(aPod(), cluster.slotOf('n1') ?? -1), /within a trial/);
  });

  it('takes a trial back also when it fails, inner trials included', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'n1' })] });
    const before = told(cluster);
    assert.throws(() =>
      cluster.trial(() => {
        cluster.fork();
        cluster.place(aPod({ cpu: 100 }), cluster.addNode(aNode({ name: 'n2' })));
        throw new Error('the trial fails');
      }),
    );
    assert.deepEqual(told(cluster), before);
    cluster.apply({ kind: 'pod', pod: aPod() });
  });
});

// ---- Properties -----------------------------------------------------------------------------------------------------

const NODE_NAMES = ['a', 'b', 'c'];
const POD_NAMES = ['p', 'q', 'r', 's'];

const arbitraryNode: fc.Arbitrary<NodeFacts> = fc
  .record({
    name: fc.constantFrom(...NODE_NAMES),
    cpu: fc.integer({ min: 0, max: 4 }),
    gpu: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ name, cpu, gpu }) => aNode({ name, cpu: cpu * 1000, resources: { 'nvidia.com/gpu': gpu } }));

const arbitraryPod: fc.Arbitrary<PodFacts> = fc
  .record({
    name: fc.constantFrom(...POD_NAMES),
    life: fc.constantFrom('1', '2'),
    cpu: fc.integer({ min: 0, max: 3 }),
    gpu: fc.integer({ min: 0, max: 1 }),
    nodeName: fc.constantFrom('', ...NODE_NAMES),
    phase: fc.constantFrom('Running' as const, 'Succeeded' as const),
    apart: fc.boolean(),
  })
  .map(({ name, life, cpu, gpu, nodeName, phase, apart }) =>
    aPod({
      name,
      uid: `uid-${name}-${life}`,
      cpu: cpu * 500,
      requests: { 'nvidia.com/gpu': gpu },
      nodeName,
      phase,
      spec: { requiredPodAntiAffinity: apart ? [ANTI_AFFINITY] : [] },
    }),
  );

const ANTI_AFFINITY = {
  labelSelector: { requirements: [] },
  topologyKey: 'kubernetes.io/hostname',
  namespaces: [],
  namespaceSelector: undefined,
  matchLabelKeys: [],
  mismatchLabelKeys: [],
} as const;

const arbitraryEvent: fc.Arbitrary<ClusterEvent> = fc.oneof(
  arbitraryNode.map((node): ClusterEvent => ({ kind: 'node', node })),
  fc.constantFrom(...NODE_NAMES).map((name): ClusterEvent => ({ kind: 'node-gone', name, uid: `uid-${name}` })),
  arbitraryPod.map((pod): ClusterEvent => ({ kind: 'pod', pod })),
  arbitraryPod.map(({ namespace, name, uid }): ClusterEvent => ({ kind: 'pod-gone', namespace, name, uid })),
);

/** What is left when all has been said. */
function lastWord(events: readonly ClusterEvent[]): { nodes: NodeFacts[]; pods: PodFacts[] } {
  const nodes = new Map<string, NodeFacts>();
  const pods = new Map<string, PodFacts>();
  for (const event of events) {
    if (event.kind === 'node') nodes.set(event.node.name, event.node);
    if (event.kind === 'node-gone' && nodes.get(event.name)?.uid === event.uid) nodes.delete(event.name);
    if (event.kind === 'pod') pods.set(event.pod.name, event.pod);
    if (event.kind === 'pod-gone' && pods.get(event.name)?.uid === event.uid) pods.delete(event.name);
  }
  return { nodes: [...nodes.values()], pods: [...pods.values()] };
}

describe('the model, whatever happens', () => {
  it('is, after any events, what it would be if built anew', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent, { maxLength: 40 }), (events) => {
        const cluster = new Cluster();
        for (const event of events) cluster.apply(event);
        assert.deepEqual(told(cluster), told(aCluster(lastWord(events))));
      }),
    );
  });

  it('does not depend on the order in which nodes and pods are told of', () => {
    const things = fc.record({
      nodes: fc.uniqueArray(arbitraryNode, { selector: ({ name }) => name }),
      pods: fc.uniqueArray(arbitraryPod, { selector: ({ name }) => name }),
    });
    fc.assert(
      fc.property(things, fc.infiniteStream(fc.nat()), ({ nodes, pods }, dice) => {
        const events: ClusterEvent[] = [
          ...nodes.map((node): ClusterEvent => ({ kind: 'node', node })),
          ...pods.map((pod): ClusterEvent => ({ kind: 'pod', pod })),
        ];
        const shuffled = events
          .map((event) => ({ event, rank: Number(dice.next().value) }))
          .toSorted((x, y) => x.rank - y.rank)
          .map(({ event }) => event);
        const cluster = new Cluster();
        for (const event of shuffled) cluster.apply(event);
        assert.deepEqual(told(cluster), told(aCluster({ nodes, pods })));
        assert.deepEqual(
          cluster.nodeSlots().map((slot) => cluster.node(slot).name),
          nodes.map(({ name }) => name).toSorted(),
        );
      }),
    );
  });

  it('is, after a rollback, what it was before the trial', () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom('place', 'remove', 'add', 'fork', 'back'), fc.nat(), arbitraryPod),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(fc.array(arbitraryEvent, { maxLength: 20 }), steps, (events, trial) => {
        const cluster = new Cluster();
        for (const event of events) cluster.apply(event);
        const before = told(cluster);
        const order = cluster.nodeSlots().map((slot) => [...cluster.podsOn(slot).keys()]);
        const mark = cluster.fork();
        tryOut(cluster, trial);
        cluster.rollback(mark);
        assert.deepEqual(told(cluster), before);
        assert.deepEqual(
          cluster.nodeSlots().map((slot) => [...cluster.podsOn(slot).keys()]),
          order,
        );
      }),
    );
  });
});

function tryOut(cluster: Cluster, steps: readonly (readonly [string, number, PodFacts])[]): void {
  const marks: ReturnType<Cluster['fork']>[] = [];
  for (const [index, [step, choice, pod]] of steps.entries()) {
    const slots = cluster.nodeSlots();
    const slot = slots[choice % Math.max(1, slots.length)];
    if (step === 'add') cluster.addNode(aNode({ name: `new-${index}` }));
    if (step === 'fork') marks.push(cluster.fork());
    if (step === 'back') {
      const mark = marks.pop();
      if (mark !== undefined) cluster.rollback(mark);
    }
    if (slot === undefined) continue;
    if (step === 'place') cluster.place({ ...pod, uid: `trial-${index}` }, slot);
    const [first] = cluster.podsOn(slot).values();
    if (step === 'remove' && first !== undefined) cluster.remove(first, slot);
  }
}

describe('alike pods', () => {
  it('share their spec, so that what they demand is worked out once', () => {
    const cluster = aCluster({ pods: podsOf('web', 3, { cpu: 100 }) });
    const demands = new Set([...cluster.pods()].map((pod) => cluster.resources.demands(pod.spec)));
    assert.equal(demands.size, 1);
  });
});
