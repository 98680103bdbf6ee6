/**
 * After a start: nodes that carry the marks of a removal that nobody is at any more get them taken off. They can be used
 * again, and go through the whole decision again if they are still not needed; so no restart loses a node or leaves one
 * tainted (I8). A node whose instance is already being deleted is left to go.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { isToBeDeleted } from '../node-groups/taints.ts';
import type { Acting } from './acting.ts';
import { nodeCleanedUp, nodeCleanupFailed } from './events.ts';
import { cordonIsOurs, withoutMarks } from './node-marks.ts';

/** `ours`: whether a removal of this process is at the node. */
export function takeOffLeftovers(
  acting: Acting,
  cluster: Cluster,
  options: { readonly cordonNode: boolean },
  ours: (nodeName: string) => boolean,
): void {
  for (const slot of cluster.nodeSlots()) {
    const node = cluster.node(slot);
    if (cluster.isSimulated(slot) || !isToBeDeleted(node) || ours(node.name) || !isStaying(acting, node)) continue;
    acting.spawn(() => takeOff(acting, node, options.cordonNode));
  }
}

async function takeOff(acting: Acting, node: NodeFacts, cordons: boolean): Promise<void> {
  const change = withoutMarks(node.unschedulable && cordonIsOurs(node, cordons));
  const result = await acting.write((kubernetes) => kubernetes.changeNode(node, change));
  if (!result.ok) {
    acting.logger.warn('marks of an unfinished removal could not be taken off', {
      node: node.name,
      error: result.error.message,
    });
    acting.record(nodeCleanupFailed(node, result.error.message));
  } else if (result.value.kind === 'changed') {
    acting.logger.info('marks of an unfinished removal taken off', { node: node.name });
    acting.record(nodeCleanedUp(node));
  }
}

/** Nodes of other owners keep their taints: whoever set them may be at work. */
function isStaying({ provider }: Acting, { providerID }: NodeFacts): boolean {
  const instance = provider
    .nodeGroupForNode(providerID)
    ?.nodes()
    .find(({ id }) => id === providerID);
  return instance !== undefined && instance.state !== 'deleting';
}
