import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { aCluster, aNode, anAffinityTerm, aPod, aSpec, aSpread, GiB } from '../cluster/fixtures.test-support.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { ResourceTable } from '../cluster/resources.ts';
import { fits } from '../scheduling/runner.ts';
import type { EmptyNode, PackItem, Packing } from './packing.ts';
import { pack, sizeOn } from './packing.ts';
import { tiesOf } from './ties.ts';

const table = new ResourceTable();
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

function item(spec: PodSpecFacts, count: number): PackItem {
  return { spec, count, demands: table.demands(spec) };
}

/** An empty node of so much CPU, with room for more pods than that holds unless said. */
function empty(sketch: NodeSketch): EmptyNode {
  const { allocatable } = aNode(sketch);
  const free = [0, 1, 2, 3].map((column) => allocatable[table.name(column)] ?? 0);
  return { free, ports: [] };
}

function packCpu(demands: readonly (readonly [milliCpu: number, count: number])[], maxNodes = UNBOUNDED): Packing {
  const items = demands.map(([cpu, count]) => item(aSpec({ cpu }), count));
  return pack(items, empty({ cpu: 1000, pods: 10 }), maxNodes);
}

const onPort = aSpec({}, { hostPorts: [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 5555 }] });

describe('packing new nodes', () => {
  it('ES-01: puts two pods of 350m on a node of 1000m', () => {
    assert.deepEqual(packCpu([[350, 10]]), { nodes: 5, placed: [10] });
  });

  it('ES-02: is bounded by the places for pods', () => {
    assert.deepEqual(packCpu([[1, 20]]), { nodes: 2, placed: [20] });
  });

  it('ES-03: gives each pod with the same host port a node of its own', () => {
    assert.deepEqual(pack([item(onPort, 8)], empty({}), UNBOUNDED), { nodes: 8, placed: [8] });
  });

  it('keeps host ports that differ together, and off those of the node’s own pods', () => {
    const other = aSpec({}, { hostPorts: [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 80 }] });
    assert.equal(pack([item(onPort, 3), item(other, 3)], empty({}), UNBOUNDED).nodes, 3);
    assert.deepEqual(pack([item(onPort, 1)], { ...empty({}), ports: onPort.hostPorts }, UNBOUNDED), {
      nodes: 0,
      placed: [0],
    });
  });

  it('ES-04: opens no more nodes than it may', () => {
    assert.deepEqual(packCpu([[500, 20]], 5), { nodes: 5, placed: [10] });
  });

  it('ES-05: with a limit takes the large pods first, and uses what is left over', () => {
    assert.deepEqual(
      packCpu(
        [
          [500, 10],
          [50, 10],
        ],
        5,
      ),
      { nodes: 5, placed: [10, 0] },
    );
    assert.deepEqual(
      packCpu(
        [
          [400, 20],
          [50, 30],
        ],
        5,
      ),
      { nodes: 5, placed: [10, 20] },
    );
  });

  it('ES-10: packs 51,000 pods of two sizes as one by one would', () => {
    const packing = pack(
      [item(aSpec({ cpu: 95 }), 1000), item(aSpec({ cpu: 50 }), 50_000)],
      empty({ cpu: 1000 }),
      UNBOUNDED,
    );
    assert.deepEqual(packing, { nodes: 2595, placed: [1000, 50_000] });
  });

  it('opens no node for what does not fit one', () => {
    assert.deepEqual(
      packCpu([
        [1001, 5],
        [500, 2],
      ]),
      { nodes: 1, placed: [0, 2] },
    );
  });

  it('ES-12: measures size by shares of the node, places aside', () => {
    const allocatable = empty({ cpu: 1000, memory: 100 }).free;
    const size = (spec: PodSpecFacts): number => sizeOn(table.demands(spec), allocatable);
    assert.equal(size(aSpec({ cpu: 500, memory: 50 })), 1);
    assert.equal(size(aSpec()), 0);
    assert.equal(size(aSpec({ 'nvidia.com/gpu': 1 })), 0, 'of what the node has none, no share can be told');
  });
});

// ---- Properties -------------------------------------------------------------------------------------------------

const someSpec = fc
  .record({ cpu: fc.integer({ min: 0, max: 6 }), memory: fc.integer({ min: 0, max: 6 }), port: fc.nat(3) })
  .map(({ cpu, memory, port }) =>
    aSpec(
      { cpu: cpu * 100, memory: memory * 100 },
      { hostPorts: port === 0 ? [] : [{ hostIP: '0.0.0.0', protocol: 'TCP', port }] },
    ),
  );
const someItems = fc.array(fc.record({ spec: someSpec, count: fc.nat(9) }), { maxLength: 5 });
const someTemplate = fc
  .record({
    cpu: fc.integer({ min: 1, max: 10 }),
    memory: fc.integer({ min: 1, max: 10 }),
    pods: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ cpu, memory, pods }) => ({ cpu: cpu * 100, memory: memory * 100, pods }));
const someLimit = fc.oneof(fc.nat(4), fc.constant(UNBOUNDED));

/** The same thing done the slow and obvious way: pod by pod onto real nodes of a model. */
function packOneByOne(items: readonly PackItem[], template: NodeSketch, maxNodes: number): Packing {
  const cluster = aCluster({});
  return cluster.trial(() => {
    const slots: number[] = [];
    const placed = items.map(({ spec, count }, index) => {
      let done = 0;
      for (; done < count; done += 1) {
        const pod = aPod({ spec, uid: `uid-${index}-${done}` });
        let slot = slots.find((opened) => fits(cluster, pod, opened));
        if (slot === undefined && slots.length < maxNodes) {
          const added = cluster.addNode(aNode({ ...template, name: `new-${cluster.nodeCount()}` }));
          if (fits(cluster, pod, added)) slots.push((slot = added));
          else break;
        }
        if (slot === undefined) break;
        cluster.place(pod, slot);
        for (let column = 0; column < cluster.resources.size; column += 1) assert.ok(cluster.free(slot, column) >= 0);
      }
      return done;
    });
    return { nodes: slots.length, placed };
  });
}

describe('packing by arithmetic', () => {
  it('equals placing the pods one by one, for any pods, node and limit: it never overcommits', () => {
    fc.assert(
      fc.property(someItems, someTemplate, someLimit, (sketches, template, maxNodes) => {
        const items = sketches.map(({ spec, count }) => item(spec, count));
        const expected = packOneByOne(items, { ...template, name: 'unused' }, maxNodes);
        assert.deepEqual(pack(items, empty(template), maxNodes), expected);
      }),
      { numRuns: 300 },
    );
  });

  it('places no fewer pods for a higher limit', () => {
    fc.assert(
      fc.property(someItems, someTemplate, fc.nat(5), (sketches, template, maxNodes) => {
        const items = sketches.map(({ spec, count }) => item(spec, count));
        const total = (limit: number): number => pack(items, empty(template), limit).placed.reduce((a, b) => a + b, 0);
        assert.ok(total(maxNodes + 1) >= total(maxNodes));
      }),
    );
  });
});

// ---- Pods that other pods have a say about ------------------------------------------------------------------------

const REGION = 'topology.kubernetes.io/region';

interface Workload {
  readonly app: string;
  readonly count: number;
  readonly spec: PodSpecFacts;
}

/** What is known of new nodes before packing, and the workloads as items. */
function tied(
  workloads: readonly Workload[],
  template: NodeSketch,
  cluster = aCluster({}),
): { readonly items: readonly PackItem[]; readonly empty: EmptyNode } {
  return cluster.trial(() => {
    const slot = cluster.addNode(aNode({ labels: { [REGION]: 'ams' }, ...template, name: 'template' }));
    const items = workloads.map(({ app, count, spec }): PackItem => {
      const ties = tiesOf(cluster, aPod({ labels: { app }, spec }), slot);
      return { spec, count, ties, demands: cluster.resources.demands(spec) };
    });
    const columns = Array.from({ length: cluster.resources.size }, (_, column) => column);
    return { items, empty: { free: columns.map((column) => cluster.free(slot, column)), ports: [] } };
  });
}

function packTied(workloads: readonly Workload[], template: NodeSketch, cluster = aCluster({})): Packing {
  const { items, empty: node } = tied(workloads, template, cluster);
  return pack(items, node, UNBOUNDED);
}

function workload(app: string, count: number, spec: Partial<PodSpecFacts>, cpu = 100): Workload {
  return { app, count, spec: aSpec({ cpu }, spec) };
}

function overDomains(minDomains: number, count: number): Workload {
  return workload('web', count, { topologySpread: [aSpread({ app: 'web' }, { minDomains })] });
}

describe('packing pods that other pods have a say about', () => {
  it('gives each of 10,000 pods that keep apart by hostname a node of its own, and others the room beside them', () => {
    const apart = workload('db', 10_000, { requiredPodAntiAffinity: [anAffinityTerm({ app: 'db' })] });
    assert.deepEqual(packTied([apart, workload('web', 90_000, {})], { cpu: 1000 }), {
      nodes: 10_000,
      placed: [10_000, 90_000],
    });
  });

  it('spreads 1,000 pods evenly over the fewest nodes that hold them', () => {
    const spread = workload('web', 1000, { topologySpread: [aSpread({ app: 'web' })] });
    // What is left is the same on each node: ten more fit on each of the hundred.
    assert.deepEqual(packTied([spread, workload('api', 1000, {}, 10)], { cpu: 1100 }), {
      nodes: 100,
      placed: [1000, 1000],
    });
  });

  it('gives a new node no more than the skew above a node that can take none', () => {
    const full = aCluster({ nodes: [aNode({ name: 'full', cpu: 0 })] });
    const spread = workload('web', 10, { topologySpread: [aSpread({ app: 'web' }, { maxSkew: 2 })] });
    assert.deepEqual(packTied([spread], { cpu: 1000 }, full), { nodes: 5, placed: [10] });
  });

  it('opens as many nodes as minDomains asks for, when that is what it takes', () => {
    assert.equal(packTied([overDomains(3, 20)], { cpu: 1000 }).nodes, 3);
    assert.equal(packTied([overDomains(5, 3)], { cpu: 1000 }).nodes, 3);
  });

  it('keeps a group that wants to be together on a hostname on one node', () => {
    const together = workload('web', 25, { requiredPodAffinity: [anAffinityTerm({ app: 'web' })] });
    assert.deepEqual(packTied([together], { cpu: 1000 }), { nodes: 1, placed: [10] });
  });

  it('places pods after those that they want near, whatever the order', () => {
    const near = workload('web', 5, { requiredPodAffinity: [anAffinityTerm({ app: 'db' }, { topologyKey: REGION })] });
    assert.deepEqual(packTied([near, workload('db', 5, {})], { cpu: 1000 }), { nodes: 1, placed: [5, 5] });
    assert.deepEqual(packTied([near], { cpu: 1000 }), { nodes: 0, placed: [0] });
  });

  it('places one of those that keep apart within a region that all new nodes share', () => {
    const apart = workload('db', 3, {
      requiredPodAntiAffinity: [anAffinityTerm({ app: 'db' }, { topologyKey: REGION })],
    });
    assert.deepEqual(packTied([apart], { cpu: 1000 }), { nodes: 1, placed: [1] });
  });
});

const APPS = ['a', 'b', 'c'];
const someTie: fc.Arbitrary<Partial<PodSpecFacts>> = fc
  .record({
    kind: fc.constantFrom('none', 'apart', 'near', 'spread-region'),
    app: fc.constantFrom(...APPS),
    topologyKey: fc.constantFrom('kubernetes.io/hostname', REGION),
  })
  .map(({ kind, app, topologyKey }) => {
    if (kind === 'apart') return { requiredPodAntiAffinity: [anAffinityTerm({ app }, { topologyKey })] };
    if (kind === 'near') return { requiredPodAffinity: [anAffinityTerm({ app }, { topologyKey })] };
    return kind === 'none' ? {} : { topologySpread: [aSpread({ app }, { topologyKey: REGION })] };
  });
const someWorkloads = fc
  .array(fc.record({ tie: someTie, cpu: fc.integer({ min: 1, max: 6 }), count: fc.nat(7) }), { maxLength: 3 })
  .map((sketches) => sketches.map(({ tie, cpu, count }, index) => workload(APPS[index] ?? '', count, tie, cpu * 100)));
/** Pods that run already, in this region and in another. */
const someRunning = fc.array(fc.tuple(fc.constantFrom(...APPS), fc.constantFrom('near', 'far')), { maxLength: 3 });

function clusterWith(running: readonly (readonly [string, string])[]): Cluster {
  return aCluster({
    nodes: [
      aNode({ name: 'near', cpu: 0, labels: { [REGION]: 'ams' } }),
      aNode({ name: 'far', cpu: 0, labels: { [REGION]: 'fra' } }),
    ],
    pods: running.map(([app, nodeName], index) => aPod({ name: `r${index}`, labels: { app }, nodeName })),
  });
}

/** Pod by pod onto nodes of the model, those that wait for company again and again. */
function placeOneByOne(workloads: readonly Workload[], template: NodeSketch, cluster: Cluster): Packing {
  return cluster.trial(() => {
    const slots: number[] = [];
    const placeOf = (pod: PodFacts): number | undefined => {
      const opened = slots.find((slot) => fits(cluster, pod, slot));
      if (opened !== undefined) return opened;
      const name = `new-${cluster.nodeCount()}`;
      const mark = cluster.fork();
      const added = cluster.addNode(aNode({ labels: { [REGION]: 'ams' }, ...template, name }));
      if (fits(cluster, pod, added)) return slots[slots.push(added) - 1];
      cluster.rollback(mark);
      return undefined;
    };
    const placed = workloads.map(() => 0);
    const place = (index: number): number => {
      const { app, count, spec } = workloads[index] ?? workload('', 0, {});
      const before = placed[index] ?? 0;
      for (let next = before; next < count; next += 1) {
        const pod = aPod({ name: `${app}-${next}`, labels: { app }, spec });
        const slot = placeOf(pod);
        if (slot === undefined) break;
        cluster.place(pod, slot);
        placed[index] = next + 1;
      }
      return (placed[index] ?? 0) - before;
    };
    for (const index of workloads.keys()) place(index);
    const waiting = [...workloads.keys()].filter((index) => workloads[index]?.spec.requiredPodAffinity.length === 1);
    for (let more = true; more;) more = waiting.map(place).some((now) => now > 0);
    return { nodes: slots.length, placed };
  });
}

describe('packing coupled pods by counts', () => {
  it('equals placing them one by one on nodes of the model', () => {
    fc.assert(
      fc.property(someWorkloads, someTemplate, someRunning, (workloads, template, running) => {
        const counted = packTied(workloads, { ...template, memory: 8 * GiB }, clusterWith(running));
        const placed = placeOneByOne(workloads, { ...template, memory: 8 * GiB }, clusterWith(running));
        assert.deepEqual(counted, placed);
      }),
      { numRuns: 300 },
    );
  });

  it('needs, for pods spread over hostnames, no more nodes than the scheduler can fill, and no fewer', () => {
    const someSpread = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      maxSkew: fc.integer({ min: 1, max: 3 }),
      minDomains: fc.constantFrom(undefined, 2, 4),
    });
    fc.assert(
      fc.property(someSpread, someTemplate, someRunning, ({ count, maxSkew, minDomains }, template, running) => {
        const spread = workload('a', count, { topologySpread: [aSpread({ app: 'a' }, { maxSkew, minDomains })] });
        const { nodes, placed } = packTied([spread], { ...template, memory: 8 * GiB }, clusterWith(running));
        const schedulerPlaces = (newNodes: number): number =>
          placeEvenly(spread, { ...template, memory: 8 * GiB }, { cluster: clusterWith(running), newNodes });
        assert.equal(schedulerPlaces(nodes), placed[0]);
        if (nodes > 0) assert.ok(schedulerPlaces(nodes - 1) < count, 'one node fewer would not do');
      }),
      { numRuns: 300 },
    );
  });
});

/** How many of the pods find a place on so many new nodes, each pod on the node with the fewest. */
function placeEvenly(
  { app, count, spec }: Workload,
  template: NodeSketch,
  { cluster, newNodes }: { readonly cluster: Cluster; readonly newNodes: number },
): number {
  return cluster.trial(() => {
    for (let index = 0; index < newNodes; index += 1) cluster.addNode(aNode({ ...template, name: `new-${index}` }));
    for (let next = 0; next < count; next += 1) {
      const pod = aPod({ name: `${app}-${next}`, labels: { app }, spec });
      const [slot] = cluster
        .nodeSlots()
        .filter((candidate) => fits(cluster, pod, candidate))
        .toSorted((x, y) => cluster.podsOn(x).size - cluster.podsOn(y).size);
      if (slot === undefined) return next;
      cluster.place(pod, slot);
    }
    return count;
  });
}
