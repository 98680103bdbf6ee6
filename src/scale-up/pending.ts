/**
 * Which pending pods a scale-up is for.
 *
 * 1. Only pods that a scheduler has tried and marked unschedulable ask for nodes, whichever scheduler it was. A pod
 *    that has not been tried yet may fit as things are: it waits for its scheduler, and does not hold capacity.
 * 2. A pod that is nominated to a node gets its place there by preemption: it holds that place and asks for nothing.
 * 3. A pod that is too young for a scale-up still takes the place where it fits.
 * 4. Of schedulers that are bypassed, pods ask before they were tried; those that are not allowed never do.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { PendingReason } from '../explain/reasons.ts';
import { gpuResourceOf } from '../node-groups/gpus.ts';
import { isDaemonSetPod } from '../node-groups/readiness.ts';
import { parseDurationMs } from '../cluster/durations.ts';
import { isExpendable } from '../cluster/expendable.ts';
import type { ScaleUpOptions } from './options.ts';

const DELAY_ANNOTATION = 'cluster-autoscaler.kubernetes.io/pod-scale-up-delay';

/** Why the pod asks for no node at all; `undefined`: it does, if it fits nowhere. */
export function standsBack(pod: PodFacts, cluster: Cluster, options: ScaleUpOptions): PendingReason | undefined {
  if (pod.deletion !== undefined) return { code: 'BeingDeleted' };
  const { schedulingGates, priority } = pod.spec;
  const schedulerName = schedulerOf(pod, cluster);
  const { allowedSchedulers } = options;
  if (allowedSchedulers.length > 0 && !allowedSchedulers.includes(schedulerName)) {
    return { code: 'SchedulerNotAllowed', schedulerName };
  }
  if (schedulingGates.length > 0) return { code: 'SchedulingGated', gates: schedulingGates };
  if (isDaemonSetPod(pod)) return { code: 'DaemonSetPod' };
  if (isExpendable(pod, options.expendablePodsPriorityCutoff)) {
    return { code: 'BelowPriorityCutoff', priority, cutoff: options.expendablePodsPriorityCutoff };
  }
  if (pod.nominatedNodeName !== '' && cluster.slotOf(pod.nominatedNodeName) !== undefined) {
    return { code: 'NominatedToNode', node: pod.nominatedNodeName };
  }
  if (pod.unschedulable) return undefined;
  if (pod.heldBackBy === undefined && options.bypassedSchedulers.includes(schedulerName)) return undefined;
  return schedulerName === cluster.profile.schedulerName
    ? { code: 'NotYetTriedByScheduler' }
    : { code: 'OtherScheduler', schedulerName };
}

function schedulerOf({ spec }: PodFacts, cluster: Cluster): string {
  return spec.schedulerName === '' ? cluster.profile.schedulerName : spec.schedulerName;
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

/** Pods come in bursts; what the first of one asks for is not all that will be asked for. */
const BURST_MS = 2_000;
/** The same for pods with GPUs, whose nodes are dear. */
const GPU_BURST_MS = 30_000;

/**
 * Until when all these pods wait, as they are all new, as Cluster Autoscaler does it; `undefined`: they do not. Where
 * pods of a scheduler ask before they were tried, there is nothing to wait for.
 */
export function burstUntilMs(pods: readonly PodFacts[], options: ScaleUpOptions, now: number): number | undefined {
  if (!options.waitsForNewPods || options.bypassedSchedulers.length > 0 || pods.length === 0) return undefined;
  const untils = [oldestMs(pods) + BURST_MS, oldestMs(pods.filter(asksForGpus)) + GPU_BURST_MS];
  const untilMs = Math.max(...untils.filter(Number.isFinite));
  return untilMs > now ? untilMs : undefined;
}

function oldestMs(pods: readonly PodFacts[]): number {
  return pods.reduce((oldest, { createdAtMs }) => Math.min(oldest, createdAtMs), Infinity);
}

function asksForGpus({ spec }: PodFacts): boolean {
  return gpuResourceOf(spec.requests) !== undefined;
}
