/**
 * The settings of node groups as a whole: when one counts as failing, and the bounds of the whole cluster. Values come
 * from flags (src/options), checked there.
 */

/** When a node group counts as failing, and for how long it is then left alone. */
export interface NodeGroupHealthOptions {
  /** From the request to the node's registration; later it has failed. A group may override it. `--max-node-provision-time` */
  readonly maxNodeProvisionTimeMs: number;
  /** The first backoff after a failed scale-up; doubles with each failure. `--initial-node-group-backoff-duration` */
  readonly initialBackoffMs: number;
  /** The longest backoff. At least {@link initialBackoffMs}. `--max-node-group-backoff-duration` */
  readonly maxBackoffMs: number;
  /** Without a failure for so long, the backoff starts anew at its first length. `--node-group-backoff-reset-timeout` */
  readonly backoffResetMs: number;
  /**
   * Nodes on their way count only while a request of this process for them is open and its group is not in backoff, as
   * Cluster Autoscaler does it. `--compatibility=cluster-autoscaler`
   */
  readonly upcomingNeedsRequest: boolean;
}

/**
 * Bounds of the whole cluster, over all its nodes, autoscaled or not. A maximum stops scale-up, a minimum scale-down.
 * Whole numbers in the units of ResourceList; `Number.MAX_SAFE_INTEGER` where there is no maximum (not `Infinity`, which a
 * recorded pass in JSON would lose).
 */
export interface LimitsOptions {
  /** `--max-nodes-total`, where 0 says no maximum. */
  readonly maxNodes: number;
  /** `--cores-total` */
  readonly minMilliCpu: number;
  readonly maxMilliCpu: number;
  /** `--memory-total`, where the flag is in GiB. */
  readonly minMemoryBytes: number;
  readonly maxMemoryBytes: number;
}
