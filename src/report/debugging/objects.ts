/**
 * Nodes and pods in the form of the Kubernetes API, made of what the product keeps of them.
 *
 * Nothing else is known here, and so nothing else can be given away: environment variables, commands, images, Secrets and most
 * annotations are dropped when an object is decoded. Of the annotations that are kept, values that say more than a switch, a
 * number or a duration are redacted: whoever wrote one may have put anything into it (I9).
 */
import type { Labels, NodeFacts, PodFacts, ResourceList, VolumeFacts } from '../../cluster/facts.ts';
import { formatTimestamp } from '../../runtime/timestamps.ts';

type Json = Readonly<Record<string, unknown>>;

const REDACTED = '[redacted]';
/** Switches, numbers, durations, and where a static pod comes from. */
const HARMLESS = /^(?:true|false|api|file|http|-?\d{1,10}(?:\.\d{1,6})?|(?:\d{1,6}(?:h|m|s|ms))+|)$/i;

export function nodeObject(node: NodeFacts): Json {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: metadataOf(node),
    spec: {
      providerID: node.providerID,
      ...(node.taints.length === 0 ? {} : { taints: node.taints }),
      ...(node.unschedulable ? { unschedulable: true } : {}),
    },
    status: {
      capacity: quantities(node.capacity),
      allocatable: quantities(node.allocatable),
      conditions: node.conditions.map(({ lastTransitionAtMs, ...condition }) => ({
        ...condition,
        lastTransitionTime: formatTimestamp(lastTransitionAtMs),
      })),
    },
  };
}

/** With one container that asks for what all of them ask for together. */
export function podObject(pod: PodFacts): Json {
  const { spec } = pod;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      namespace: pod.namespace,
      ...metadataOf(pod),
      ...(pod.controller === undefined ? {} : { ownerReferences: [{ ...pod.controller, controller: true }] }),
      ...(pod.deletion === undefined ? {} : { deletionTimestamp: formatTimestamp(pod.deletion.atMs) }),
    },
    spec: {
      nodeName: pod.nodeName,
      schedulerName: spec.schedulerName,
      priority: spec.priority,
      restartPolicy: spec.restartPolicy,
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
      nodeSelector: spec.nodeSelector,
      tolerations: spec.tolerations,
      volumes: spec.volumes.map(volumeObject),
      containers: [{ name: 'all', resources: { requests: quantities(spec.requests) } }],
    },
    status: { phase: pod.phase, ...(pod.nominatedNodeName === '' ? {} : { nominatedNodeName: pod.nominatedNodeName }) },
  };
}

function metadataOf(of: NodeFacts | PodFacts): Json {
  return {
    name: of.name,
    uid: of.uid,
    resourceVersion: of.resourceVersion,
    creationTimestamp: formatTimestamp(of.createdAtMs),
    labels: of.labels,
    annotations: shownAnnotations(of.annotations),
  };
}

function shownAnnotations(annotations: Labels): Labels {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key, HARMLESS.test(value) ? value : REDACTED]),
  );
}

function volumeObject(volume: VolumeFacts): Json {
  const { kind, name } = volume;
  switch (kind) {
    case 'emptyDir':
      return { name, emptyDir: { medium: volume.medium } };
    case 'hostPath':
      return { name, hostPath: {} };
    case 'claim':
      return { name, persistentVolumeClaim: { claimName: volume.claimName } };
    case 'ephemeral':
      return { name, ephemeral: {} };
    case 'inline':
      return { name, [volume.source]: {} };
    default:
      return volume satisfies never;
  }
}

/** Milli-CPU with its suffix, all else in whole units. */
function quantities(amounts: ResourceList): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, name === 'cpu' ? `${amount}m` : String(amount)]),
  );
}
