/** The product's answers against a slow reference that works everything out anew (reference-scheduler.ts). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Cluster } from '../src/cluster/cluster.ts';
import type { ClusterEvent, NodeFacts, PodFacts } from '../src/cluster/facts.ts';
import { firstFit } from '../src/scheduling/first-fit.ts';
import { checkFit, fits } from '../src/scheduling/runner.ts';
import { NAMESPACE_LABELS, someNodes, somePods } from './random-clusters.ts';
import type { Placed, World } from './reference-scheduler.ts';
import { firstFitting, verdict } from './reference-scheduler.ts';

/** A model to which namespaces are known, and the events that make it. */
function modelOf(events: readonly ClusterEvent[]): Cluster {
  const cluster = new Cluster();
  for (const [name, labels] of NAMESPACE_LABELS) {
    cluster.apply({ kind: 'namespace', namespace: { name, uid: name, labels } });
  }
  for (const event of events) cluster.apply(event);
  return cluster;
}

function ourVerdict(cluster: Cluster, pod: PodFacts, node: NodeFacts): string {
  const slot = cluster.slotOf(node.name) ?? -1;
  const ours = checkFit(cluster, pod, slot);
  assert.equal(fits(cluster, pod, slot), ours.fits, 'the quick answer is the full one');
  return ours.fits ? 'fits' : `${ours.plugin}${ours.resolvable ? '' : '!'}`;
}

function agree(cluster: Cluster, world: World, pods: readonly PodFacts[]): void {
  for (const pod of pods) {
    for (const node of world.nodes) {
      assert.equal(ourVerdict(cluster, pod, node), verdict(world, pod, node), `${pod.name} on ${node.name}`);
    }
    const first = firstFit(cluster, pod);
    assert.equal(first === undefined ? undefined : cluster.node(first).name, firstFitting(world, pod)?.name, pod.name);
  }
}

describe('the scheduler’s answers', () => {
  it('are those of the slow reference, pod after pod as they are placed, and after taking it all back', () => {
    fc.assert(
      fc.property(someNodes, somePods, fc.infiniteStream(fc.nat()), (nodes, pods, dice) => {
        const cluster = modelOf(nodes.map((node) => ({ kind: 'node', node })));
        const empty: World = { nodes, placed: [], namespaces: NAMESPACE_LABELS };
        cluster.trial(() => {
          const placed: Placed[] = [];
          for (const pod of pods) {
            agree(cluster, { ...empty, placed }, [pod]);
            // Anywhere, whether it fits or not: what runs has not always come by the scheduler.
            const node = nodes[Number(dice.next().value) % nodes.length];
            if (node === undefined) continue;
            cluster.place(pod, cluster.slotOf(node.name) ?? -1);
            placed.push({ pod, node });
          }
          const gone = placed.splice(Number(dice.next().value) % (placed.length + 1), 1);
          for (const { pod, node } of gone) cluster.remove(pod, cluster.slotOf(node.name) ?? -1);
          agree(cluster, { ...empty, placed }, pods);
        });
        agree(cluster, empty, pods);
      }),
      { numRuns: 150 },
    );
  });

  it('do not depend on how the model came to know what it knows', () => {
    fc.assert(
      fc.property(someNodes, somePods, fc.infiniteStream(fc.nat()), (nodes, pods, dice) => {
        const roll = (below: number): number => Number(dice.next().value) % below;
        const placed = pods.map((pod): Placed => {
          const node = nodes[roll(nodes.length)];
          assert.ok(node !== undefined);
          return { pod: { ...pod, nodeName: node.name }, node };
        });
        const events: ClusterEvent[] = [
          ...nodes.map((node): ClusterEvent => ({ kind: 'node', node })),
          ...placed.map(({ pod }): ClusterEvent => ({ kind: 'pod', pod })),
          // Said differently before: other labels of the node, the pod elsewhere.
          ...nodes.map((node): ClusterEvent => ({ kind: 'node', node: { ...node, labels: { zone: 'b' } } })),
          ...placed.map(({ pod }): ClusterEvent => ({ kind: 'pod', pod: { ...pod, nodeName: 'node-0' } })),
        ];
        const last = events.slice(0, nodes.length + placed.length);
        const shuffled = events.map((event) => ({ event, rank: roll(1000) })).toSorted((a, b) => a.rank - b.rank);
        const cluster = modelOf(shuffled.map(({ event }) => event));
        // Counters that were asked for early have to be kept right by all that comes.
        for (const pod of pods) firstFit(cluster, pod);
        for (const event of last) cluster.apply(event);
        agree(cluster, { nodes, placed, namespaces: NAMESPACE_LABELS }, pods);
      }),
      { numRuns: 150 },
    );
  });
});
