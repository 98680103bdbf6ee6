/**
 * The parts of API objects that the controllers, kubelets and the scheduler read, as types. Every field is optional: an
 * object may come from any client, and a part that is missing means what the API server's default means.
 *
 * The store holds plain JSON; the functions here give it these types, and whoever reads treats every field as possibly
 * absent. (The simulated API server has checked that what is there has the right JSON type.)
 */
import type { KubeObject } from '../kubernetes/object.ts';

export type StringMap = Readonly<Record<string, string>>;
export type Quantities = Readonly<Record<string, string | number>>;

export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: StringMap;
  readonly matchExpressions?: readonly Requirement[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly Requirement[];
  readonly matchFields?: readonly Requirement[];
}

export interface PodAffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly topologyKey: string;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
}

interface Affinity {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms?: readonly NodeSelectorTerm[];
    };
  };
  readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
}

export interface TopologySpreadConstraint {
  readonly maxSkew?: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable?: string;
  readonly labelSelector?: LabelSelector;
  readonly minDomains?: number;
  readonly nodeAffinityPolicy?: string;
  readonly nodeTaintsPolicy?: string;
  readonly matchLabelKeys?: readonly string[];
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export interface Container {
  readonly name?: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly ports?: readonly { readonly hostPort?: number; readonly hostIP?: string; readonly protocol?: string }[];
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly schedulerName?: string;
  readonly priority?: number;
  readonly priorityClassName?: string;
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly nodeSelector?: StringMap;
  readonly tolerations?: readonly Toleration[];
  readonly affinity?: Affinity;
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly overhead?: Quantities;
  readonly resources?: { readonly requests?: Quantities };
  readonly volumes?: readonly object[];
  readonly schedulingGates?: readonly { readonly name: string }[];
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
  readonly spec?: PodSpec;
}

export interface NodeSpec {
  readonly providerID?: string;
  readonly unschedulable?: boolean;
  readonly taints?: readonly Taint[];
}

export interface NodeStatus {
  readonly allocatable?: Quantities;
  readonly capacity?: Quantities;
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

/** What the workload controllers' specs have in common, and what each adds. */
export interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: LabelSelector;
  readonly template?: PodTemplate;
  readonly strategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate };
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate };
  readonly revisionHistoryLimit?: number;
  readonly podManagementPolicy?: string;
  readonly serviceName?: string;
  readonly volumeClaimTemplates?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly spec?: unknown;
  }[];
}

interface RollingUpdate {
  readonly maxSurge?: number | string;
  readonly maxUnavailable?: number | string;
}

/** An empty object stands for a part that the object does not have. */
const NOTHING = {};

export function podSpec(pod: KubeObject): PodSpec {
  return pod.spec ?? NOTHING;
}

export function podStatus(pod: KubeObject): PodStatus {
  return pod.status ?? NOTHING;
}

export function nodeSpec(node: KubeObject): NodeSpec {
  return node.spec ?? NOTHING;
}

export function nodeStatus(node: KubeObject): NodeStatus {
  return node.status ?? NOTHING;
}

export function workloadSpec(workload: KubeObject): WorkloadSpec {
  return workload.spec ?? NOTHING;
}

/** `namespace/name`; just the name for cluster-scoped kinds. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? '';
}

/** The owner that controls the object. */
export function controllerOf(
  object: KubeObject,
): { readonly kind: string; readonly uid: string; readonly name: string } | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function isTerminal(pod: KubeObject): boolean {
  const { phase } = podStatus(pod);
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Neither finished nor being deleted: what a controller counts as one of its replicas. */
export function isActive(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isTerminal(pod);
}

export function isReady(pod: KubeObject): boolean {
  return podStatus(pod).conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;
}

/** The conditions with `next` in place of the one of its type; its transition time is kept while the status is the same. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): readonly Condition[] {
  const before = conditions ?? [];
  const current = before.find((c) => c.type === next.type);
  const merged =
    current?.status === next.status && current.lastTransitionTime !== undefined
      ? { ...next, lastTransitionTime: current.lastTransitionTime }
      : next;
  if (current === undefined) return [...before, merged];
  return before.map((c) => (c === current ? merged : c));
}
