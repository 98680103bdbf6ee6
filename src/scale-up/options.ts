/**
 * The settings that the scale-up decision reads. Values come from flags (src/options), checked there: every number
 * below is finite and within its stated range.
 */

/** How one node group is chosen among those that would help. */
export type ExpanderName = 'least-waste';

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
  /** Pods of a priority below this are ignored: nothing is scaled up for them. `--expendable-pods-priority-cutoff` */
  readonly expendablePodsPriorityCutoff: number;
}
