/**
 * A pod's spec from protobuf: read into its shape, field by field (core/v1's published field numbers).
 *
 * Called once per distinct spec (see pod-spec-key.ts), so it may take its time; nothing here is hot.
 */
import type { VolumeFacts } from '../cluster/facts.ts';
import {
  RESTART_ALL,
  type ContainerShape,
  type PodSpecShape,
  type PortShape,
  type TolerationShape,
  type TopologySpreadShape,
} from './pod-shape.ts';
import { readAffinity, readTopologySpread, type AffinityShape } from './protobuf-affinity.ts';
import { readQuantityEntry, readStringEntry } from './protobuf-metadata.ts';
import { eachField, type ProtobufReader } from './protobuf-reader.ts';
import { readVolume } from './protobuf-volume.ts';

type Entries = (readonly [string, string])[];

/** Reads the spec whose fields lie in the reader's range (not preceded by a length). */
export function readPodSpec(reader: ProtobufReader): PodSpecShape {
  const containers: ContainerShape[] = [];
  const initContainers: ContainerShape[] = [];
  const overhead: Entries = [];
  const podRequests: Entries = [];
  const nodeSelector: Entries = [];
  const tolerations: TolerationShape[] = [];
  const topologySpread: TopologySpreadShape[] = [];
  const volumes: VolumeFacts[] = [];
  const resourceClaims: string[] = [];
  const schedulingGates: string[] = [];
  const affinity: AffinityShape = { node: undefined, pod: [], antiPod: [] };
  const plain = {
    priority: undefined as number | undefined,
    priorityClassName: '',
    preemptionPolicy: '',
    schedulerName: '',
    terminationGracePeriodSeconds: undefined as number | undefined,
    restartPolicy: '',
  };
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case 1:
        volumes.push(...readVolume(reader));
        break;
      case 2:
        containers.push(readContainer(reader));
        break;
      case 20:
        initContainers.push(readContainer(reader));
        break;
      case 3:
        plain.restartPolicy = reader.text();
        break;
      case 4:
        plain.terminationGracePeriodSeconds = reader.integer();
        break;
      case 7:
        nodeSelector.push(readStringEntry(reader));
        break;
      case 18:
        readAffinity(reader, affinity);
        break;
      case 19:
        plain.schedulerName = reader.text();
        break;
      case 22:
        tolerations.push(readToleration(reader));
        break;
      case 24:
        plain.priorityClassName = reader.text();
        break;
      case 25:
        plain.priority = reader.integer();
        break;
      case 31:
        plain.preemptionPolicy = reader.text();
        break;
      case 32:
        overhead.push(readQuantityEntry(reader));
        break;
      case 33:
        topologySpread.push(readTopologySpread(reader));
        break;
      case 38:
        schedulingGates.push(readName(reader));
        break;
      case 39:
        resourceClaims.push(readName(reader));
        break;
      case 40:
        readRequests(reader, podRequests);
        break;
      default:
        reader.skip();
    }
  }
  return {
    ...plain,
    containers,
    initContainers,
    overhead: Object.fromEntries(overhead),
    podRequests: Object.fromEntries(podRequests),
    nodeSelector: Object.fromEntries(nodeSelector),
    requiredNodeAffinity: affinity.node,
    tolerations,
    topologySpread,
    requiredPodAffinity: affinity.pod,
    requiredPodAntiAffinity: affinity.antiPod,
    volumes,
    resourceClaims,
    schedulingGates,
  };
}

function readContainer(reader: ProtobufReader): ContainerShape {
  const requests: Entries = [];
  const ports: PortShape[] = [];
  let name = '';
  let restartPolicy = '';
  let restartsAll = false;
  eachField(reader, (field) => {
    if (field === 1) name = reader.text();
    else if (field === 6) ports.push(readPort(reader));
    else if (field === 8) readRequests(reader, requests);
    else if (field === 24) restartPolicy = reader.text();
    else if (field === 25 && readRestartAction(reader) === RESTART_ALL) restartsAll = true;
  });
  return { name, requests: Object.fromEntries(requests), ports, restartPolicy, restartsAll };
}

/** What a rule of a container's restart policy does. */
function readRestartAction(reader: ProtobufReader): string {
  let action = '';
  eachField(reader, (field) => {
    if (field === 1) action = reader.text();
  });
  return action;
}

/** The requests of a ResourceRequirements message. */
export function readRequests(reader: ProtobufReader, into: Entries): void {
  eachField(reader, (field) => {
    if (field === 2) into.push(readQuantityEntry(reader));
  });
}

function readPort(reader: ProtobufReader): PortShape {
  const port = { hostPort: 0, protocol: '', hostIP: '' };
  eachField(reader, (field) => {
    if (field === 2) port.hostPort = reader.integer();
    else if (field === 4) port.protocol = reader.text();
    else if (field === 5) port.hostIP = reader.text();
  });
  return port;
}

function readToleration(reader: ProtobufReader): TolerationShape {
  const toleration = { key: '', operator: '', value: '', effect: '' };
  eachField(reader, (field) => {
    if (field === 1) toleration.key = reader.text();
    else if (field === 2) toleration.operator = reader.text();
    else if (field === 3) toleration.value = reader.text();
    else if (field === 4) toleration.effect = reader.text();
  });
  return toleration;
}

/** PodSchedulingGate and PodResourceClaim both begin with their name. */
function readName(reader: ProtobufReader): string {
  let name = '';
  eachField(reader, (field) => {
    if (field === 1) name = reader.text();
  });
  return name;
}
