/**
 * The questions about a pod as a whole, before any node is looked at: the scheduler's PreEnqueue and PreFilter steps, in
 * its order. The first that turns the pod away is the answer: none of these is lifted by removing pods, and only such an
 * answer would have the scheduler ask the remaining ones as well.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { dynamicResourcesOfPod } from './dynamic-resources.ts';
import type { PodFilter } from './filter.ts';
import { nodeAffinityOfPod } from './node-name.ts';
import { perProfile } from './per-profile.ts';
import { perSpec } from './per-spec.ts';
import { readablePod } from './readable-pod.ts';
import { schedulingGates } from './scheduling-gates.ts';
import type { Rejection } from './verdict.ts';
import { volumeBindingOfPod } from './volume-binding.ts';
import { volumeRestrictionsOfPod } from './volume-restrictions.ts';
import { volumeZoneOfPod } from './volume-zone.ts';

const POD_FILTERS: readonly PodFilter[] = [
  readablePod,
  schedulingGates,
  // Ahead of its place among the PreFilter steps, as it also keeps pods out of the queue.
  dynamicResourcesOfPod,
  nodeAffinityOfPod,
  volumeRestrictionsOfPod,
  volumeBindingOfPod,
  volumeZoneOfPod,
];

/** Most specs concern none of them. */
const askedOf = perProfile(({ skippedForPods }) => {
  const filters = POD_FILTERS.filter(({ name }) => !skippedForPods.includes(name));
  return perSpec((spec) => filters.filter((filter) => filter.concerns(spec)));
});

/** The filters that can have something against a pod of the spec as a whole. */
export function concernedAsWhole(cluster: Cluster, spec: PodSpecFacts): readonly PodFilter[] {
  return askedOf(cluster)(spec);
}

/** Why the pod fits no node, whatever the nodes are like; `undefined`: each node is to be asked. */
export function podRejection(cluster: Cluster, pod: PodFacts): Rejection | undefined {
  for (const plugin of concernedAsWhole(cluster, pod.spec)) {
    const rejection = plugin.filter(pod, cluster);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}
