/**
 * The catalogue of reasons: every "why" that the product can give is one of these values. A reason carries its amounts
 * and names, so that logs, events, the record and later reports are all views of the same value (text.ts words them).
 *
 * Codes are stable: people search for them. New ones are added, old ones are not reworded into something else.
 */
import type { CloudErrorKind } from '../cloud/facts.ts';
import type { Taint } from '../cluster/facts.ts';
import type { ConsolidationReason } from './consolidation-reasons.ts';
import type { CouplingReason } from './coupling-reasons.ts';
import type { VolumeReason } from './volume-reasons.ts';

/** Why a pod does not fit a node: the first filter of kube-scheduler that rejects it, and by how much. */
export type FitReason =
  /** The scheduler's "Insufficient cpu". Amounts as in ResourceList. */
  | {
      readonly code: 'InsufficientResource';
      readonly resource: string;
      readonly requested: number;
      readonly free: number;
      readonly allocatable: number;
    }
  | { readonly code: 'TooManyPods'; readonly allowed: number }
  | { readonly code: 'UntoleratedTaint'; readonly taint: Taint }
  | { readonly code: 'NodeUnschedulable' }
  /** `by`: the scheduler's configuration wants it of every pod; otherwise the pod does. */
  | { readonly code: 'NodeAffinityMismatch'; readonly requirement: string; readonly by?: 'scheduler-config' }
  /** `by`: the pod itself names its node (`spec.nodeName`); otherwise its affinity does. */
  | { readonly code: 'NodeNameMismatch'; readonly wanted: string; readonly by?: 'NodeName' }
  | { readonly code: 'HostPortTaken'; readonly port: number; readonly protocol: string }
  /** Features that the pod needs and the node does not declare. */
  | { readonly code: 'NodeLacksFeatures'; readonly features: readonly string[] }
  | VolumeReason
  | CouplingReason
  /** New nodes of the group were to take such pods, `times` times in a row, and did not; `node` is one of them. */
  | { readonly code: 'PredictionFailed'; readonly node: string; readonly times: number; readonly untilMs: number }
  /** The pod says something that has no meaning (an amount, an operator): no server takes such a pod. */
  | { readonly code: 'UnreadablePod'; readonly problem: string }
  /** Held back by scheduling gates: the scheduler does not look at the pod, nor do we. */
  | { readonly code: 'SchedulingGated'; readonly gates: readonly string[] }
  /** The pod needs a check that this version does not make: never counted as fitting. */
  | { readonly code: 'NotEvaluated'; readonly needs: string };

/**
 * A cluster-wide limit: `nodes` (--max-nodes-total), `cpu`, `memory`, or a type of GPU (--gpu-total). Amounts as in
 * ResourceList.
 */
export interface ClusterLimitReason {
  readonly code: 'ClusterLimit';
  readonly resource: string;
  readonly limit: number;
  readonly wouldBe: number;
}

/** Why a node group is not grown for a pod that would fit its nodes, or is not looked at at all. */
export type GroupReason =
  /** Its own option says that nothing is done with it. */
  | { readonly code: 'GroupOnDryRun' }
  | { readonly code: 'GroupAtMaxSize'; readonly maxSize: number; readonly targetSize: number }
  | {
      readonly code: 'GroupInBackoff';
      readonly untilMs: number;
      readonly cause: CloudErrorKind | 'provision-timeout';
      /** The cloud's own words. */
      readonly message: string;
    }
  | { readonly code: 'GroupUnhealthy'; readonly unready: number; readonly registered: number }
  | { readonly code: 'NoTemplate'; readonly message: string }
  /** It grows to its maximum or not at all, and a limit of the cluster leaves less. */
  | { readonly code: 'WholeGroupLimit'; readonly nodes: number; readonly because: ClusterLimitReason }
  /** Somebody else has changed it a moment ago, and the cloud may not show yet what came of it. */
  | { readonly code: 'GroupJustChanged'; readonly untilMs: number }
  /** A resize of this group is in flight; the next waits for it (I4). */
  | { readonly code: 'ResizeInFlight' }
  | ClusterLimitReason
  /** So many nodes are asked for in one pass and no more; the next pass goes on. `--max-nodes-per-scaleup` */
  | { readonly code: 'NodesPerScaleUpLimit'; readonly limit: number }
  /** So many nodes have been launched within an hour, by the guard against launching without end. `--max-node-launches-per-hour` */
  | { readonly code: 'NodeLaunchLimit'; readonly limit: number; readonly untilMs: number }
  /** The pod fits here, but another group was chosen by the expander. */
  | { readonly code: 'AnotherGroupChosen'; readonly chosen: string; readonly expander: string }
  /** The pod fits here, but the expander refused every group. */
  | { readonly code: 'RefusedByExpander'; readonly expander: string };

/** Why a pending pod gets no new node although nothing is wrong with the groups. */
export type PendingReason =
  | Extract<FitReason, { readonly code: 'SchedulingGated' }>
  | { readonly code: 'FitsExistingNode'; readonly node: string }
  | { readonly code: 'FitsUpcomingNode'; readonly group: string }
  /** So may it be: somebody else has just changed a group that suits it. Nothing is asked for elsewhere meanwhile. */
  | { readonly code: 'NodeMayBeComing'; readonly group: string; readonly untilMs: number }
  | { readonly code: 'TooYoung'; readonly untilMs: number }
  | { readonly code: 'BelowPriorityCutoff'; readonly priority: number; readonly cutoff: number }
  | { readonly code: 'OtherScheduler'; readonly schedulerName: string }
  /** Not among `--allowed-scheduler-names`. */
  | { readonly code: 'SchedulerNotAllowed'; readonly schedulerName: string }
  | { readonly code: 'BeingDeleted' }
  | { readonly code: 'DaemonSetPod' }
  | { readonly code: 'NominatedToNode'; readonly node: string }
  | { readonly code: 'NotYetTriedByScheduler' }
  /** Another group would help; in a pass with one choice only (`--compatibility=cluster-autoscaler`) it waits for the next. */
  | { readonly code: 'AnotherGroupFirst'; readonly chosen: string }
  /** The pass did not look: the cluster is unhealthy, the cloud could not be read … */
  | { readonly code: 'PassSkipped'; readonly message: string };

/** Why a pod keeps its node from being removed (the names that Cluster Autoscaler's users know). */
export type BlockingPodReason =
  | 'NotReplicated'
  | 'LocalStorageRequested'
  | 'NotSafeToEvictAnnotation'
  | 'UnmovableKubeSystemPod'
  | 'NotEnoughPdb'
  | 'ControllerNotFound'
  | 'MinReplicasReached'
  | 'UnexpectedError';

/** Why a node stays. `untilMs`, where given, is the next moment at which that may change by itself. */
export type NodeReason =
  | { readonly code: 'NotInNodeGroup' }
  /** Its group's own option says that nothing is done with it. */
  | { readonly code: 'NodeGroupOnDryRun' }
  | { readonly code: 'ScaleDownDisabledAnnotation' }
  | { readonly code: 'ScaleDownDisabled' }
  | { readonly code: 'NodeGroupMinSizeReached'; readonly minSize: number }
  | { readonly code: 'ClusterMinimumReached'; readonly resource: string; readonly minimum: number }
  /** Used more than the threshold. `utilization` and `threshold` are shares of 1. */
  | {
      readonly code: 'NotUnderutilized';
      readonly resource: string;
      readonly utilization: number;
      readonly threshold: number;
    }
  | { readonly code: 'NotUnneededLongEnough'; readonly sinceMs: number; readonly untilMs: number }
  | { readonly code: 'NotUnreadyLongEnough'; readonly sinceMs: number; readonly untilMs: number }
  | { readonly code: 'RecentlyUnremovable'; readonly untilMs: number; readonly because: NodeReason }
  | {
      readonly code: 'BlockedByPod';
      readonly pod: string;
      readonly blocking: BlockingPodReason;
      readonly detail: string;
    }
  | { readonly code: 'NoPlaceToMovePods'; readonly pod: string; readonly rejections: readonly RejectionCount[] }
  /** Scale-down waits after a scale-up, a deletion or a failure. */
  | {
      readonly code: 'InCooldown';
      readonly after: 'add' | 'delete' | 'failure' | 'pending-pods';
      /** The group that it is about, where delays count for each by itself. */
      readonly group?: string;
      readonly untilMs: number;
    }
  | { readonly code: 'ParallelismLimit'; readonly limit: number; readonly flag: string }
  /** Removable, and its pods are needed by no other; another node was preferred in this pass. */
  | { readonly code: 'ReceivesMovedPods'; readonly from: string }
  | { readonly code: 'NodeIsStarting' }
  | { readonly code: 'InstanceUnknown'; readonly providerID: string }
  /** How much of the node is used cannot be told: it says nothing about what it can allocate of this resource. */
  | { readonly code: 'UtilizationUnknown'; readonly resource: string }
  /** So many nodes are unready that the picture of the cluster is not to be trusted. */
  | { readonly code: 'ClusterUnhealthy'; readonly unready: number; readonly registered: number }
  /** A pod annotated `safe-to-evict: on-completion` runs here: the node may go once it has ended. */
  | { readonly code: 'BlockedByOnCompletionPod'; readonly pod: string }
  /** A pending pod will land here and fits no other node that stays. */
  | { readonly code: 'NeededByPendingPod'; readonly pod: string; readonly rejections: readonly RejectionCount[] }
  /** The pass did not look; see the reason of the same code for pods. */
  | Extract<PendingReason, { readonly code: 'PassSkipped' }>
  /** Nodes that are not ready are kept. `--scale-down-unready-enabled=false` */
  | { readonly code: 'ScaleDownUnreadyDisabled' }
  /** Its group goes as a whole or not at all, and only so many of its nodes can go. */
  | { readonly code: 'AtomicScaleDownFailed'; readonly removable: number; readonly nodes: number }
  /** A budget of ours for the whole cluster allows no further removal. `--disruption-budget` */
  | {
      readonly code: 'DisruptionBudgetReached';
      readonly budget: string;
      readonly limit: number;
      /** When its window closes; absent: it always holds. */
      readonly untilMs?: number;
    }
  /** The hour that is already paid for is not over. `--respect-billing-hour` */
  | { readonly code: 'HourPaidFor'; readonly untilMs: number }
  /** It goes once the nodes that are to take its pods are ready. `--consolidation` */
  | { readonly code: 'AwaitsReplacement'; readonly group: string; readonly untilMs: number }
  /** It was asked for to take the pods of these nodes. `--consolidation` */
  | { readonly code: 'TakesReplacedPods'; readonly nodes: readonly string[]; readonly untilMs: number }
  /** Other nodes are being replaced by cheaper ones of the group, and their pods go first. `--consolidation` */
  | { readonly code: 'ReplacementFirst'; readonly group: string; readonly untilMs: number }
  /** Removing it was tried and failed. */
  | { readonly code: 'RemovalFailedRecently'; readonly untilMs: number; readonly message: string };

/** How many nodes rejected a pod for one reason. */
export interface RejectionCount {
  readonly reason: FitReason;
  readonly nodes: number;
}

export type Reason = FitReason | GroupReason | PendingReason | NodeReason | ConsolidationReason;
