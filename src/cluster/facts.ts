/**
 * Facts: what the product knows of Kubernetes objects. An object from the API becomes a fact at the door
 * (src/kubernetes) and its JSON or protobuf is dropped; nothing downstream sees API objects.
 *
 * Facts are immutable values. Whatever many objects share (labels, a pod template's spec) is interned at the door, so
 * that two pods of one ReplicaSet hold the *same* `spec` and `labels` objects: code may compare those by identity to
 * find equals quickly, but two different objects may still be equal.
 */

import type { PrioritiesEvent } from './expander-priorities.ts';
import type { StorageEvent } from './storage-facts.ts';

/** Label or annotation keys to values. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Amounts by resource name: `cpu` in milli-CPU; `memory`, `ephemeral-storage` and `hugepages-*` in bytes; `pods` and
 * extended resources (`nvidia.com/gpu`) in whole units. Always whole, never negative, rounded up where the object says
 * a fraction; a resource that is absent is 0.
 */
export type ResourceList = Readonly<Record<string, number>>;

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: TaintEffect;
}

export interface Toleration {
  /** Empty with operator Exists: tolerates every key. */
  readonly key: string;
  readonly operator: 'Equal' | 'Exists';
  readonly value: string;
  /** Empty: every effect. */
  readonly effect: TaintEffect | '';
}

/** The operators of label selectors (the first four) and node selectors (all). */
type SelectorOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

export interface SelectorRequirement {
  readonly key: string;
  /** As the object says; an unknown operator is kept, and whoever evaluates it says so. */
  readonly operator: SelectorOperator | (string & {});
  readonly values: readonly string[];
}

/** metav1.LabelSelector with matchLabels folded into requirements (In, one value). No requirements: matches all. */
export interface LabelSelector {
  readonly requirements: readonly SelectorRequirement[];
}

/** One term of a node selector: all requirements must match; a term without any matches no node. */
export interface NodeSelectorTerm {
  readonly matchExpressions: readonly SelectorRequirement[];
  readonly matchFields: readonly SelectorRequirement[];
}

export interface PodAffinityTerm {
  /** `undefined`: no selector, matches no pod. */
  readonly labelSelector: LabelSelector | undefined;
  readonly topologyKey: string;
  /** Explicit namespaces. Both this and namespaceSelector empty: the pod's own namespace. */
  readonly namespaces: readonly string[];
  /** `undefined`: none; without requirements: all namespaces. */
  readonly namespaceSelector: LabelSelector | undefined;
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys: readonly string[];
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
  readonly labelSelector: LabelSelector | undefined;
  readonly minDomains: number | undefined;
  readonly nodeAffinityPolicy: 'Honor' | 'Ignore';
  readonly nodeTaintsPolicy: 'Honor' | 'Ignore';
  readonly matchLabelKeys: readonly string[];
}

export interface HostPort {
  /** `0.0.0.0` where the pod says none. */
  readonly hostIP: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
}

/** The volumes that matter to scheduling or draining; configMap, secret, projected and downwardAPI ones are dropped. */
export type VolumeFacts =
  | { readonly kind: 'emptyDir'; readonly name: string; readonly medium: string }
  | { readonly kind: 'hostPath'; readonly name: string }
  | { readonly kind: 'claim'; readonly name: string; readonly claimName: string; readonly readOnly: boolean }
  | { readonly kind: 'ephemeral'; readonly name: string }
  /** CSI inline volumes and the in-tree sources (gcePersistentDisk, iscsi, rbd …), by the API's field name. */
  | { readonly kind: 'inline'; readonly name: string; readonly source: string; readonly disk?: InlineDisk };

/** What tells one in-tree disk from another; only the sources of which the scheduler compares disks have it. */
export interface InlineDisk {
  /** The disk's name within its source: pdName, volumeID, IQN, diskName; of RBD `pool/image`. */
  readonly id: string;
  readonly readOnly: boolean;
  /** RBD only: disks are the same where any monitor is. */
  readonly monitors: readonly string[];
}

/** What a pod template fixes: everything about a pod that its siblings share. Interned. */
export interface PodSpecFacts {
  /** The effective request, as the scheduler counts it: containers, init containers, sidecars, overhead, pod level. */
  readonly requests: ResourceList;
  readonly nodeSelector: Labels;
  /** requiredDuringScheduling terms, any of which must match; `undefined`: no requirement; []: matches no node. */
  readonly requiredNodeAffinity: readonly NodeSelectorTerm[] | undefined;
  readonly tolerations: readonly Toleration[];
  readonly topologySpread: readonly TopologySpreadConstraint[];
  /** requiredDuringScheduling terms only; preferences never reject. */
  readonly requiredPodAffinity: readonly PodAffinityTerm[];
  readonly requiredPodAntiAffinity: readonly PodAffinityTerm[];
  readonly hostPorts: readonly HostPort[];
  readonly volumes: readonly VolumeFacts[];
  /** Names of `spec.resourceClaims` (dynamic resource allocation). */
  readonly resourceClaims: readonly string[];
  readonly schedulingGates: readonly string[];
  readonly priority: number;
  /** No priority was written: it counts as 0, and the pod gives way to none. Admission sets one in most clusters. */
  readonly hasNoPriority?: true;
  readonly preemptionPolicy: 'PreemptLowerPriority' | 'Never';
  readonly schedulerName: string;
  readonly terminationGracePeriodSeconds: number;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** Features that the node must declare for this pod to run there, in order; absent: none. */
  readonly requiredFeatures?: readonly string[];
  /** What of the spec could not be read (an amount, an operator); such a pod fits nowhere. Absent: nothing. */
  readonly problem?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

export interface PodFacts {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels: Labels;
  /** Only those that the product reads (see src/kubernetes): `cluster-autoscaler.kubernetes.io/*`, mirror and source. */
  readonly annotations: Labels;
  /** The owner with `controller: true`. */
  readonly controller: OwnerReference | undefined;
  readonly createdAtMs: number;
  /** Set while the pod is being deleted. */
  readonly deletion: { readonly atMs: number; readonly graceSeconds: number } | undefined;
  /** The node that runs it; empty while it waits. */
  readonly nodeName: string;
  readonly nominatedNodeName: string;
  readonly phase: PodPhase;
  /** Condition PodScheduled=False with reason Unschedulable: the scheduler has tried and found no node. */
  readonly unschedulable: boolean;
  /** Another reason than that for which it is not scheduled (SchedulerError, SchedulingGated); absent: none is given. */
  readonly heldBackBy?: string;
  /** When the PodScheduled condition last changed. */
  readonly scheduledConditionAtMs: number | undefined;
  readonly ready: boolean;
  readonly spec: PodSpecFacts;
}

export interface NodeFacts {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** `vultr://<instance id>`; empty until the cloud controller has set it. */
  readonly providerID: string;
  readonly labels: Labels;
  /** Only those that the product reads: `cluster-autoscaler.kubernetes.io/*` and its own. */
  readonly annotations: Labels;
  readonly taints: readonly Taint[];
  /** Cordoned (`spec.unschedulable`). */
  readonly unschedulable: boolean;
  readonly createdAtMs: number;
  readonly deleting: boolean;
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  readonly conditions: readonly NodeCondition[];
  /** `status.declaredFeatures`; absent: none. */
  readonly declaredFeatures?: readonly string[];
  /** Of a node that does not exist yet: the living one that it will be like, whose CSI drivers it will have. */
  readonly modelledOn?: string;
  /** Of a node that does not exist yet: the most volumes of each CSI driver, where no living node says. */
  readonly volumeLimits?: Readonly<Record<string, number>>;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly lastTransitionAtMs: number;
}

export interface PodDisruptionBudgetFacts {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** `undefined`: no selector, matches no pod (policy/v1: an empty one matches every pod of the namespace). */
  readonly selector: LabelSelector | undefined;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly unhealthyPodEvictionPolicy: 'IfHealthyBudget' | 'AlwaysAllow';
}

/** A workload that keeps pods: what drainability and DaemonSet overhead need to know of it. */
export interface ControllerFacts {
  readonly kind: 'DaemonSet' | 'ReplicaSet' | 'StatefulSet' | 'Job' | 'ReplicationController';
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Wanted replicas; for a DaemonSet the desired number scheduled, for a Job its parallelism. */
  readonly replicas: number;
  /** DaemonSets only: a pod as the template makes it, for the overhead on new nodes. */
  readonly podTemplate:
    { readonly labels: Labels; readonly annotations: Labels; readonly spec: PodSpecFacts } | undefined;
}

/** A namespace, for the terms that choose namespaces by their labels. */
export interface NamespaceFacts {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
}

/** A DeviceClass: of it only which extended resource it offers. */
export interface DeviceClassFacts {
  readonly name: string;
  readonly uid: string;
  /** `spec.extendedResourceName`; empty: none but the implicit one. */
  readonly extendedResourceName: string;
}

/** What the watches tell the model, event by event. After a relist, whatever the list lacks comes as a `…-gone`. */
export type ClusterEvent =
  | { readonly kind: 'pod'; readonly pod: PodFacts }
  | { readonly kind: 'pod-gone'; readonly namespace: string; readonly name: string; readonly uid: string }
  | { readonly kind: 'node'; readonly node: NodeFacts }
  | { readonly kind: 'node-gone'; readonly name: string; readonly uid: string }
  | { readonly kind: 'pdb'; readonly pdb: PodDisruptionBudgetFacts }
  | { readonly kind: 'pdb-gone'; readonly namespace: string; readonly name: string; readonly uid: string }
  | { readonly kind: 'controller'; readonly controller: ControllerFacts }
  | { readonly kind: 'controller-gone'; readonly uid: string }
  | { readonly kind: 'namespace'; readonly namespace: NamespaceFacts }
  | { readonly kind: 'namespace-gone'; readonly name: string; readonly uid: string }
  | StorageEvent
  | PrioritiesEvent
  | { readonly kind: 'device-class'; readonly deviceClass: DeviceClassFacts }
  | { readonly kind: 'device-class-gone'; readonly name: string; readonly uid: string };

/** `namespace/name`, as people write it. */
export function podKey(pod: { readonly namespace: string; readonly name: string }): string {
  return `${pod.namespace}/${pod.name}`;
}
