/** Nodes that are only thought of: like the group's other nodes, with the pods that each of them runs by itself. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { renamed } from './templates.ts';
import type { GroupTemplate } from './view.ts';

/** Within a trial: adds such a node under a name of its own. */
export function addSimulatedNode(cluster: Cluster, template: GroupTemplate, name: string): Slot {
  const slot = cluster.addNode(renamed(template.node, name));
  for (const pod of template.overhead) cluster.place(copyOf(pod, name), slot);
  return slot;
}

/** The same pod once more, on another node. */
export function copyOf(pod: PodFacts, nodeName: string): PodFacts {
  return { ...pod, uid: `${pod.uid}@${nodeName}`, nodeName };
}
