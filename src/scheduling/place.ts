/** Placing a pod within a trial as the scheduler would: with its volumes, so that the next pod finds them taken. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { assumeVolumes } from './volume-plan.ts';

/** Within a trial: puts the pod, which fits the node, there; its claims take or await their volumes. */
export function placePod(cluster: Cluster, pod: PodFacts, slot: Slot): void {
  assumeVolumes(pod, cluster.node(slot), cluster.storage);
  cluster.place(pod, slot);
}
