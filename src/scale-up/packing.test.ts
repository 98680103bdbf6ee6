import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PodSpecFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod, aSpec } from '../cluster/fixtures.test-support.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { ResourceTable } from '../cluster/resources.ts';
import { fits } from '../scheduling/runner.ts';
import type { EmptyNode, PackItem, Packing } from './packing.ts';
import { pack, sizeOn } from './packing.ts';

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
