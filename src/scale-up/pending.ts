/**
 * Which pending pods a scale-up is for.
 *
 * 1. Only pods that a scheduler has tried and marked unschedulable ask for nodes, whichever scheduler it was. A pod
 *    that has not been tried yet may fit as things are: it waits for its scheduler, and does not hold capacity.
 * 2. A pod that is nominated to a node gets its place there by preemption: it holds that place and asks for nothing.
 * 3. A pod that is too young for a scale-up still takes the place where it fits.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { PendingReason } from '../explain/reasons.ts';
import { isDaemonSetPod } from '../node-groups/readiness.ts';
import { parseDurationMs } from '../cluster/durations.ts';
import type { ScaleUpOptions } from './options.ts';

const DELAY_ANNOTATION = 'cluster-autoscaler.kubernetes.io/pod-scale-up-delay';

/** Why the pod asks for no node at all; `undefined`: it does, if it fits nowhere. */
export function standsBack(pod: PodFacts, cluster: Cluster, options: ScaleUpOptions): PendingReason | undefined {
  if (pod.deletion !== undefined) return { code: 'BeingDeleted' };
  const { schedulingGates, priority, schedulerName } = pod.spec;
  if (schedulingGates.length > 0) return { code: 'SchedulingGated', gates: schedulingGates };
  if (isDaemonSetPod(pod)) return { code: 'DaemonSetPod' };
  if (isExpendable(pod, options)) {
    return { code: 'BelowPriorityCutoff', priority, cutoff: options.expendablePodsPriorityCutoff };
  }
  if (pod.nominatedNodeName !== '' && cluster.slotOf(pod.nominatedNodeName) !== undefined) {
    return { code: 'NominatedToNode', node: pod.nominatedNodeName };
  }
  if (pod.unschedulable) return undefined;
  return schedulerName === cluster.profile.schedulerName || schedulerName === ''
    ? { code: 'NotYetTriedByScheduler' }
    : { code: 'OtherScheduler', schedulerName };
}

/** Of so low a priority that no node is bought for it, and that it gives way to any other pod. */
export function isExpendable(pod: PodFacts, options: ScaleUpOptions): boolean {
  return pod.spec.priority < options.expendablePodsPriorityCutoff;
}

/** Until when the pod is left to the scheduler; `undefined`: no longer. */
export function youngUntilMs(pod: PodFacts, options: ScaleUpOptions, now: number): number | undefined {
  const delayMs = scaleUpDelayMs(pod, options);
  const untilMs = pod.createdAtMs + delayMs;
  return delayMs > 0 && now <= untilMs ? untilMs : undefined;
}

/** The pod may ask for a longer delay than the flag's; a shorter or malformed one is not heard. */
function scaleUpDelayMs(pod: PodFacts, options: ScaleUpOptions): number {
  const asked = parseDurationMs(pod.annotations[DELAY_ANNOTATION] ?? '');
  return Math.max(options.newPodScaleUpDelayMs, asked ?? 0);
}
