/** What a person can do about a reason. */
import { unreachable } from '../cluster/invariant.ts';
import type { BlockingPodReason, Reason } from './reasons.ts';
import { consolidationAdvice, isConsolidationReason } from './consolidation-reasons.ts';
import { couplingAdvice, isCouplingReason } from './coupling-reasons.ts';
import { isVolumeReason, volumeAdvice } from './volume-reasons.ts';

/** One sentence; '' where there is nothing to do but wait, or nothing to be done. */
export function advice(reason: Reason): string {
  if (isVolumeReason(reason)) return volumeAdvice(reason);
  if (isCouplingReason(reason)) return couplingAdvice(reason);
  if (isConsolidationReason(reason)) return consolidationAdvice(reason);
  switch (reason.code) {
    case 'InsufficientResource':
      return reason.requested > reason.allocatable
        ? `Lower the request, or add a node pool whose plan has more ${reason.resource}.`
        : '';
    case 'TooManyPods':
      return reason.allowed === 0 ? 'The node allows no pods at all: check its kubelet.' : '';
    case 'UntoleratedTaint':
      return `Add a toleration for ${reason.taint.key} if the pod may run there.`;
    case 'NodeAffinityMismatch':
      if (reason.by !== undefined) return 'Correct addedAffinity in the scheduler’s configuration, or label the nodes.';
      return 'Correct the nodeSelector or node affinity, or add a node pool with these labels.';
    case 'NodeNameMismatch':
      return 'The pod names its node: no new node can have that name.';
    case 'NodeUnschedulable':
      return 'Uncordon the node if it may take pods again.';
    case 'PredictionFailed':
      return 'Look at why the scheduler does not place the pod: kubectl describe pod.';
    case 'NodeLacksFeatures':
      return "Update the node's kubelet to a version that has them.";
    case 'UnreadablePod':
      return 'Correct the pod.';
    case 'NotEvaluated':
      return 'This version does not add nodes for such pods: add one by hand, or drop the requirement.';
    case 'SchedulingGated':
      return "Whoever set the gates removes them when the pod's turn has come.";
    case 'SchedulerNotAllowed':
      return 'Name its scheduler in --allowed-scheduler-names too if nodes may be added for it.';
    case 'GroupAtMaxSize':
      return "Raise the node pool's maximum.";
    case 'GroupInBackoff':
      return BACKOFF_ADVICE[reason.cause];
    case 'GroupUnhealthy':
    case 'ClusterUnhealthy':
      return 'Look at the nodes that are not ready: kubectl describe node.';
    case 'NoTemplate':
      return 'Add one node to the pool by hand: a living node shows what the others will be like.';
    case 'WholeGroupLimit':
      return advice(reason.because);
    case 'ClusterLimit':
      return `Raise ${LIMIT_FLAGS.get(reason.resource) ?? '--gpu-total'} if the cluster may grow further.`;
    case 'NodeLaunchLimit':
      return 'Find out what asks for nodes again and again; raise --max-node-launches-per-hour if it is in order.';
    case 'NodesPerScaleUpLimit':
      return 'The next pass goes on; raise --max-nodes-per-scaleup to ask for more at once.';
    case 'BelowPriorityCutoff':
      return 'Raise the priority, or lower --expendable-pods-priority-cutoff.';
    case 'GroupOnDryRun':
    case 'NodeGroupOnDryRun':
      return 'Take the label vke-autoscaler-dry-run off the pool.';
    case 'NotInNodeGroup':
      return 'Only nodes of an autoscaled node pool are removed.';
    case 'ScaleDownDisabledAnnotation':
      return 'Remove the annotation cluster-autoscaler.kubernetes.io/scale-down-disabled to allow it.';
    case 'ScaleDownDisabled':
      return 'Set --scale-down-enabled=true to allow it.';
    case 'NodeGroupMinSizeReached':
      return "Lower the node pool's minimum.";
    case 'ClusterMinimumReached':
      return `Lower the minimum of ${LIMIT_FLAGS.get(reason.resource) ?? '--gpu-total'}.`;
    case 'NotUnderutilized':
      return 'Raise --scale-down-utilization-threshold to remove fuller nodes.';
    case 'RecentlyUnremovable':
      return advice(reason.because);
    case 'BlockedByPod':
      return BLOCKING_ADVICE[reason.blocking];
    case 'ParallelismLimit':
      return `Raise --${reason.flag} to remove more nodes at once.`;
    case 'InstanceUnknown':
      return 'Delete the Node object if its instance is gone.';
    case 'RefusedByExpander':
      return 'Ask whoever runs the expander service why it names no node group.';
    case 'UtilizationUnknown':
      return 'Check what the kubelet reports as allocatable.';
    case 'HostPortTaken':
      return 'Drop hostPort if a Service will do; otherwise each such pod needs a node of its own.';
    case 'NotUnneededLongEnough':
      return 'It goes by itself; lower --scale-down-unneeded-time for that to be sooner.';
    case 'NotUnreadyLongEnough':
      return 'Look at why it is not ready: kubectl describe node.';
    case 'NoPlaceToMovePods':
    case 'NeededByPendingPod':
      return 'Lower what the pod asks for, or loosen what keeps it from the other nodes.';
    case 'InCooldown':
      return COOLDOWN_ADVICE[reason.after];
    case 'NodeIsStarting':
      return 'Wait; a node that never becomes ready counts as broken after --max-node-startup-time.';
    case 'BlockedByOnCompletionPod':
      return 'Wait until the pod has ended, or drop its annotation.';
    case 'RemovalFailedRecently':
      return 'Read the message; it is tried again by itself.';
    case 'ScaleDownUnreadyDisabled':
      return 'Set --scale-down-unready-enabled=true to remove such nodes.';
    case 'AtomicScaleDownFailed':
      return 'Look at why the other nodes of the pool stay.';
    case 'DisruptionBudgetReached':
      return 'Loosen --disruption-budget to remove more nodes now.';
    case 'HourPaidFor':
      return 'Set --respect-billing-hour=false to remove it before.';
    case 'AnotherGroupChosen':
      return '';
    case 'TooYoung':
      return 'Lower --new-pod-scale-up-delay, or the annotation of the pod, for an answer sooner.';
    case 'OtherScheduler':
    case 'NotYetTriedByScheduler':
      return 'Look at whether that scheduler runs.';
    case 'GroupJustChanged':
    case 'ResizeInFlight':
    case 'FitsExistingNode':
    case 'FitsUpcomingNode':
    case 'NodeMayBeComing':
    case 'BeingDeleted':
    case 'DaemonSetPod':
    case 'NominatedToNode':
    case 'AnotherGroupFirst':
    case 'PassSkipped':
    case 'ReceivesMovedPods':
    case 'AwaitsReplacement':
    case 'TakesReplacedPods':
    case 'ReplacementFirst':
      return '';
    default:
      return unreachable(reason);
  }
}

const LIMIT_FLAGS: ReadonlyMap<string, string> = new Map([
  ['nodes', '--max-nodes-total'],
  ['cpu', '--cores-total'],
  ['memory', '--memory-total'],
]);

const COOLDOWN_ADVICE = {
  add: 'It passes by itself; --scale-down-delay-after-add says how long it lasts.',
  delete: 'It passes by itself; --scale-down-delay-after-delete says how long it lasts.',
  failure: 'Look at why the removal failed; --scale-down-delay-after-failure says how long the pause lasts.',
  'pending-pods': '',
} as const satisfies Record<(Reason & { code: 'InCooldown' })['after'], string>;

const BACKOFF_ADVICE = {
  'out-of-stock': 'Add a node pool with another plan, or wait for stock in the region.',
  'quota-exceeded': 'Ask Vultr to raise the limit of the account.',
  'account-refused': 'Look at the account: Vultr refuses it this product.',
  unauthorized: 'Check the API key, its rights and its list of allowed addresses.',
  'not-found': 'Check that the node pool still exists.',
  'rate-limited': 'Other programs use the same API key: give each its own.',
  invalid: "Read the cloud's message: the request makes no sense to it.",
  unavailable: '',
  'unknown-outcome': '',
  unsupported: '',
  'provision-timeout':
    'Look at the instances in the Vultr console; raise --max-node-provision-time if they are only slow.',
} as const satisfies Record<(Reason & { code: 'GroupInBackoff' })['cause'], string>;

const BLOCKING_ADVICE = {
  NotReplicated:
    'Run the pod under a controller, or annotate it cluster-autoscaler.kubernetes.io/safe-to-evict: "true".',
  LocalStorageRequested: 'Annotate the pod as safe to evict, or set --skip-nodes-with-local-storage=false.',
  NotSafeToEvictAnnotation: 'Remove the annotation cluster-autoscaler.kubernetes.io/safe-to-evict: "false".',
  UnmovableKubeSystemPod: 'Give the pod a PodDisruptionBudget, or set --skip-nodes-with-system-pods=false.',
  NotEnoughPdb: 'Its PodDisruptionBudget allows no disruption now: run more replicas, or loosen it.',
  ControllerNotFound: 'Its controller is gone: delete the pod.',
  MinReplicasReached: 'Run more replicas, or lower --min-replica-count.',
  UnexpectedError: '',
} as const satisfies Record<BlockingPodReason, string>;
