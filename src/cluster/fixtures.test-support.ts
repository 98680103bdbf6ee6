/**
 * Builders of facts for tests: `aPod({ cpu: 500 })`, `aNode({ name: 'n1', cpu: 4000 })`. What is not said is plain:
 * no labels, taints or constraints, plenty of memory and places for pods, ready.
 */
import type {
  ControllerFacts,
  Labels,
  LabelSelector,
  NodeFacts,
  OwnerReference,
  PodAffinityTerm,
  PodDisruptionBudgetFacts,
  PodFacts,
  PodSpecFacts,
  ResourceList,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from './facts.ts';
import { Cluster } from './cluster.ts';

export const GiB = 2 ** 30;

const NO_LABELS: Labels = {};

const PLAIN_SPEC: PodSpecFacts = {
  requests: {},
  nodeSelector: {},
  requiredNodeAffinity: undefined,
  tolerations: [],
  topologySpread: [],
  requiredPodAffinity: [],
  requiredPodAntiAffinity: [],
  hostPorts: [],
  volumes: [],
  resourceClaims: [],
  schedulingGates: [],
  priority: 0,
  preemptionPolicy: 'PreemptLowerPriority',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  restartPolicy: 'Always',
};

/** A spec that requests these amounts (milli-CPU, bytes, counts), with whatever else is said. */
export function aSpec(requests: ResourceList = {}, rest: Partial<PodSpecFacts> = {}): PodSpecFacts {
  return { ...PLAIN_SPEC, requests, ...rest };
}

export interface PodSketch extends Partial<Omit<PodFacts, 'spec' | 'controller'>> {
  /** Milli-CPU. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Other resources. */
  readonly requests?: ResourceList;
  /** The name of a ReplicaSet (its uid is the same), or the whole reference. */
  readonly owner?: string | OwnerReference;
  /** Anything of the spec; or a whole spec that pods share by identity. */
  readonly spec?: Partial<PodSpecFacts>;
}

/** A pending pod that the scheduler found unschedulable; with `nodeName`, a running one. */
export function aPod(sketch: PodSketch = {}): PodFacts {
  const { cpu, memory, requests, owner, spec, ...said } = sketch;
  const name = said.name ?? 'pod';
  const namespace = said.namespace ?? 'default';
  const running = (said.nodeName ?? '') !== '';
  return {
    uid: `uid-${namespace}-${name}`,
    namespace,
    name,
    resourceVersion: '1',
    labels: NO_LABELS,
    annotations: NO_LABELS,
    controller: typeof owner === 'string' ? aReplicaSetReference(owner) : owner,
    createdAtMs: 0,
    deletion: undefined,
    nodeName: '',
    nominatedNodeName: '',
    phase: running ? 'Running' : 'Pending',
    unschedulable: !running,
    scheduledConditionAtMs: 0,
    ready: running,
    ...said,
    spec: isWholeSpec(spec) ? spec : aSpec(amounts({ cpu, memory, ...requests }), spec),
  };
}

/** `count` alike pods of one ReplicaSet, named `name-0` …, that share spec and labels by identity as the door makes them. */
export function podsOf(name: string, count: number, sketch: PodSketch = {}): PodFacts[] {
  const { spec, labels } = aPod({ labels: { app: name }, ...sketch });
  return Array.from({ length: count }, (_, index) =>
    aPod({ owner: name, ...sketch, name: `${name}-${index}`, labels, spec }),
  );
}

function aReplicaSetReference(name: string): OwnerReference {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: name };
}

export function aDaemonSetReference(name: string): OwnerReference {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid: name };
}

export interface NodeSketch extends Partial<NodeFacts> {
  readonly cpu?: number;
  readonly memory?: number;
  readonly pods?: number;
  /** Other resources. */
  readonly resources?: ResourceList;
  /** The Ready condition; true unless said. */
  readonly ready?: boolean;
  /** When the Ready condition came to be. */
  readonly readyAtMs?: number;
}

/** A ready node of 4000m CPU, 8 GiB and 110 pods, whose instance is `vultr://<name>`. */
export function aNode(sketch: NodeSketch = {}): NodeFacts {
  const { cpu, memory, pods, resources, ready = true, readyAtMs = 0, ...said } = sketch;
  const name = said.name ?? 'node';
  const allocatable = { cpu: cpu ?? 4000, memory: memory ?? 8 * GiB, pods: pods ?? 110, ...resources };
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: '1',
    providerID: `vultr://${name}`,
    annotations: NO_LABELS,
    taints: [],
    unschedulable: false,
    createdAtMs: 0,
    deleting: false,
    capacity: allocatable,
    allocatable,
    conditions: [
      {
        type: 'Ready',
        status: ready ? 'True' : 'False',
        reason: ready ? 'KubeletReady' : 'KubeletNotReady',
        lastTransitionAtMs: readyAtMs,
      },
    ],
    ...said,
    labels: { 'kubernetes.io/hostname': name, ...said.labels },
  };
}

export function aTaint(key: string, value = '', effect: Taint['effect'] = 'NoSchedule'): Taint {
  return { key, value, effect };
}

/** Tolerates the key, or with '' everything, whatever the value and effect. */
export function aToleration(key: string, rest: Partial<Toleration> = {}): Toleration {
  return { key, operator: 'Exists', value: '', effect: '', ...rest };
}

/** Selects pods by these labels; with none, all pods. */
export function aSelector(labels: Labels = {}): LabelSelector {
  return {
    requirements: Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
  };
}

/** A required term of affinity or anti-affinity to the pods of these labels in the pod's own namespace, by hostname. */
export function anAffinityTerm(labels: Labels, rest: Partial<PodAffinityTerm> = {}): PodAffinityTerm {
  return {
    labelSelector: aSelector(labels),
    topologyKey: 'kubernetes.io/hostname',
    namespaces: [],
    namespaceSelector: undefined,
    matchLabelKeys: [],
    mismatchLabelKeys: [],
    ...rest,
  };
}

/** A hard constraint that spreads the pods of these labels over hostnames with a skew of 1. */
export function aSpread(labels: Labels, rest: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: aSelector(labels),
    minDomains: undefined,
    nodeAffinityPolicy: 'Honor',
    nodeTaintsPolicy: 'Ignore',
    matchLabelKeys: [],
    ...rest,
  };
}

/** A controller that keeps pods; a DaemonSet's template is a spec. */
export function aController(
  kind: ControllerFacts['kind'],
  name: string,
  rest: Partial<ControllerFacts> & { readonly spec?: PodSpecFacts } = {},
): ControllerFacts {
  const { spec, ...said } = rest;
  const podTemplate = spec === undefined ? undefined : { labels: NO_LABELS, annotations: NO_LABELS, spec };
  return { kind, uid: name, namespace: 'default', name, replicas: 1, podTemplate, ...said };
}

export function aPdb(name: string, rest: Partial<PodDisruptionBudgetFacts> = {}): PodDisruptionBudgetFacts {
  return {
    uid: `uid-${name}`,
    namespace: 'default',
    name,
    selector: { requirements: [] },
    disruptionsAllowed: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    ...rest,
  };
}

/** A model that holds these. */
export function aCluster(content: {
  readonly nodes?: readonly NodeFacts[];
  readonly pods?: readonly PodFacts[];
  readonly pdbs?: readonly PodDisruptionBudgetFacts[];
  readonly controllers?: readonly ControllerFacts[];
}): Cluster {
  const cluster = new Cluster();
  for (const node of content.nodes ?? []) cluster.apply({ kind: 'node', node });
  for (const pod of content.pods ?? []) cluster.apply({ kind: 'pod', pod });
  for (const pdb of content.pdbs ?? []) cluster.apply({ kind: 'pdb', pdb });
  for (const controller of content.controllers ?? []) cluster.apply({ kind: 'controller', controller });
  return cluster;
}

function amounts(said: Readonly<Record<string, number | undefined>>): ResourceList {
  const list: Record<string, number> = {};
  for (const [name, amount] of Object.entries(said)) if (amount !== undefined) list[name] = amount;
  return list;
}

function isWholeSpec(spec: Partial<PodSpecFacts> | undefined): spec is PodSpecFacts {
  return spec !== undefined && Object.keys(PLAIN_SPEC).every((key) => Object.hasOwn(spec, key));
}
