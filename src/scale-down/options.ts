/**
 * The settings that the scale-down decision and the drains it orders read. Values come from flags (src/options),
 * checked there: every duration is at least 0, every threshold from 0 to 1, every count within its stated range.
 */

export interface ScaleDownOptions {
  /** Whether nodes are removed at all. `--scale-down-enabled` */
  readonly enabled: boolean;
  /** No removal so soon after nodes were added. `--scale-down-delay-after-add` */
  readonly delayAfterAddMs: number;
  /** No removal so soon after a node was deleted. `--scale-down-delay-after-delete` */
  readonly delayAfterDeleteMs: number;
  /** No removal so soon after a removal failed. `--scale-down-delay-after-failure` */
  readonly delayAfterFailureMs: number;
  /** How long a ready node must have been unneeded. A node group may override it. `--scale-down-unneeded-time` */
  readonly unneededTimeMs: number;
  /** How long an unready node must have been unneeded. A group may override it. `--scale-down-unready-time` */
  readonly unreadyTimeMs: number;
  /** A node is a candidate while cpu and memory are used below this share. `--scale-down-utilization-threshold` */
  readonly utilizationThreshold: number;
  /** The same for the GPUs of a node that has any. `--scale-down-gpu-utilization-threshold` */
  readonly gpuUtilizationThreshold: number;
  /** DaemonSet pods do not count as use. A node group may override it. `--ignore-daemonsets-utilization` */
  readonly ignoreDaemonSetsUtilization: boolean;
  /** Static pods do not count as use. `--ignore-mirror-pods-utilization` */
  readonly ignoreMirrorPodsUtilization: boolean;
  /** Whether nodes that are not ready are removed. `--scale-down-unready-enabled` */
  readonly unreadyEnabled: boolean;
  /** The three delays count for each node group by itself. `--scale-down-delay-type-local` */
  readonly delaysPerGroup: boolean;
  /** Decide as Cluster Autoscaler does where ours means to do better. `--compatibility=cluster-autoscaler` */
  readonly likeClusterAutoscaler: boolean;
  /** Bounds on how much of the cluster is under removal at once. `--disruption-budget` */
  readonly disruptionBudgets: readonly DisruptionBudgetRule[];
  /** A node goes shortly before the end of an hour of its life, which is paid for anyway. `--respect-billing-hour` */
  readonly respectBillingHour: boolean;
  /** Replacing nodes by cheaper ones; absent: nodes are not replaced. `--consolidation` */
  readonly consolidation?: ConsolidationOptions;
  /** A node found impossible to remove is not looked at again for so long. `--unremovable-node-recheck-timeout` */
  readonly unremovableNodeRecheckMs: number;
  /** At most so many nodes are being removed at once, empty ones included. At least 1. `--max-scale-down-parallelism` */
  readonly maxParallelism: number;
  /** At most so many nodes are being drained at once. At least 1. `--max-drain-parallelism` */
  readonly maxDrainParallelism: number;
  /** Pods of a priority below this neither block a removal nor need a place. `--expendable-pods-priority-cutoff` */
  readonly expendablePodsPriorityCutoff: number;
  readonly drainability: DrainabilityOptions;
  readonly drain: DrainOptions;
}

/** When nodes are replaced by cheaper ones. */
export interface ConsolidationOptions {
  /** What is saved of the cluster's cost, over what is disturbed of its pods, is at least this. `--consolidation-threshold` */
  readonly threshold: number;
  /** Younger nodes are not replaced. `--consolidation-min-node-age` */
  readonly minNodeAgeMs: number;
  /** After the end of one replacement there is no other for so long. `--consolidation-cooldown` */
  readonly cooldownMs: number;
  /** New nodes that are not ready after so long are given up. A group may override it. `--max-node-provision-time` */
  readonly readyWithinMs: number;
}

/** So many nodes may be under removal at once. */
export interface DisruptionBudgetRule {
  /** As it was given. */
  readonly text: string;
  readonly most:
    { readonly kind: 'nodes'; readonly nodes: number } | { readonly kind: 'share'; readonly share: number };
  /** When it holds; `undefined`: always. */
  readonly window: DisruptionWindow | undefined;
}

/** A window that opens by a schedule as cron has it, and stays open for a while. */
export interface DisruptionWindow {
  /** By its IANA name: `Europe/Berlin`. */
  readonly timeZone: string;
  readonly durationMs: number;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Of the month, from 1; `undefined`: any. */
  readonly days: readonly number[] | undefined;
  /** From 1. */
  readonly months: readonly number[];
  /** 0: Sunday; `undefined`: any. */
  readonly weekdays: readonly number[] | undefined;
}

/** Which pods keep their node. */
export interface DrainabilityOptions {
  /** Pods of kube-system without a budget keep their node … `--skip-nodes-with-system-pods` */
  readonly skipNodesWithSystemPods: boolean;
  /** … but only so long after they were created. `--blocking-system-pod-distruption-timeout` */
  readonly blockingSystemPodTimeoutMs: number;
  /** Pods with emptyDir or hostPath volumes keep their node. `--skip-nodes-with-local-storage` */
  readonly skipNodesWithLocalStorage: boolean;
  /** Pods of a controller of an unknown kind keep their node. `--skip-nodes-with-custom-controller-pods` */
  readonly skipNodesWithCustomControllerPods: boolean;
  /** Pods whose controller wants fewer replicas keep their node; 0: none do. `--min-replica-count` */
  readonly minReplicaCount: number;
}

/** How a node is emptied and given back. */
export interface DrainOptions {
  /** Mark the node unschedulable together with the taint, and back when the removal fails. `--cordon-node-before-terminating` */
  readonly cordonNode: boolean;
  /** Between the taint and the deletion, so that the scheduler has seen the taint. `--node-delete-delay-after-taint` */
  readonly deleteDelayAfterTaintMs: number;
  /** How long a pod is given to end, however much it asks for. `--max-graceful-termination-sec` */
  readonly maxGracefulTerminationMs: number;
  /** How long evicting one pod is tried before the removal fails. `--max-pod-eviction-time` */
  readonly maxPodEvictionTimeMs: number;
  /** Evict DaemonSet pods from nodes without other pods. `--daemonset-eviction-for-empty-nodes` */
  readonly evictDaemonSetPodsFromEmptyNodes: boolean;
  /** Evict DaemonSet pods from nodes that are drained. `--daemonset-eviction-for-occupied-nodes` */
  readonly evictDaemonSetPodsFromOccupiedNodes: boolean;
  /** Learn the delay after the taint from how long taints took to be seen. `--dynamic-node-delete-delay-after-taint-enabled` */
  readonly dynamicDelayAfterTaint: boolean;
  /** In ascending order of priority, drained one after the other; none: all pods at once. `--drain-priority-config` */
  readonly priorityGroups: readonly DrainPriorityGroup[];
  /** The longest wait for `delay-deletion.…` annotations to go; 0: none. `--node-deletion-delay-timeout` */
  readonly deletionDelayTimeoutMs: number;
  /** The longest wait for the volumes of pods that have left to be detached; 0: none. `--volume-detach-timeout` */
  readonly volumeDetachTimeoutMs: number;
  /** Deletions of one node group are gathered for so long; 0: not at all. `--node-deletion-batcher-interval` */
  readonly deletionBatchIntervalMs: number;
  readonly softTaints: SoftTaintOptions;
}

/** The pods from this priority up to the next group's are drained together. */
export interface DrainPriorityGroup {
  readonly priority: number;
  /** The most that a pod of the group is given to end; 0: as much as it asks for. */
  readonly graceMs: number;
}

/** How unneeded nodes are marked ahead of their removal. */
export interface SoftTaintOptions {
  /** The most taints set or removed in a pass; 0: none, and those there are go at a start. `--max-bulk-soft-taint-count` */
  readonly maxPerPass: number;
  /** No further one is begun after so long. `--max-bulk-soft-taint-time` */
  readonly maxPassMs: number;
  /** How old a taint may be to be believed after a start. `--node-deletion-candidate-ttl` */
  readonly ttlMs: number;
}
