/**
 * The wording of every reason: what a person reads in a log line, an event or a report. Amounts carry their units. A
 * code that is added without words does not compile.
 */
import { unreachable } from '../cluster/invariant.ts';
import { wordAmount, wordCount, wordDuration, wordResource, wordShare } from './amounts.ts';
import { describeConsolidation, isConsolidationReason } from './consolidation-reasons.ts';
import { type CouplingReason, describeCoupling, isCouplingReason } from './coupling-reasons.ts';
import { describeVolume, isVolumeReason, type VolumeReason } from './volume-reasons.ts';
import type { FitReason, GroupReason, NodeReason, PendingReason, Reason } from './reasons.ts';

export { advice } from './advice.ts';
export { schedulerMessage } from './scheduler-message.ts';

/** The reason as a clause, e.g. `needs 3500m CPU, 2900m free of 4000m`. With `now`, times to come are given as well. */
export function describe(reason: Reason, now?: number): string {
  if (isVolumeReason(reason)) return describeVolume(reason);
  if (isCouplingReason(reason)) return describeCoupling(reason);
  if (isConsolidationReason(reason)) return describeConsolidation(reason, now);
  switch (reason.code) {
    case 'InsufficientResource':
    case 'TooManyPods':
    case 'UntoleratedTaint':
    case 'NodeUnschedulable':
    case 'NodeAffinityMismatch':
    case 'NodeNameMismatch':
    case 'HostPortTaken':
    case 'NodeLacksFeatures':
    case 'PredictionFailed':
    case 'UnreadablePod':
    case 'SchedulingGated':
    case 'NotEvaluated':
      return describeFit(reason);
    case 'GroupOnDryRun':
    case 'GroupAtMaxSize':
    case 'GroupInBackoff':
    case 'GroupUnhealthy':
    case 'NoTemplate':
    case 'GroupJustChanged':
    case 'ResizeInFlight':
    case 'WholeGroupLimit':
    case 'ClusterLimit':
    case 'NodesPerScaleUpLimit':
    case 'NodeLaunchLimit':
    case 'AnotherGroupChosen':
    case 'RefusedByExpander':
      return describeGroup(reason, now);
    case 'FitsExistingNode':
    case 'FitsUpcomingNode':
    case 'NodeMayBeComing':
    case 'TooYoung':
    case 'BelowPriorityCutoff':
    case 'OtherScheduler':
    case 'SchedulerNotAllowed':
    case 'BeingDeleted':
    case 'DaemonSetPod':
    case 'NominatedToNode':
    case 'NotYetTriedByScheduler':
    case 'AnotherGroupFirst':
    case 'PassSkipped':
      return describePending(reason, now);
    default:
      return describeNode(reason, now);
  }
}

function describeFit(reason: Exclude<FitReason, VolumeReason | CouplingReason>): string {
  switch (reason.code) {
    case 'InsufficientResource': {
      const { resource, requested, free, allocatable } = reason;
      const needs = `needs ${wordAmount(resource, requested)} ${wordResource(resource)}`;
      if (allocatable === 0) return `${needs}, the node has none`;
      return `${needs}, ${wordAmount(resource, free)} free of ${wordAmount(resource, allocatable)}`;
    }
    case 'TooManyPods':
      return `all ${reason.allowed} places for pods are taken`;
    case 'UntoleratedTaint': {
      const { key, value, effect } = reason.taint;
      return `does not tolerate the taint ${key}${value === '' ? '' : `=${value}`}:${effect}`;
    }
    case 'NodeUnschedulable':
      return 'the node is cordoned';
    case 'NodeAffinityMismatch':
      if (reason.by !== undefined) return `the scheduler takes only nodes with ${reason.requirement}`;
      return `wants a node with ${reason.requirement}`;
    case 'NodeNameMismatch':
      return reason.wanted === '' ? 'its affinity terms exclude each other' : `wants the node ${reason.wanted}`;
    case 'HostPortTaken':
      return `host port ${reason.port}/${reason.protocol} is taken`;
    case 'PredictionFailed':
      return `its new nodes were to take the pod and did not (${reason.node}${reason.times === 1 ? '' : `, for the ${reason.times}th time`})`;
    case 'NodeLacksFeatures':
      return `needs ${reason.features.join(', ')}, which the node does not declare`;
    case 'UnreadablePod':
      return `what it asks cannot be read: ${reason.problem}`;
    case 'SchedulingGated':
      return `held back by the scheduling gates ${reason.gates.join(', ')}`;
    case 'NotEvaluated':
      return `not evaluated yet: needs ${reason.needs}`;
    default:
      return unreachable(reason);
  }
}

function describeGroup(reason: GroupReason, now: number | undefined): string {
  switch (reason.code) {
    case 'GroupAtMaxSize':
      return `at its maximum of ${wordCount(reason.maxSize, 'node')}`;
    case 'GroupInBackoff':
      return `left alone${forAnother(reason.untilMs, now)} after a failure (${reason.cause}: ${reason.message})`;
    case 'GroupUnhealthy':
      return `unhealthy: ${reason.unready} of its nodes are broken or missing, ${reason.registered} registered`;
    case 'NoTemplate':
      return `what its nodes would be like is not known: ${reason.message}`;
    case 'GroupOnDryRun':
      return 'on dry run: nothing is done with it';
    case 'GroupJustChanged':
      return `left alone${forAnother(reason.untilMs, now)}, to see what came of a change by another program or person`;
    case 'ResizeInFlight':
      return 'an earlier resize of it is not answered yet';
    case 'ClusterLimit': {
      const { resource, limit, wouldBe } = reason;
      const bound = `${wordAmount(resource, limit)}${resource === 'nodes' ? ' nodes' : ` ${wordResource(resource)}`}`;
      return `the cluster's limit of ${bound} would be passed (${wordAmount(resource, wouldBe)})`;
    }
    case 'WholeGroupLimit':
      return `grows by ${wordCount(reason.nodes, 'node')} or not at all, and ${describe(reason.because)}`;
    case 'NodeLaunchLimit':
      return `${wordCount(reason.limit, 'node')} were launched within an hour, and more are not${forAnother(reason.untilMs, now)}`;
    case 'NodesPerScaleUpLimit':
      return `at most ${wordCount(reason.limit, 'node')} are asked for in one pass`;
    case 'AnotherGroupChosen':
      return `${reason.chosen} was chosen by ${reason.expander}`;
    case 'RefusedByExpander':
      return `the expander ${reason.expander} refused every node group`;
    default:
      return unreachable(reason);
  }
}

function describePending(
  reason: Exclude<PendingReason, { readonly code: 'SchedulingGated' }>,
  now: number | undefined,
): string {
  switch (reason.code) {
    case 'FitsExistingNode':
      return `fits ${reason.node}, the scheduler will place it`;
    case 'FitsUpcomingNode':
      return `a node of ${reason.group} is on its way`;
    case 'NodeMayBeComing':
      return `waits${forAnother(reason.untilMs, now)} to see what came of a change of ${reason.group} by another program or person`;
    case 'TooYoung':
      return `too young for a scale-up${forAnother(reason.untilMs, now)}`;
    case 'BelowPriorityCutoff':
      return `no node is added for its priority ${reason.priority}, below the cutoff of ${reason.cutoff}`;
    case 'OtherScheduler':
      return `the scheduler ${reason.schedulerName} has not tried it yet`;
    case 'SchedulerNotAllowed':
      return `no node is added for the pods of the scheduler ${reason.schedulerName}`;
    case 'BeingDeleted':
      return 'it is being deleted';
    case 'DaemonSetPod':
      return 'pods of DaemonSets get no nodes of their own';
    case 'NominatedToNode':
      return `waits for pods on ${reason.node} to give way to it`;
    case 'NotYetTriedByScheduler':
      return 'the scheduler has not tried it yet';
    case 'AnotherGroupFirst':
      return `${reason.chosen} was chosen in this pass; a group that helps it is looked at in the next`;
    case 'PassSkipped':
      return `not looked at: ${reason.message}`;
    default:
      return unreachable(reason);
  }
}

function describeNode(reason: Exclude<NodeReason, PendingReason>, now: number | undefined): string {
  switch (reason.code) {
    case 'NodeGroupOnDryRun':
      return 'its group is on dry run';
    case 'NotInNodeGroup':
      return 'belongs to no node group';
    case 'ScaleDownDisabledAnnotation':
      return 'its annotation disables scale-down';
    case 'ScaleDownDisabled':
      return 'scale-down is switched off';
    case 'NodeGroupMinSizeReached':
      return `its group is at its minimum of ${wordCount(reason.minSize, 'node')}`;
    case 'ClusterMinimumReached':
      return `the cluster is at its minimum of ${wordAmount(reason.resource, reason.minimum)} ${wordResource(reason.resource)}`;
    case 'NotUnderutilized':
      return `${wordShare(reason.utilization)} of its ${wordResource(reason.resource)} is used, threshold ${wordShare(reason.threshold)}`;
    case 'NotUnneededLongEnough':
      return `unneeded${since(reason.sinceMs, now)}, removed after ${wordDuration(reason.untilMs - reason.sinceMs)}`;
    case 'NotUnreadyLongEnough':
      return `not ready${since(reason.sinceMs, now)}, removed after ${wordDuration(reason.untilMs - reason.sinceMs)}`;
    case 'RecentlyUnremovable':
      return `found impossible to remove a while ago: ${describe(reason.because, now)}`;
    case 'BlockedByPod':
      return `${reason.pod} keeps it (${reason.blocking}${reason.detail === '' ? '' : `: ${reason.detail}`})`;
    case 'NoPlaceToMovePods':
      return `${reason.pod} fits nowhere else${wordRejections(reason)}`;
    case 'InCooldown':
      return `scale-down waits${forAnother(reason.untilMs, now)} ${COOLDOWN_WORDS[reason.after]}`;
    case 'ParallelismLimit':
      return `at most ${reason.limit} at once (${reason.flag})`;
    case 'ReceivesMovedPods':
      return `takes the pods of ${reason.from}`;
    case 'NodeIsStarting':
      return 'it is starting';
    case 'InstanceUnknown':
      return `the cloud does not know its instance ${reason.providerID}`;
    case 'UtilizationUnknown':
      return `how much of it is used cannot be told: it says nothing about its ${wordResource(reason.resource)}`;
    case 'ClusterUnhealthy':
      return `the cluster is unhealthy: ${reason.unready} of ${wordCount(reason.registered, 'node')} are not ready`;
    case 'BlockedByOnCompletionPod':
      return `${reason.pod} may not be evicted before it has ended`;
    case 'NeededByPendingPod':
      return `the pending pod ${reason.pod} needs it${wordRejections(reason)}`;
    case 'ScaleDownUnreadyDisabled':
      return 'it is not ready, and such nodes are kept (--scale-down-unready-enabled)';
    case 'AtomicScaleDownFailed':
      return `its group goes as a whole, and only ${reason.removable} of its ${wordCount(reason.nodes, 'node')} can go`;
    case 'DisruptionBudgetReached':
      return `the disruption budget ${reason.budget} allows ${wordCount(reason.limit, 'node')} at once${reason.untilMs === undefined ? '' : forAnother(reason.untilMs, now)}`;
    case 'HourPaidFor':
      return `its hour is paid for${forAnother(reason.untilMs, now)} (--respect-billing-hour)`;
    case 'AwaitsReplacement':
      return `it goes once its replacement in ${reason.group} is ready`;
    case 'TakesReplacedPods':
      return `it is to take the pods of ${reason.nodes.join(', ')}`;
    case 'ReplacementFirst':
      return `nodes are being replaced by cheaper ones of ${reason.group} first`;
    case 'RemovalFailedRecently':
      return `removing it failed (${reason.message})${now === undefined ? '' : `, tried again in ${wordDuration(reason.untilMs - now)}`}`;
    default:
      return unreachable(reason);
  }
}

const COOLDOWN_WORDS = {
  add: 'after nodes were added',
  delete: 'after a node was deleted',
  failure: 'after a removal failed',
  'pending-pods': 'while pods are too young to be judged',
} as const satisfies Record<(NodeReason & { code: 'InCooldown' })['after'], string>;

function wordRejections({ rejections }: NodeReason & { code: 'NoPlaceToMovePods' | 'NeededByPendingPod' }): string {
  if (rejections.length === 0) return '';
  return `: ${rejections.map(({ reason, nodes }) => `${wordCount(nodes, 'node')}: ${describe(reason)}`).join('; ')}`;
}

function forAnother(untilMs: number, now: number | undefined): string {
  return now === undefined || untilMs <= now ? '' : ` for another ${wordDuration(untilMs - now)}`;
}

function since(sinceMs: number, now: number | undefined): string {
  return now === undefined ? '' : ` for ${wordDuration(now - sinceMs)}`;
}
