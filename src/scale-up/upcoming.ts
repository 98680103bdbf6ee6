/**
 * Nodes that are on their way, put into the trial as if they were there, so that nothing is asked for twice. A node
 * that registered but is not ready is represented with the pods that it already holds.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { belongsToNode } from '../node-groups/readiness.ts';
import { addSimulatedNode, copyOf } from '../node-groups/simulated-nodes.ts';
import type { NodeGroupView } from '../node-groups/view.ts';

export interface UpcomingNode {
  readonly slot: Slot;
  readonly view: NodeGroupView;
}

/**
 * Adds the upcoming nodes of all groups to the open trial, in the groups' order, with those that the pass asks for
 * whatever the pods are. Groups without a template add none.
 */
export function addUpcomingNodes(
  cluster: Cluster,
  views: readonly NodeGroupView[],
  raises: readonly { readonly view: NodeGroupView; readonly nodes: number }[] = [],
): UpcomingNode[] {
  const added: UpcomingNode[] = [];
  for (const view of views) {
    const { template, upcoming: onTheirWay, standIns } = view;
    if (template === undefined) continue;
    const upcoming = onTheirWay + (raises.find((raise) => raise.view === view)?.nodes ?? 0);
    for (let index = 0; index < upcoming; index += 1) {
      const name = `${template.node.name}-upcoming-${index}`;
      const slot = addSimulatedNode(cluster, template, name);
      const registered = standIns[index];
      const held = registered === undefined ? [] : [...cluster.podsOn(registered).values()];
      for (const pod of held) if (!belongsToNode(pod)) cluster.place(copyOf(pod, name), slot);
      added.push({ slot, view });
    }
  }
  return added;
}
