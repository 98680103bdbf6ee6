import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Cluster } from './cluster.ts';
import type { LabelSelector, PodFacts } from './facts.ts';
import { aCluster, aNode, aPod } from './fixtures.test-support.ts';
import type { PodSelection } from './pod-selection.ts';
import { selects } from './pod-selection.ts';

const NODES = ['a', 'b', 'c'];
const HOST = 'kubernetes.io/hostname';
const NAMESPACES = ['shop', 'bank'];
const VALUES = ['x', 'y', 'z'];

const someLabels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom(...VALUES));
const someSelector: fc.Arbitrary<LabelSelector> = fc.record({
  requirements: fc.array(
    fc.record({
      key: fc.constantFrom('app', 'tier'),
      operator: fc.constantFrom('In', 'In', 'NotIn', 'Exists', 'DoesNotExist'),
      // The same value may well be written twice.
      values: fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
});
const someSelection: fc.Arbitrary<PodSelection> = fc.record({
  labels: fc.option(someSelector, { nil: undefined, freq: 8 }),
  namespaces: fc.subarray(NAMESPACES),
  namespaceSelector: fc.option(fc.constant({ requirements: [] }), { nil: undefined, freq: 2 }),
});

type Step =
  | { readonly kind: 'pod'; readonly pod: Pick<PodFacts, 'namespace' | 'labels' | 'nodeName'>; readonly shuns: boolean }
  | { readonly kind: 'gone'; readonly index: number }
  /** All counters are made anew. */
  | { readonly kind: 'relabelled'; readonly namespace: string }
  | { readonly kind: 'count'; readonly selections: readonly PodSelection[] };

const somePod = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels: someLabels,
  nodeName: fc.constantFrom(...NODES),
});
const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pod' as const), pod: somePod, shuns: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gone' as const), index: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('relabelled' as const), namespace: fc.constantFrom(...NAMESPACES) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('count' as const),
      selections: fc.array(someSelection, { minLength: 1, maxLength: 2 }),
    }),
  },
);

describe('what counts pods', () => {
  it('counts those that are selected, and knows who is, in whichever order pods come, go and are asked for', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 60, size: 'max' }), someSelection, (steps, shunned) => {
        const nodes = NODES.map((name) => aNode({ name }));
        const cluster = aCluster({ nodes });
        let placed: readonly PodFacts[] = [];
        const come: PodFacts[] = [];
        const asked: (readonly PodSelection[])[] = [];
        for (const [index, step] of steps.entries()) {
          switch (step.kind) {
            case 'pod': {
              const pod = aPod({ ...step.pod, name: `pod-${index}`, spec: step.shuns ? shunning(shunned) : {} });
              cluster.apply({ kind: 'pod', pod });
              placed = [...placed, pod];
              come.push(pod);
              break;
            }
            case 'gone': {
              const pod = placed[step.index % Math.max(1, placed.length)];
              if (pod !== undefined) cluster.apply({ ...pod, kind: 'pod-gone' });
              placed = placed.filter((other) => other !== pod);
              break;
            }
            case 'relabelled': {
              const namespace = { name: step.namespace, uid: step.namespace, labels: { step: `${index}` } };
              cluster.apply({ kind: 'namespace', namespace });
              assertRepels(cluster, placed, { shunned, among: come });
              break;
            }
            default:
              asked.push(step.selections);
          }
          for (const selections of asked) assertCounts(cluster, placed, selections);
        }
        assertRepels(cluster, placed, { shunned, among: come });
        const asLate = aCluster({ nodes, pods: placed });
        for (const selections of asked) assertCounts(asLate, placed, selections);
      }),
      { numRuns: 120 },
    );
  });
});

function shunning({ labels, namespaces, namespaceSelector }: PodSelection): Partial<PodFacts['spec']> {
  const term = { labelSelector: labels, namespaces, namespaceSelector, topologyKey: HOST };
  return { requiredPodAntiAffinity: [{ ...term, matchLabelKeys: [], mismatchLabelKeys: [] }] };
}

/** Each node, and each pod, as asking every pod in turn has it. */
function assertCounts(cluster: Cluster, placed: readonly PodFacts[], selections: readonly PodSelection[]): void {
  const { coupling } = cluster;
  const tally = coupling.tally({ topologyKey: HOST, selections, countsLeaving: true });
  const isCounted = (pod: PodFacts): boolean => selections.every((selection) => selects(selection, pod, {}));
  for (const name of NODES) {
    const expected = placed.filter((pod) => pod.nodeName === name && isCounted(pod)).length;
    assert.equal(tally.at(cluster.slotOf(name) ?? -1), expected, `pods on ${name}`);
  }
  for (const pod of placed) {
    const times = coupling.countersOf(coupling.kindOf(pod)).filter((counter) => counter === tally).length;
    assert.equal(times, isCounted(pod) ? 1 : 0, `${pod.name} is counted once, or not at all`);
  }
}

/** Pods that have gone are asked about as well: others like them may wait for a node. */
function assertRepels(
  { coupling }: Cluster,
  placed: readonly PodFacts[],
  { shunned, among }: { readonly shunned: PodSelection; readonly among: readonly PodFacts[] },
): void {
  for (const pod of among) {
    const shunners = placed.filter((other) => {
      const own = shunned.namespaces.length === 0 && shunned.namespaceSelector === undefined;
      const selection = own ? { ...shunned, namespaces: [other.namespace] } : shunned;
      return other.spec.requiredPodAntiAffinity.length > 0 && selects(selection, pod, {});
    });
    const repelling = coupling.repelling(coupling.kindOf(pod));
    assert.equal(new Set(repelling).size, repelling.length, 'each is named once');
    const repelled = repelling.reduce((sum, { tally }) => sum + tally.total, 0);
    assert.equal(repelled, shunners.length, `so many pods shun ${pod.name}`);
  }
}
