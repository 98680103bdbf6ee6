import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { NodeSelectorTerm } from '../cluster/facts.ts';
import { aCluster, aNode, aPod, aTaint, aToleration, GiB } from '../cluster/fixtures.test-support.ts';
import { schedulerMessage } from '../explain/text.ts';
import { countRejections } from './rejections.ts';
import { firstFit } from './first-fit.ts';
import { checkFit, fits } from './runner.ts';
import { ask, reasonsOf } from './verdicts.test-support.ts';

function field(operator: string, key: string, ...values: string[]): NodeSelectorTerm {
  return { matchExpressions: [], matchFields: [{ key, operator, values }] };
}

describe('the first node that fits', () => {
  it('is the first by name, or among those that are asked for', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'b' }), aNode({ name: 'a', cpu: 100 }), aNode({ name: 'c' })] });
    const pod = aPod({ cpu: 500 });
    const [a = -1, b = -1, c = -1] = cluster.nodeSlots();
    assert.equal(firstFit(cluster, pod), b);
    assert.equal(firstFit(cluster, pod, { among: 'all', admits: (slot) => slot !== b }), c);
    assert.equal(firstFit(cluster, pod, { among: 'real', admits: (slot) => slot === a }), undefined);
    assert.equal(firstFit(cluster, pod, { among: 'simulated', admits: () => true }), undefined);
  });

  it('is looked for only where a pod that names its nodes may run', () => {
    const cluster = aCluster({ nodes: [aNode({ name: 'a' }), aNode({ name: 'b' })] });
    const pod = aPod({
      spec: { requiredNodeAffinity: [field('In', 'metadata.name', 'gone'), field('In', 'metadata.name', 'b')] },
    });
    assert.equal(firstFit(cluster, pod), cluster.slotOf('b'));
  });
});

describe('rejections, counted', () => {
  it('group nodes by reason with the nearest miss, as the scheduler counts them', () => {
    const cluster = aCluster({
      nodes: [
        aNode({ name: 'a', cpu: 1000 }),
        aNode({ name: 'b', cpu: 2000, memory: GiB }),
        aNode({ name: 'c', taints: [aTaint('t')] }),
      ],
    });
    assert.deepEqual(countRejections(cluster, aPod({ cpu: 3000, memory: 2 * GiB }), cluster.nodeSlots()), [
      {
        nodes: 2,
        reason: { code: 'InsufficientResource', resource: 'cpu', requested: 3000, free: 2000, allocatable: 2000 },
      },
      {
        nodes: 1,
        reason: { code: 'InsufficientResource', resource: 'memory', requested: 2 * GiB, free: GiB, allocatable: GiB },
      },
      { nodes: 1, reason: { code: 'UntoleratedTaint', taint: aTaint('t') } },
    ]);
  });
});

// ---- Properties -------------------------------------------------------------------------------------------------

const somePod = fc
  .record({
    cpu: fc.nat(6),
    gpu: fc.nat(1),
    port: fc.nat(2),
    selector: fc.constantFrom({}, { pool: 'x' }),
    tolerant: fc.boolean(),
    affine: fc.constantFrom(undefined, [
      { matchExpressions: [{ key: 'pool', operator: 'Exists', values: [] }], matchFields: [] },
    ]),
    volume: fc.boolean(),
  })
  .map(({ cpu, gpu, port, selector, tolerant, affine, volume }) =>
    aPod({
      cpu: cpu * 500,
      requests: { 'nvidia.com/gpu': gpu },
      spec: {
        nodeSelector: selector,
        hostPorts: port === 0 ? [] : [{ hostIP: '0.0.0.0', protocol: 'TCP', port }],
        tolerations: tolerant ? [aToleration('')] : [],
        requiredNodeAffinity: affine,
        volumes: volume ? [{ kind: 'ephemeral', name: 'scratch' }] : [],
      },
    }),
  );

const someNode = fc
  .record({
    cpu: fc.nat(6),
    gpu: fc.nat(1),
    pods: fc.nat(3),
    pool: fc.constantFrom('x', 'y', undefined),
    cordoned: fc.boolean(),
    tainted: fc.boolean(),
  })
  .map(({ cpu, gpu, pods, pool, cordoned, tainted }) => ({
    cpu: cpu * 500,
    pods,
    resources: { 'nvidia.com/gpu': gpu },
    labels: pool === undefined ? {} : { pool },
    unschedulable: cordoned,
    taints: tainted ? [aTaint('t')] : [],
  }));

describe('the filters, whatever they are asked', () => {
  it('give the same answer quickly and in full, and a node that is filled by it keeps its bounds', () => {
    fc.assert(
      fc.property(
        fc.array(someNode, { minLength: 1, maxLength: 4 }),
        fc.array(somePod, { maxLength: 12 }),
        (sketches, pods) => {
          const cluster = aCluster({ nodes: sketches.map((sketch, index) => aNode({ ...sketch, name: `n${index}` })) });
          cluster.trial(() => {
            for (const [index, pod] of pods.entries()) {
              const fitting = cluster.nodeSlots().filter((slot) => checkFit(cluster, pod, slot).fits);
              assert.equal(firstFit(cluster, pod), fitting[0]);
              assert.deepEqual(
                cluster.nodeSlots().filter((slot) => fits(cluster, pod, slot)),
                fitting,
              );
              const [slot] = fitting;
              if (slot !== undefined) cluster.place({ ...pod, uid: `uid-${index}` }, slot);
            }
            for (const slot of cluster.nodeSlots()) {
              for (let column = 0; column < cluster.resources.size; column += 1)
                assert.ok(cluster.free(slot, column) >= 0);
            }
          });
        },
      ),
    );
  });

  it('never turn away a pod for more capacity', () => {
    fc.assert(
      fc.property(someNode, somePod, fc.nat(4), (sketch, pod, more) => {
        const node = aNode(sketch);
        const bigger = aNode({ ...sketch, cpu: sketch.cpu + more * 500, pods: sketch.pods + more });
        if (ask(pod, node).fits) assert.ok(ask(pod, bigger).fits);
      }),
    );
  });

  it('count rejections as asking node by node does', () => {
    fc.assert(
      fc.property(fc.array(someNode, { maxLength: 6 }), somePod, (sketches, pod) => {
        const cluster = aCluster({ nodes: sketches.map((sketch, index) => aNode({ ...sketch, name: `n${index}` })) });
        const counted = countRejections(cluster, pod, cluster.nodeSlots());
        const asked = new Map<string, number>();
        for (const slot of cluster.nodeSlots()) {
          for (const reason of reasonsOf(checkFit(cluster, pod, slot))) {
            const words = schedulerMessage(reason);
            asked.set(words, (asked.get(words) ?? 0) + 1);
          }
        }
        assert.deepEqual(new Map(counted.map(({ reason, nodes }) => [schedulerMessage(reason), nodes])), asked);
      }),
    );
  });
});
