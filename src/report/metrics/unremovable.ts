/** Why nodes stay, by the words of Cluster Autoscaler's `unremovable_nodes_count`, which has fewer. */
import type { NodeReason } from '../../explain/reasons.ts';

/** `undefined`: it counts no such nodes. */
export function unremovableReason({ code }: NodeReason): string | undefined {
  return REASONS[code];
}

const OTHER = 'NotUnneededOtherReason';

const REASONS: Readonly<Record<NodeReason['code'], string | undefined>> = {
  NotInNodeGroup: 'NotAutoscaled',
  InstanceUnknown: 'NotAutoscaled',
  NodeGroupOnDryRun: 'NotAutoscaled',
  ScaleDownDisabledAnnotation: 'ScaleDownDisabledAnnotation',
  ScaleDownUnreadyDisabled: 'ScaleDownUnreadyDisabled',
  NotUnneededLongEnough: 'NotUnneededLongEnough',
  NotUnreadyLongEnough: 'NotUnreadyLongEnough',
  NodeGroupMinSizeReached: 'NodeGroupMinSizeReached',
  AtomicScaleDownFailed: 'AtomicScaleDownFailed',
  ClusterMinimumReached: 'MinimalResourceLimitExceeded',
  NotUnderutilized: 'NotUnderutilized',
  RecentlyUnremovable: 'RecentlyUnremovable',
  RemovalFailedRecently: 'RecentlyUnremovable',
  NoPlaceToMovePods: 'NoPlaceToMovePods',
  NeededByPendingPod: 'NoPlaceToMovePods',
  BlockedByPod: 'BlockedByPod',
  BlockedByOnCompletionPod: 'BlockedByOnCompletionPod',
  UtilizationUnknown: 'UnexpectedError',
  ReceivesMovedPods: OTHER,
  ParallelismLimit: OTHER,
  DisruptionBudgetReached: OTHER,
  HourPaidFor: OTHER,
  AwaitsReplacement: OTHER,
  ReplacementFirst: OTHER,
  TakesReplacedPods: OTHER,
  InCooldown: OTHER,
  NodeIsStarting: OTHER,
  ScaleDownDisabled: undefined,
  ClusterUnhealthy: undefined,
  PassSkipped: undefined,
};
