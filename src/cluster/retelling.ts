/**
 * The model as the events by which the watches would tell of it: applied in this order to an empty model, they make one of
 * which every question gets the same answer. The order of pods on their nodes, and of those that wait, is kept.
 */
import type { Cluster } from './cluster.ts';
import type { ClusterEvent, PodFacts } from './facts.ts';
import { invariant } from './invariant.ts';

export function retold(cluster: Cluster): readonly ClusterEvent[] {
  return [...surroundings(cluster), ...nodes(cluster), ...pods(cluster), ...safeguards(cluster)];
}

function* surroundings({ deviceClasses, namespaces, priorities, storage }: Cluster): Generator<ClusterEvent> {
  for (const namespace of namespaces.values()) yield { kind: 'namespace', namespace };
  for (const deviceClass of deviceClasses.values()) yield { kind: 'device-class', deviceClass };
  yield* priorities.retold();
  yield* storage.retold();
}

function* nodes(cluster: Cluster): Generator<ClusterEvent> {
  for (const slot of cluster.nodeSlots()) {
    invariant(cluster.isReal(slot), 'a model is retold outside trials');
    yield { kind: 'node', node: cluster.node(slot) };
  }
}

function* pods(cluster: Cluster): Generator<ClusterEvent> {
  const told = new Set<PodFacts>();
  for (const slot of cluster.nodeSlots()) for (const pod of cluster.podsOn(slot).values()) told.add(pod);
  for (const pod of cluster.pendingPods()) told.add(pod);
  // What is left has ended, or is on a node that is not known.
  for (const pod of cluster.pods()) told.add(pod);
  for (const pod of told) yield { kind: 'pod', pod };
}

function* safeguards(cluster: Cluster): Generator<ClusterEvent> {
  for (const pdb of cluster.podDisruptionBudgets()) yield { kind: 'pdb', pdb };
  for (const controller of cluster.controllers()) yield { kind: 'controller', controller };
}
