/** The steps in which a drain goes, by the pods' priorities, and how long the pods of each are given to end. */
import type { PodFacts } from '../cluster/facts.ts';
import type { DrainOptions } from '../scale-down/options.ts';

const MS_PER_SECOND = 1000;

/**
 * Which step the pod leaves in: that of its priority, or of the next lower one that is configured; below all of them the
 * first. Without steps all pods leave in one.
 */
export function stepOf(pod: PodFacts, { priorityGroups }: DrainOptions): number {
  return Math.max(
    0,
    priorityGroups.findLastIndex(({ priority }) => priority <= pod.spec.priority),
  );
}

/** The pod's own grace period, up to the longest of its step; 0 as the longest sets no bound. */
export function graceSeconds(pod: PodFacts, options: DrainOptions): number {
  const own = pod.spec.terminationGracePeriodSeconds;
  const longest = Math.floor(graceOfStepMs(options, stepOf(pod, options)) / MS_PER_SECOND);
  return longest > 0 ? Math.min(own, longest) : own;
}

/** The longest time that these pods may take to end: of one step, or of all the steps one after the other. */
export function longestGraceMs(options: DrainOptions, pods: readonly PodFacts[], step?: number): number {
  const steps = options.priorityGroups.map(({ graceMs }) => graceMs);
  const configured = steps.length === 0 ? options.maxGracefulTerminationMs : steps.reduce((sum, ms) => sum + ms, 0);
  const longest = step === undefined ? configured : graceOfStepMs(options, step);
  return Math.max(longest, ...pods.map((pod) => graceSeconds(pod, options) * MS_PER_SECOND));
}

function graceOfStepMs(options: DrainOptions, step: number): number {
  return options.priorityGroups[step]?.graceMs ?? options.maxGracefulTerminationMs;
}
