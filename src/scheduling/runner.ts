/**
 * Asks the filters, in kube-scheduler's order, whether a pod fits a node as the model stands.
 *
 * 1. `fits` and `checkFit` always agree; `fits` asks the cheap questions first and does not say why not.
 * 2. Answers that depend on the spec and the node alone are remembered (static-verdicts.ts).
 * 3. A pod that needs a check which is not made does not fit.
 * 4. A pod that occupies a node counts there like any other: whoever asks where it could move takes it off first.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { PlacementFilter } from './filter.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { nodeDeclaredFeatures } from './node-declared-features.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesFit, resourcesFit } from './node-resources-fit.ts';
import { nodeVolumeLimits } from './node-volume-limits.ts';
import { perProfile } from './per-profile.ts';
import { podRejection } from './pod-filters.ts';
import { podTopologySpread } from './pod-topology-spread.ts';
import { staticRejectionAt } from './static-verdicts.ts';
import type { Verdict } from './verdict.ts';
import { FITS } from './verdict.ts';
import { volumeBinding } from './volume-binding.ts';
import { volumeRestrictions } from './volume-restrictions.ts';
import { volumeZone } from './volume-zone.ts';

/** What is asked of a node after the pod as a whole (pod-filters.ts) and the node's labels and taints (static-verdicts.ts). */
const PLUGINS: readonly PlacementFilter[] = [
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions,
  nodeVolumeLimits,
  volumeBinding,
  volumeZone,
  podTopologySpread,
  interPodAffinity,
  nodeDeclaredFeatures,
];

const COUPLING: readonly PlacementFilter[] = [podTopologySpread, interPodAffinity];

const asked = perProfile(({ skippedForNodes }) => PLUGINS.filter(({ name }) => !skippedForNodes.includes(name)));

/** The plugins that can have something against the pod on some node. */
export function concerned(cluster: Cluster, pod: PodFacts): readonly PlacementFilter[] {
  return asked(cluster).filter((plugin) => plugin.concerns(pod, cluster));
}

/** Whether the pod fits the node, and if not, the first plugin that rejects it and why. */
export function checkFit(cluster: Cluster, pod: PodFacts, slot: Slot): Verdict {
  return podRejection(cluster, pod) ?? checkNode(cluster, pod, slot, concerned(cluster, pod));
}

/** The verdicts on all these nodes, in their order. */
export function checkFits(cluster: Cluster, pod: PodFacts, slots: readonly Slot[]): Verdict[] {
  const ofPod = podRejection(cluster, pod);
  const plugins = concerned(cluster, pod);
  return slots.map((slot) => ofPod ?? checkNode(cluster, pod, slot, plugins));
}

/** Whether the pod fits the node. */
export function fits(cluster: Cluster, pod: PodFacts, slot: Slot): boolean {
  return podRejection(cluster, pod) === undefined && fitsNode(cluster, pod, slot, concerned(cluster, pod));
}

/** Whether the pod fits the node, when nothing is wrong with the pod as a whole. */
export function fitsNode(cluster: Cluster, pod: PodFacts, slot: Slot, plugins: readonly PlacementFilter[]): boolean {
  if (!resourcesFit(pod.spec, slot, cluster)) return false;
  if (staticRejectionAt(cluster, pod.spec, slot) !== undefined) return false;
  for (const plugin of plugins) if (plugin.filter(pod, slot, cluster) !== undefined) return false;
  return true;
}

function checkNode(cluster: Cluster, pod: PodFacts, slot: Slot, plugins: readonly PlacementFilter[]): Verdict {
  const rejection = staticRejectionAt(cluster, pod.spec, slot);
  if (rejection !== undefined) return rejection;
  for (const plugin of plugins) {
    const later = plugin.filter(pod, slot, cluster);
    if (later !== undefined) return later;
  }
  return FITS;
}

/** Whether other pods have a say in where the pod may go. */
export function isCoupled(cluster: Cluster, pod: PodFacts): boolean {
  return COUPLING.some((plugin) => plugin.concerns(pod, cluster));
}
