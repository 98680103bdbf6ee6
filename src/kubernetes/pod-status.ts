/** What a pod's status says, from either wire format, and the facts made of it. */
import type { ClusterEvent, PodFacts, PodPhase, PodSpecFacts } from '../cluster/facts.ts';
import { checkIdentity, type ObjectMetadata } from './object-metadata.ts';
import { objectKey, type Decoded } from './decode-result.ts';

export interface PodStatusShape {
  phase: string;
  nominatedNodeName: string;
  unschedulable: boolean;
  heldBackBy: string;
  scheduledConditionAtMs: number | undefined;
  ready: boolean;
  resizeInfeasible: boolean;
}

export interface ConditionShape {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly lastTransitionAtMs: number | undefined;
}

export function newPodStatus(): PodStatusShape {
  return {
    phase: '',
    nominatedNodeName: '',
    unschedulable: false,
    heldBackBy: '',
    scheduledConditionAtMs: undefined,
    ready: false,
    resizeInfeasible: false,
  };
}

/** Takes in one of the pod's conditions. */
export function applyPodCondition(status: PodStatusShape, condition: ConditionShape): void {
  if (condition.type === 'PodScheduled') {
    status.unschedulable = condition.status === 'False' && condition.reason === 'Unschedulable';
    status.heldBackBy = condition.status === 'False' && !status.unschedulable ? condition.reason : '';
    status.scheduledConditionAtMs = condition.lastTransitionAtMs;
  } else if (condition.type === 'Ready') status.ready = condition.status === 'True';
  else if (condition.type === 'PodResizePending') status.resizeInfeasible = condition.reason === 'Infeasible';
}

export function decodedPod(
  metadata: ObjectMetadata,
  status: PodStatusShape,
  placed: { readonly nodeName: string; readonly spec: PodSpecFacts },
): Decoded {
  checkIdentity(metadata);
  const pod: PodFacts = {
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    labels: metadata.labels,
    annotations: metadata.annotations,
    controller: metadata.controller,
    createdAtMs: metadata.createdAtMs,
    deletion:
      metadata.deletedAtMs === undefined
        ? undefined
        : { atMs: metadata.deletedAtMs, graceSeconds: metadata.deletionGraceSeconds },
    nodeName: placed.nodeName,
    nominatedNodeName: status.nominatedNodeName,
    phase: podPhase(status.phase),
    unschedulable: status.unschedulable,
    ...(status.heldBackBy === '' ? {} : { heldBackBy: status.heldBackBy }),
    scheduledConditionAtMs: status.scheduledConditionAtMs,
    ready: status.ready,
    spec: placed.spec,
  };
  const event: ClusterEvent = { kind: 'pod', pod };
  return {
    key: objectKey(pod.namespace, pod.name),
    uid: pod.uid,
    resourceVersion: pod.resourceVersion,
    event,
  };
}

/** A pod without a phase is new: the API server writes Pending. */
function podPhase(text: string): PodPhase {
  switch (text) {
    case '':
      return 'Pending';
    case 'Pending':
    case 'Running':
    case 'Succeeded':
    case 'Failed':
      return text;
    default:
      return 'Unknown';
  }
}
