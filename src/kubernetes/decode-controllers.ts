/**
 * The workloads that keep pods, from JSON to facts. Of a DaemonSet its pods-to-be matter too: its template is completed
 * the way the API server and the DaemonSet controller complete the pods made of it.
 */
import type { ControllerFacts } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import { atTheDoor, objectKey, type DecodeResult } from './decode-result.ts';
import type { Interner } from './intern.ts';
import { metadataFromJson } from './json-metadata.ts';
import { podSpecFromJson } from './json-pod-spec.ts';
import { JsonReader } from './json-reader.ts';
import { checkIdentity, keepsAnnotation, newPartialIdentity } from './object-metadata.ts';
import type { ContainerShape, PodSpecShape, TolerationShape } from './pod-shape.ts';
import { podSpecFacts } from './pod-spec.ts';

/** Decodes a parsed DaemonSet, ReplicaSet, StatefulSet, Job or ReplicationController: `kind` says which. */
export function decodeController(value: unknown, interner: Interner, kind: ControllerFacts['kind']): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => {
    const root = JsonReader.of(value);
    const metadata = metadataFromJson(root, interner, identity);
    checkIdentity(metadata);
    const controller: ControllerFacts = {
      kind,
      uid: metadata.uid,
      namespace: metadata.namespace,
      name: metadata.name,
      replicas: wantedReplicas(root, kind),
      podTemplate: kind === 'DaemonSet' ? daemonPodTemplate(root, interner) : undefined,
    };
    return {
      key: objectKey(metadata.namespace, metadata.name),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      event: { kind: 'controller', controller },
    };
  });
}

function wantedReplicas(root: JsonReader, kind: ControllerFacts['kind']): number {
  switch (kind) {
    case 'DaemonSet':
      return root.objectOrEmpty('status').integer('desiredNumberScheduled') ?? 0;
    case 'Job':
      return root.objectOrEmpty('spec').integer('parallelism') ?? 1;
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'ReplicationController':
      return root.objectOrEmpty('spec').integer('replicas') ?? 1;
    default:
      return unreachable(kind);
  }
}

function daemonPodTemplate(root: JsonReader, interner: Interner): ControllerFacts['podTemplate'] {
  const template = root.objectOrEmpty('spec').objectOrEmpty('template');
  const metadata = template.objectOrEmpty('metadata');
  const spec = template.objectOrEmpty('spec');
  const shape = completed(podSpecFromJson(spec), spec);
  return {
    labels: interner.labels(metadata.entries('labels')),
    annotations: interner.labels(metadata.entries('annotations').filter(([key]) => keepsAnnotation(key))),
    spec: interner.spec(podSpecFacts(shape)),
  };
}

function completed(shape: PodSpecShape, spec: JsonReader): PodSpecShape {
  const hostNetwork = spec.boolean('hostNetwork');
  return {
    ...shape,
    containers: completedContainers(shape.containers, spec.objects('containers'), hostNetwork),
    initContainers: completedContainers(shape.initContainers, spec.objects('initContainers'), hostNetwork),
    tolerations: [
      ...shape.tolerations,
      ...DAEMON_TOLERATIONS,
      ...(hostNetwork ? [tolerates('node.kubernetes.io/network-unavailable', 'NoSchedule')] : []),
    ],
  };
}

/**
 * In a Pod the API server copies a limit to a request that is missing, and on the host's network a container's port to
 * its host port; in a template it does not.
 */
function completedContainers(
  containers: readonly ContainerShape[],
  json: readonly JsonReader[],
  hostNetwork: boolean,
): readonly ContainerShape[] {
  return containers.map((container, index) => {
    const ports = json[index]?.objects('ports') ?? [];
    return {
      ...container,
      requests: { ...json[index]?.objectOrEmpty('resources').quantities('limits'), ...container.requests },
      ports: hostNetwork
        ? container.ports.map((port, at) => ({
            ...port,
            hostPort: ports[at]?.integer('containerPort') ?? port.hostPort,
          }))
        : container.ports,
    };
  });
}

/** The tolerations that the DaemonSet controller adds to each pod it makes. */
const DAEMON_TOLERATIONS: readonly TolerationShape[] = [
  tolerates('node.kubernetes.io/not-ready', 'NoExecute'),
  tolerates('node.kubernetes.io/unreachable', 'NoExecute'),
  tolerates('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  tolerates('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  tolerates('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  tolerates('node.kubernetes.io/unschedulable', 'NoSchedule'),
];

function tolerates(key: string, effect: string): TolerationShape {
  return { key, operator: 'Exists', value: '', effect };
}
