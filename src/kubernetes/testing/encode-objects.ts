/**
 * Encodes API objects given as JSON into the API's protobuf, by a table of field numbers: each message lists its fields,
 * what type they are and their number. Enough for pods and nodes, with some fields that the product skips.
 */
import assert from 'node:assert/strict';
import { parseTimestamp } from '../../runtime/timestamps.ts';
import { isRecord } from '../json-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

type FieldType =
  | 'text'
  | 'integer'
  | 'boolean'
  | 'texts'
  | 'textMap'
  | 'quantityMap'
  | 'quantity'
  | 'time'
  | { readonly one: string }
  | { readonly many: string };

type Messages = Readonly<Record<string, Readonly<Record<string, readonly [number, FieldType]>>>>;

const MESSAGES: Messages = {
  Pod: { metadata: [1, { one: 'ObjectMeta' }], spec: [2, { one: 'PodSpec' }], status: [3, { one: 'PodStatus' }] },
  Node: { metadata: [1, { one: 'ObjectMeta' }], spec: [2, { one: 'NodeSpec' }], status: [3, { one: 'NodeStatus' }] },
  ObjectMeta: {
    name: [1, 'text'],
    generateName: [2, 'text'],
    namespace: [3, 'text'],
    uid: [5, 'text'],
    resourceVersion: [6, 'text'],
    generation: [7, 'integer'],
    creationTimestamp: [8, 'time'],
    deletionTimestamp: [9, 'time'],
    deletionGracePeriodSeconds: [10, 'integer'],
    labels: [11, 'textMap'],
    annotations: [12, 'textMap'],
    ownerReferences: [13, { many: 'OwnerReference' }],
    finalizers: [14, 'texts'],
  },
  OwnerReference: {
    kind: [1, 'text'],
    name: [3, 'text'],
    uid: [4, 'text'],
    apiVersion: [5, 'text'],
    controller: [6, 'boolean'],
    blockOwnerDeletion: [7, 'boolean'],
  },
  PodSpec: {
    volumes: [1, { many: 'Volume' }],
    containers: [2, { many: 'Container' }],
    restartPolicy: [3, 'text'],
    terminationGracePeriodSeconds: [4, 'integer'],
    nodeSelector: [7, 'textMap'],
    serviceAccountName: [8, 'text'],
    nodeName: [10, 'text'],
    affinity: [18, { one: 'Affinity' }],
    schedulerName: [19, 'text'],
    initContainers: [20, { many: 'Container' }],
    tolerations: [22, { many: 'Toleration' }],
    priorityClassName: [24, 'text'],
    priority: [25, 'integer'],
    preemptionPolicy: [31, 'text'],
    overhead: [32, 'quantityMap'],
    topologySpreadConstraints: [33, { many: 'TopologySpreadConstraint' }],
    schedulingGates: [38, { many: 'Named' }],
    resourceClaims: [39, { many: 'Named' }],
    resources: [40, { one: 'ResourceRequirements' }],
  },
  Named: { name: [1, 'text'] },
  Container: {
    name: [1, 'text'],
    image: [2, 'text'],
    args: [4, 'texts'],
    ports: [6, { many: 'ContainerPort' }],
    resources: [8, { one: 'ResourceRequirements' }],
    restartPolicy: [24, 'text'],
    restartPolicyRules: [25, { many: 'RestartRule' }],
  },
  RestartRule: { action: [1, 'text'] },
  ContainerPort: {
    name: [1, 'text'],
    hostPort: [2, 'integer'],
    containerPort: [3, 'integer'],
    protocol: [4, 'text'],
    hostIP: [5, 'text'],
  },
  ResourceRequirements: { limits: [1, 'quantityMap'], requests: [2, 'quantityMap'] },
  Affinity: {
    nodeAffinity: [1, { one: 'NodeAffinity' }],
    podAffinity: [2, { one: 'PodAffinity' }],
    podAntiAffinity: [3, { one: 'PodAffinity' }],
  },
  NodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [1, { one: 'NodeSelector' }] },
  NodeSelector: { nodeSelectorTerms: [1, { many: 'NodeSelectorTerm' }] },
  NodeSelectorTerm: { matchExpressions: [1, { many: 'Requirement' }], matchFields: [2, { many: 'Requirement' }] },
  Requirement: { key: [1, 'text'], operator: [2, 'text'], values: [3, 'texts'] },
  LabelSelector: { matchLabels: [1, 'textMap'], matchExpressions: [2, { many: 'Requirement' }] },
  PodAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [1, { many: 'PodAffinityTerm' }] },
  PodAffinityTerm: {
    labelSelector: [1, { one: 'LabelSelector' }],
    namespaces: [2, 'texts'],
    topologyKey: [3, 'text'],
    namespaceSelector: [4, { one: 'LabelSelector' }],
    matchLabelKeys: [5, 'texts'],
    mismatchLabelKeys: [6, 'texts'],
  },
  Toleration: {
    key: [1, 'text'],
    operator: [2, 'text'],
    value: [3, 'text'],
    effect: [4, 'text'],
    tolerationSeconds: [5, 'integer'],
  },
  TopologySpreadConstraint: {
    maxSkew: [1, 'integer'],
    topologyKey: [2, 'text'],
    whenUnsatisfiable: [3, 'text'],
    labelSelector: [4, { one: 'LabelSelector' }],
    minDomains: [5, 'integer'],
    nodeAffinityPolicy: [6, 'text'],
    nodeTaintsPolicy: [7, 'text'],
    matchLabelKeys: [8, 'texts'],
  },
  Volume: { name: [1, 'text'] },
  VolumeSource: {
    hostPath: [1, { one: 'HostPath' }],
    emptyDir: [2, { one: 'EmptyDir' }],
    secret: [6, { one: 'Secret' }],
    gcePersistentDisk: [3, { one: 'Disk' }],
    awsElasticBlockStore: [4, { one: 'Ebs' }],
    iscsi: [8, { one: 'Iscsi' }],
    rbd: [11, { one: 'Rbd' }],
    persistentVolumeClaim: [10, { one: 'Claim' }],
    configMap: [19, { one: 'Secret' }],
    projected: [26, { one: 'Projected' }],
    csi: [28, { one: 'Csi' }],
    ephemeral: [29, { one: 'Projected' }],
  },
  HostPath: { path: [1, 'text'] },
  EmptyDir: { medium: [1, 'text'], sizeLimit: [2, 'quantity'] },
  Secret: { secretName: [1, 'text'] },
  Disk: { pdName: [1, 'text'], fsType: [2, 'text'], readOnly: [4, 'boolean'] },
  Ebs: { volumeID: [1, 'text'], partition: [3, 'integer'], readOnly: [4, 'boolean'] },
  Rbd: { monitors: [1, 'texts'], image: [2, 'text'], pool: [4, 'text'], user: [5, 'text'], readOnly: [8, 'boolean'] },
  Iscsi: { targetPortal: [1, 'text'], iqn: [2, 'text'], lun: [3, 'integer'], readOnly: [6, 'boolean'] },
  Claim: { claimName: [1, 'text'], readOnly: [2, 'boolean'] },
  Projected: { defaultMode: [2, 'integer'] },
  Csi: { driver: [1, 'text'] },
  PodStatus: {
    phase: [1, 'text'],
    conditions: [2, { many: 'Condition' }],
    hostIP: [5, 'text'],
    containerStatuses: [8, { many: 'ContainerStatus' }],
    initContainerStatuses: [10, { many: 'ContainerStatus' }],
    nominatedNodeName: [11, 'text'],
    allocatedResources: [19, 'quantityMap'],
    resources: [20, { one: 'ResourceRequirements' }],
  },
  ContainerStatus: {
    name: [1, 'text'],
    ready: [4, 'boolean'],
    restartCount: [5, 'integer'],
    allocatedResources: [10, 'quantityMap'],
    resources: [11, { one: 'ResourceRequirements' }],
  },
  Condition: {
    type: [1, 'text'],
    status: [2, 'text'],
    lastTransitionTime: [4, 'time'],
    reason: [5, 'text'],
    message: [6, 'text'],
  },
  NodeSpec: {
    podCIDR: [1, 'text'],
    providerID: [3, 'text'],
    unschedulable: [4, 'boolean'],
    taints: [5, { many: 'Taint' }],
  },
  Taint: { key: [1, 'text'], value: [2, 'text'], effect: [3, 'text'], timeAdded: [4, 'time'] },
  NodeStatus: {
    capacity: [1, 'quantityMap'],
    allocatable: [2, 'quantityMap'],
    conditions: [4, { many: 'Condition' }],
    declaredFeatures: [14, 'texts'],
  },
};

export type Json = Readonly<Record<string, unknown>>;

/** The protobuf message of that type, without envelope. */
export function encodeMessage(type: string, object: Json): Buffer {
  const writer = new ProtobufWriter();
  writeMessage(writer, type, object);
  return writer.finish();
}

function writeMessage(writer: ProtobufWriter, type: string, object: Json): void {
  const fields = MESSAGES[type];
  if (fields === undefined) throw new Error(`no message ${type}`);
  for (const [name, [number, fieldType]] of Object.entries(fields)) {
    const value = object[name];
    if (value !== undefined) writeField(writer, number, { type: fieldType, value });
  }
  if (type === 'Volume') writer.message(2, (source) => writeMessage(source, 'VolumeSource', object));
}

function writeField(writer: ProtobufWriter, number: number, field: { type: FieldType; value: unknown }): void {
  const { type, value } = field;
  if (typeof type === 'object') {
    if ('one' in type) writer.message(number, (inner) => writeMessage(inner, type.one, asObject(value)));
    else
      for (const item of asList(value))
        writer.message(number, (inner) => writeMessage(inner, type.many, asObject(item)));
    return;
  }
  switch (type) {
    case 'text':
      writer.text(number, asText(value));
      break;
    case 'integer':
      writer.integer(number, Number(value));
      break;
    case 'boolean':
      writer.boolean(number, value === true);
      break;
    case 'texts':
      for (const text of asList(value)) writer.text(number, asText(text));
      break;
    case 'textMap':
      for (const [key, text] of Object.entries(asObject(value))) {
        writer.message(number, (entry) => entry.text(1, key).text(2, asText(text)));
      }
      break;
    case 'quantityMap':
      for (const [key, text] of Object.entries(asObject(value))) {
        writer.message(number, (entry) => entry.text(1, key).message(2, (quantity) => quantity.text(1, asText(text))));
      }
      break;
    case 'quantity':
      writer.message(number, (quantity) => quantity.text(1, asText(value)));
      break;
    case 'time':
      writer.message(number, (time) => time.integer(1, Math.floor((parseTimestamp(asText(value)) ?? 0) / 1000)));
      break;
  }
}

function asObject(value: unknown): Json {
  return isRecord(value) ? value : assert.fail('not an object');
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : assert.fail('not a list');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : assert.fail('not a text');
}
