/**
 * How much of a node is used: the larger share of cpu and memory, or on a node with GPUs the share of those alone.
 *
 * 1. Pods that have been ending for too long and pods below the priority cutoff are not there.
 * 2. DaemonSet and mirror pods that are not to count are taken out of both sides of the fraction.
 * 3. A GPU that is asked of a node which has none to give (its driver is not up yet) counts as unused.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { CPU, MEMORY } from '../cluster/resources.ts';
import { isDaemonSetPod, isMirrorPod } from '../node-groups/readiness.ts';
import { isExpendable, isStuckTerminating } from './drainability.ts';
import type { Moment } from './horizon.ts';

export interface UtilizationOptions extends Moment {
  readonly ignoreDaemonSets: boolean;
  readonly ignoreMirrorPods: boolean;
  readonly expendablePodsPriorityCutoff: number;
  /** The GPU resource of the node; `undefined`: it has none. */
  readonly gpuResource: string | undefined;
}

export type Utilization =
  | { readonly kind: 'known'; readonly resource: string; readonly share: number }
  /** The node says nothing about what it can allocate of this resource. */
  | { readonly kind: 'unknown'; readonly resource: string };

export function utilizationOf(cluster: Cluster, slot: Slot, options: UtilizationOptions): Utilization {
  const uncounted: PodFacts[] = [];
  const excluded: PodFacts[] = [];
  const { ignoreDaemonSets, ignoreMirrorPods, expendablePodsPriorityCutoff: cutoff } = options;
  const looks = ignoreDaemonSets || ignoreMirrorPods || cluster.mayHoldRarePods(slot, cutoff);
  for (const pod of looks ? cluster.podsOn(slot).values() : []) {
    if (isStuckTerminating(pod, options) || isExpendable(pod, cutoff)) uncounted.push(pod);
    else if (ignoreDaemonSets && isDaemonSetPod(pod)) excluded.push(pod);
    else if (ignoreMirrorPods && isMirrorPod(pod)) excluded.push(pod);
  }
  const share = (column: number): number | undefined => {
    const allocatable = cluster.allocatable(slot, column);
    if (allocatable <= 0) return undefined;
    const left = demanded(cluster, excluded, column);
    const used = cluster.requested(slot, column) - demanded(cluster, uncounted, column) - left;
    return used === 0 ? 0 : used / Math.max(0, allocatable - left);
  };
  if (options.gpuResource !== undefined) {
    return {
      kind: 'known',
      resource: options.gpuResource,
      share: share(cluster.resources.column(options.gpuResource)) ?? 0,
    };
  }
  const cpu = share(CPU);
  if (cpu === undefined) return { kind: 'unknown', resource: 'cpu' };
  const memory = share(MEMORY);
  if (memory === undefined) return { kind: 'unknown', resource: 'memory' };
  return cpu > memory
    ? { kind: 'known', resource: 'cpu', share: cpu }
    : { kind: 'known', resource: 'memory', share: memory };
}

function demanded(cluster: Cluster, pods: readonly PodFacts[], column: number): number {
  let sum = 0;
  for (const pod of pods) {
    sum += cluster.resources.demands(pod.spec).find((demand) => demand.column === column)?.amount ?? 0;
  }
  return sum;
}
