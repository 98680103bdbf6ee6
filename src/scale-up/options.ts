/**
 * The settings that the scale-up decision reads. Values come from flags (src/options), checked there: every number
 * below is finite and within its stated range.
 */

/** How one node group is chosen among those that would help. */
export type ExpanderName = 'least-waste' | 'most-pods' | 'least-nodes' | 'price' | 'priority' | 'random' | 'grpc';

export interface ScaleUpOptions {
  /** Tried in order, each narrowing what the one before left over. Never empty. `--expander` */
  readonly expanders: readonly ExpanderName[];
  /**
   * At most so many nodes are asked for at once; `Number.MAX_SAFE_INTEGER`: no cap; 0: no scale-up.
   * `--max-nodes-per-scaleup`, where 0 says no cap and a negative number no scale-up.
   */
  readonly maxNodesPerScaleUp: number;
  /** A pending pod younger than this is left to the scheduler. At least 0. `--new-pod-scale-up-delay` */
  readonly newPodScaleUpDelayMs: number;
  /**
   * One option of the expander is taken in a pass, and pods that it does not help wait for the next one, as Cluster
   * Autoscaler does it. `--compatibility=cluster-autoscaler`
   */
  readonly oneChoicePerPass: boolean;
  /** Decide as Cluster Autoscaler does where ours means to do better. `--compatibility=cluster-autoscaler` */
  readonly likeClusterAutoscaler: boolean;
  /**
   * While all pods that ask for nodes are only seconds old, the pass waits, as Cluster Autoscaler does.
   * `--compatibility=cluster-autoscaler`
   */
  readonly waitsForNewPods: boolean;
  /** Groups are raised to their minimum size. `--enforce-node-group-min-size` */
  readonly enforceMinSize: boolean;
  /** Nodes are added also while the cluster has none that is ready. `--scale-up-from-zero` */
  readonly fromZero: boolean;
  /** Pods of these schedulers ask for nodes before they were tried. `--bypassed-scheduler-names` */
  readonly bypassedSchedulers: readonly string[];
  /** Only pods of these schedulers ask for nodes; empty: those of all. `--allowed-scheduler-names` */
  readonly allowedSchedulers: readonly string[];
  /** New nodes are spread over groups that are alike; absent: they are not. `--balance-similar-node-groups` */
  readonly balancing?: BalancingOptions;
  /** Pods of a priority below this are ignored: nothing is scaled up for them. `--expendable-pods-priority-cutoff` */
  readonly expendablePodsPriorityCutoff: number;
}

/** When two node groups are alike. Ratios are shares of the larger amount. */
export interface BalancingOptions {
  /** Alike are groups that have all of these labels, with the same values; empty: see below. `--balancing-label` */
  readonly labels: readonly string[];
  /** Labels that may differ, beside those that always may. `--balancing-ignore-label` */
  readonly ignoredLabels: readonly string[];
  /** A label's older name counts beside its newer one. `--compatibility=cluster-autoscaler` */
  readonly heedsOldNames: boolean;
  /** `--memory-difference-ratio` */
  readonly memoryRatio: number;
  /** `--max-free-difference-ratio` */
  readonly freeRatio: number;
  /** `--max-allocatable-difference-ratio` */
  readonly allocatableRatio: number;
}
