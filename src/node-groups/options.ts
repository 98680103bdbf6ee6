/**
 * The settings of node groups as a whole: when one counts as failing, and the bounds of the whole cluster. Values come
 * from flags (src/options), checked there.
 */
import type { TaintOptions } from './taints.ts';

/** When a node group counts as failing, for how long it is then left alone, and how its nodes are judged. */
export interface NodeGroupHealthOptions {
  /** From the request to the node's registration; later it has failed. A group may override it. `--max-node-provision-time` */
  readonly maxNodeProvisionTimeMs: number;
  /** From registration; a node that is not ready after so long is broken. A group may override it. `--max-node-startup-time` */
  readonly maxNodeStartupTimeMs: number;
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
  /** Instances that never became nodes go even where the group is at its minimum. `--force-delete-unregistered-nodes` */
  readonly forceDeleteUnregistered: boolean;
  /** The same for instances that the cloud could not create. `--force-delete-failed-nodes` */
  readonly forceDeleteFailed: boolean;
  /** The label whose value is the type of a node's GPUs; a node with it and without GPUs is not ready; '': none. `--gpu-label` */
  readonly gpuLabel: string;
  readonly taints: TaintOptions;
  readonly templates: TemplateOptions;
}

/** What new nodes are taken to be like, where a living node is their pattern. */
export interface TemplateOptions {
  /** Pods of DaemonSets that the living node lacks take room on new ones all the same. `--force-ds` */
  readonly forceDaemonSets: boolean;
  /** New nodes are schedulable although the living node is cordoned. `--scale-from-unschedulable` */
  readonly schedulableFromCordoned: boolean;
}

/** Bounds on the GPUs of one type, by the value of the GPU label or the name of the resource. `--gpu-total` */
interface GpuLimit {
  readonly type: string;
  readonly min: number;
  readonly max: number;
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
  /** `--gpu-total` */
  readonly gpus: readonly GpuLimit[];
  /** As {@link NodeGroupHealthOptions.gpuLabel}. */
  readonly gpuLabel: string;
}
