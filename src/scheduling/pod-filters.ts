/**
 * The questions about a pod as a whole, before any node is looked at: the scheduler's PreEnqueue and PreFilter steps, in
 * its order.
 *
 * An answer that no removal of pods lifts ends it at once; of the others, which are kept while the remaining plugins are
 * asked, the last one counts.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { dynamicResourcesOfPod } from './dynamic-resources.ts';
import type { PodFilter } from './filter.ts';
import { nodeAffinityOfPod } from './node-name.ts';
import { perProfile } from './per-profile.ts';
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

const asked = perProfile(({ skippedForPods }) => POD_FILTERS.filter(({ name }) => !skippedForPods.includes(name)));

/** Why the pod fits no node, whatever the nodes are like; `undefined`: each node is to be asked. */
export function podRejection(cluster: Cluster, pod: PodFacts): Rejection | undefined {
  if (isPlain(pod.spec)) return undefined;
  let kept: Rejection | undefined;
  for (const plugin of asked(cluster)) {
    const rejection = plugin.filter(pod, cluster);
    if (rejection === undefined) continue;
    if (!rejection.resolvable) return rejection;
    kept = rejection;
  }
  return kept;
}

const plain = new WeakMap<PodSpecFacts, boolean>();

/** Most pods have nothing that these filters look at: that is asked a million times, so it is remembered. */
function isPlain(spec: PodSpecFacts): boolean {
  let known = plain.get(spec);
  if (known === undefined) {
    known =
      spec.problem === undefined &&
      spec.schedulingGates.length === 0 &&
      spec.resourceClaims.length === 0 &&
      spec.requiredNodeAffinity === undefined &&
      !spec.volumes.some(({ kind }) => kind === 'claim' || kind === 'ephemeral') &&
      !Object.keys(spec.requests).some((resource) => resource.includes('/'));
    plain.set(spec, known);
  }
  return known;
}
