/** The events that tell people what was done, by the reasons that users of Cluster Autoscaler know. */
import type { NodeIdentity, ObjectEvent, PodIdentity } from './ports.ts';

export function nodeMarked(node: NodeIdentity): ObjectEvent {
  return onNode(node, 'Normal', 'ScaleDown', 'marked the node as toBeDeleted/unschedulable');
}

export function nodeRemoved(node: NodeIdentity): ObjectEvent {
  return onNode(node, 'Normal', 'ScaleDown', 'node removed by the autoscaler');
}

export function nodeRemovalFailed(node: NodeIdentity, drains: boolean, message: string): ObjectEvent {
  const what = drains ? 'failed to drain and delete the node' : 'failed to delete the empty node';
  return onNode(node, 'Warning', 'ScaleDownFailed', `${what}: ${message}`);
}

/** After a restart. */
export function nodeTakenUp(node: NodeIdentity): ObjectEvent {
  return onNode(node, 'Normal', 'ScaleDown', 'going on with the removal of the node that was under way');
}

export function nodeCleanedUp(node: NodeIdentity): ObjectEvent {
  return onNode(node, 'Normal', 'ClusterAutoscalerCleanup', 'marks of an unfinished removal were taken off the node');
}

export function nodeCleanupFailed(node: NodeIdentity, message: string): ObjectEvent {
  return onNode(
    node,
    'Warning',
    'ClusterAutoscalerCleanup',
    `marks of an unfinished removal could not be taken off: ${message}`,
  );
}

export function podEvictionStarted(pod: PodIdentity): ObjectEvent {
  return onPod(pod, 'Normal', 'ScaleDown', 'deleting pod for node scale down');
}

export function podEvictionFailed(pod: PodIdentity, message: string): ObjectEvent {
  return onPod(pod, 'Warning', 'ScaleDownFailed', `failed to evict the pod for node scale down: ${message}`);
}

/** At the start of a removal. */
export function scaleDownStarted(
  removal: { node: string; drains: boolean; because: string },
  pods: readonly string[],
): ObjectEvent {
  if (!removal.drains) return onStatus('Normal', 'ScaleDownEmpty', `Scale-down: removing empty node "${removal.node}"`);
  const moving = pods.length === 0 ? 'none' : pods.join(', ');
  return onStatus(
    'Normal',
    'ScaleDown',
    `Scale-down: removing node ${removal.node}, ${removal.because}, pods to reschedule: ${moving}`,
  );
}

/** When the instance is gone. */
export function scaleDownDone(removal: { node: string; drains: boolean }): ObjectEvent {
  return removal.drains
    ? onStatus('Normal', 'ScaleDown', `Scale-down: node ${removal.node} removed with drain`)
    : onStatus('Normal', 'ScaleDownEmpty', `Scale-down: empty node ${removal.node} removed`);
}

/** One group's resize, for people. */
export interface ResizeWords {
  readonly groupName: string;
  readonly from: number;
  readonly to: number;
  readonly maxSize: number;
}

export function triggeredScaleUp(pod: PodIdentity, resizes: readonly ResizeWords[]): ObjectEvent {
  const groups = resizes.map(({ groupName, from, to, maxSize }) => `{${groupName} ${from}->${to} (max: ${maxSize})}`);
  return onPod(pod, 'Normal', 'TriggeredScaleUp', `pod triggered scale-up: [${groups.join(' ')}]`);
}

/** So many groups are named with each reason; an event's message has an end. */
const MOST_NAMES = 3;

/** `reasons`: one for each group that does not help, in the scheduler's words. */
export function notTriggeredScaleUp(
  pod: PodIdentity,
  reasons: readonly { readonly group: string; readonly words: string }[],
): ObjectEvent {
  const words = [...Map.groupBy(reasons, (reason) => reason.words)].map(([reason, alike]) => {
    const names = alike.slice(0, MOST_NAMES).map(({ group }) => group);
    const more = alike.length > MOST_NAMES ? `, and ${alike.length - MOST_NAMES} more` : '';
    return `${alike.length} ${reason} (${names.join(', ')}${more})`;
  });
  return onPod(pod, 'Normal', 'NotTriggerScaleUp', `pod didn't trigger scale-up: ${words.join(', ')}`);
}

export function resizeStarted(groupName: string, from: number, to: number): ObjectEvent {
  return onStatus('Normal', 'ScaledUpGroup', `Scale-up: setting group ${groupName} size to ${to} instead of ${from}`);
}

export function resizeDone(groupName: string, to: number): ObjectEvent {
  return onStatus('Normal', 'ScaledUpGroup', `Scale-up: group ${groupName} size set to ${to}`);
}

export function resizeFailed(groupName: string, message: string): ObjectEvent {
  return onStatus('Warning', 'FailedToScaleUpGroup', `Scale-up failed for group ${groupName}: ${message}`);
}

export function withdrawalFailed(groupName: string, message: string): ObjectEvent {
  const what = `Failed to decrease target size for group ${groupName} after scale-up timeout: ${message}`;
  return onStatus('Warning', 'FailedToRevertScaleUp', what);
}

/** `why`: in a word, where nodes could not be created; `undefined`: they were, and did not register in time. */
export function nodesFailed(
  { group, nodes, message }: { readonly group: string; readonly nodes: number; readonly message: string },
  why: string | undefined,
): ObjectEvent {
  if (why === undefined) {
    return onStatus('Warning', 'ScaleUpTimedOut', `Nodes added to group ${group} failed to register: ${message}`);
  }
  const what = `Failed adding ${nodes} nodes to group ${group} due to ${why}; source errors: ${message}`;
  return onStatus('Warning', 'ScaleUpFailed', what);
}

export function clusterUnhealthy(message: string): ObjectEvent {
  return onStatus('Warning', 'ClusterUnhealthy', message);
}

export function maxNodesReached(limit: number): ObjectEvent {
  return onStatus('Warning', 'MaxNodesTotalReached', `Max total nodes in cluster reached: ${limit}`);
}

export function instanceDeleted(instanceId: string): ObjectEvent {
  return onStatus('Normal', 'DeleteUnregistered', `Removed unregistered node ${instanceId}`);
}

export function instanceDeletionFailed(instanceId: string, message: string): ObjectEvent {
  return onStatus('Warning', 'DeleteUnregisteredFailed', `Failed to remove node ${instanceId}: ${message}`);
}

function onNode(node: NodeIdentity, type: ObjectEvent['type'], reason: string, message: string): ObjectEvent {
  return { object: { kind: 'Node', name: node.name, uid: node.uid }, type, reason, message };
}

function onPod(pod: PodIdentity, type: ObjectEvent['type'], reason: string, message: string): ObjectEvent {
  const { namespace, name, uid } = pod;
  return { object: { kind: 'Pod', namespace, name, uid }, type, reason, message };
}

function onStatus(type: ObjectEvent['type'], reason: string, message: string): ObjectEvent {
  return { object: { kind: 'status' }, type, reason, message };
}
