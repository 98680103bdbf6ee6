/**
 * What is read of a pod, as written: the common form that both wire formats are read into before it becomes facts. Texts
 * that are absent are empty, as in protobuf; defaults, amounts and closed unions are settled in pod-spec.ts, once for both.
 */
import type { Labels, LabelSelector, NodeSelectorTerm, VolumeFacts } from '../cluster/facts.ts';

/** Amounts as written, by resource name. */
export type QuantityTexts = Readonly<Record<string, string>>;

export interface ContainerShape {
  readonly name: string;
  readonly requests: QuantityTexts;
  readonly ports: readonly PortShape[];
  /** `Always` on an init container makes it a sidecar. */
  readonly restartPolicy: string;
  /** A rule of its restart policy restarts all containers of the pod. */
  readonly restartsAll: boolean;
}

export interface PortShape {
  readonly hostPort: number;
  readonly protocol: string;
  readonly hostIP: string;
}

export interface TolerationShape {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
  readonly effect: string;
}

export interface PodAffinityTermShape {
  readonly labelSelector: LabelSelector | undefined;
  readonly topologyKey: string;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: LabelSelector | undefined;
  readonly matchLabelKeys: readonly string[];
  readonly mismatchLabelKeys: readonly string[];
}

export interface TopologySpreadShape {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector: LabelSelector | undefined;
  readonly minDomains: number | undefined;
  readonly nodeAffinityPolicy: string;
  readonly nodeTaintsPolicy: string;
  readonly matchLabelKeys: readonly string[];
}

export interface PodSpecShape {
  readonly containers: readonly ContainerShape[];
  readonly initContainers: readonly ContainerShape[];
  readonly overhead: QuantityTexts;
  /** Requests of the pod as a whole (`spec.resources`). */
  readonly podRequests: QuantityTexts;
  readonly nodeSelector: Labels;
  readonly requiredNodeAffinity: readonly NodeSelectorTerm[] | undefined;
  readonly tolerations: readonly TolerationShape[];
  readonly topologySpread: readonly TopologySpreadShape[];
  readonly requiredPodAffinity: readonly PodAffinityTermShape[];
  readonly requiredPodAntiAffinity: readonly PodAffinityTermShape[];
  readonly volumes: readonly VolumeFacts[];
  readonly resourceClaims: readonly string[];
  readonly schedulingGates: readonly string[];
  readonly priority: number | undefined;
  readonly priorityClassName: string;
  readonly preemptionPolicy: string;
  readonly schedulerName: string;
  readonly terminationGracePeriodSeconds: number | undefined;
  readonly restartPolicy: string;
}

/** What the kubelet says it has set aside, for pods that run: matters while a pod is being resized in place. */
export interface PlacedResourcesShape {
  readonly containers: readonly ContainerResourcesShape[];
  /** Of the pod as a whole. */
  readonly pod: SetAsideShape;
  /** The resize wanted in the spec cannot be done on this node: the spec's amounts do not count. */
  readonly resizeInfeasible: boolean;
}

export interface SetAsideShape {
  /** `allocatedResources`; empty: not said. */
  readonly allocated: QuantityTexts;
  /** `resources.requests`; empty: not said. */
  readonly inForce: QuantityTexts;
}

export interface ContainerResourcesShape extends SetAsideShape {
  readonly name: string;
}

export const NOTHING_PLACED: PlacedResourcesShape = {
  containers: [],
  pod: { allocated: {}, inForce: {} },
  resizeInfeasible: false,
};

/** What a restart rule says to restart the whole pod. */
export const RESTART_ALL = 'RestartAllContainers';

/**
 * The volume sources that matter neither to scheduling nor to draining: content that the kubelet brings along itself.
 * Every other source that is no emptyDir, hostPath, claim or ephemeral volume is `inline`, by the API's field name.
 */
export const IGNORED_VOLUME_SOURCES: ReadonlySet<string> = new Set([
  'configMap',
  'secret',
  'projected',
  'downwardAPI',
  'image',
]);
