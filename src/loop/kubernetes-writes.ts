/** The Kubernetes room's writes as the port that acting is written against (src/actuation/ports.ts). */
import { unreachable } from '../cluster/invariant.ts';
import type { KubernetesWrites, ObjectEvent } from '../actuation/ports.ts';
import type { EventRecorder, ObjectReference } from '../kubernetes/event-recorder.ts';
import { lookAtNode, registeredProviderIDs } from '../kubernetes/look-at-node.ts';
import type { WriteContext } from '../kubernetes/write-context.ts';
import { deploymentOf, replacePod } from '../kubernetes/write-deployment.ts';
import { changeNode } from '../kubernetes/write-node.ts';
import { evictPod } from '../kubernetes/write-pod.ts';

/** Where events about the autoscaler itself are shown, as Cluster Autoscaler's users know it. */
export interface StatusObject {
  readonly namespace: string;
  readonly name: string;
  /** '' while it is not known. */
  readonly uid: string;
}

/** `status`: `undefined` where none is kept, and events about it have nowhere to go. */
export function kubernetesWrites(
  context: WriteContext,
  recorder: EventRecorder,
  status: () => StatusObject | undefined,
): KubernetesWrites {
  return {
    changeNode: (node, change) => changeNode(context, node, change),
    evictPod: (pod, graceSeconds) => evictPod(context.client, pod, graceSeconds),
    lookAtNode: (node) => lookAtNode(context.client, node),
    registeredProviderIDs: () => registeredProviderIDs(context.client),
    deploymentOf: (replicaSet) => deploymentOf(context.client, replicaSet),
    replacePod: (deployment, podUid) => replacePod(context.client, deployment, podUid),
    recordEvent(event) {
      const object = referenceTo(event.object, status());
      if (object !== undefined) recorder.record({ ...event, object });
    },
  };
}

/** `undefined`: there is no such object. */
function referenceTo(object: ObjectEvent['object'], status: StatusObject | undefined): ObjectReference | undefined {
  switch (object.kind) {
    case 'Node':
      return { apiVersion: 'v1', kind: 'Node', namespace: '', name: object.name, uid: object.uid };
    case 'Pod':
    case 'ConfigMap':
      return { apiVersion: 'v1', kind: object.kind, namespace: object.namespace, name: object.name, uid: object.uid };
    case 'status':
      return status && { apiVersion: 'v1', kind: 'ConfigMap', ...status };
    default:
      return unreachable(object);
  }
}
