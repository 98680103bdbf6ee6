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
}
