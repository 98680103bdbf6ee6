/** Whether an event is a reason to look, and how urgent. Asked before the event is applied to the model. */
import { type Cluster, isTerminal } from '../cluster/cluster.ts';
import { isReady } from '../node-groups/readiness.ts';
import type { ClusterEvent, NodeFacts, PodFacts } from '../cluster/facts.ts';
import type { TriggerReason } from './triggers.ts';

/** @param isRemoving - whether a node of that name is being emptied: its pods' leaving brings the removal on */
export function triggerOf(
  event: ClusterEvent,
  cluster: Cluster,
  isRemoving: (nodeName: string) => boolean,
): TriggerReason | undefined {
  switch (event.kind) {
    case 'pod':
      return ofPod(event.pod, cluster.pod(event.pod.namespace, event.pod.name));
    case 'pod-gone': {
      const nodeName = cluster.pod(event.namespace, event.name)?.nodeName ?? '';
      return isRemoving(nodeName) ? 'drain-progressed' : 'pod-left';
    }
    case 'node':
      return ofNode(event.node, cluster);
    case 'node-gone':
      return 'node-changed';
    case 'pdb':
    case 'pdb-gone':
    case 'controller':
    case 'controller-gone':
      // They decide what may be removed, which is in no hurry: the next pass sees them.
      return undefined;
    default:
      // Storage, namespaces and device classes: the scheduler looks again itself, and the next pass sees them.
      return undefined;
  }
}

function ofPod(pod: PodFacts, before: PodFacts | undefined): TriggerReason | undefined {
  const waits = pod.nodeName === '' && pod.unschedulable && !isTerminal(pod);
  if (waits && !(before?.uid === pod.uid && before.unschedulable)) return 'pod-unschedulable';
  const leaves = isTerminal(pod) || pod.deletion !== undefined;
  return leaves && before !== undefined && !isTerminal(before) && before.deletion === undefined
    ? 'pod-left'
    : undefined;
}

/** Heartbeats and annotations are no reason; what decides where pods fit, is. */
function ofNode(node: NodeFacts, cluster: Cluster): TriggerReason | undefined {
  const slot = cluster.slotOf(node.name);
  if (slot === undefined) return 'node-changed';
  const before = cluster.node(slot);
  // A node comes up in several steps; until it is ready, none of them changes what can be decided.
  if (before.uid === node.uid && !isReady(before) && !isReady(node) && before.deleting === node.deleting)
    return undefined;
  const same =
    before.uid === node.uid &&
    before.unschedulable === node.unschedulable &&
    before.deleting === node.deleting &&
    before.providerID === node.providerID &&
    isReady(before) === isReady(node) &&
    JSON.stringify([before.taints, before.labels, before.allocatable]) ===
      JSON.stringify([node.taints, node.labels, node.allocatable]);
  return same ? undefined : 'node-changed';
}
