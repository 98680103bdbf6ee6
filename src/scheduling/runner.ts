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
import type { FilterPlugin } from './filter.ts';
import { interPodAffinity, repellentsOf } from './inter-pod-affinity.ts';
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
const PLUGINS: readonly FilterPlugin[] = [
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

/** Those of the profile; and without resources, which `fits` asks first. */
const asked = perProfile(({ skippedForNodes }) => {
  const all = PLUGINS.filter(({ name }) => !skippedForNodes.includes(name));
  return { all, others: all.filter((plugin) => plugin !== nodeResourcesFit) };
});

/** Whether the pod fits the node, and if not, the first plugin that rejects it and why. */
export function checkFit(cluster: Cluster, pod: PodFacts, slot: Slot): Verdict {
  return podRejection(cluster, pod) ?? checkNode(cluster, pod, slot);
}

/** The verdicts on all these nodes, in their order. */
export function checkFits(cluster: Cluster, pod: PodFacts, slots: readonly Slot[]): Verdict[] {
  const ofPod = podRejection(cluster, pod);
  return slots.map((slot) => ofPod ?? checkNode(cluster, pod, slot));
}

/** Whether the pod fits the node. */
export function fits(cluster: Cluster, pod: PodFacts, slot: Slot): boolean {
  return podRejection(cluster, pod) === undefined && fitsNode(cluster, pod, slot);
}

/** Whether the pod fits the node, when nothing is wrong with the pod as a whole. */
export function fitsNode(cluster: Cluster, pod: PodFacts, slot: Slot): boolean {
  if (!resourcesFit(pod.spec, slot, cluster) || staticRejectionAt(cluster, pod.spec, slot) !== undefined) return false;
  for (const plugin of asked(cluster).others) if (rejects(plugin, cluster, pod, slot) !== undefined) return false;
  return true;
}

function checkNode(cluster: Cluster, pod: PodFacts, slot: Slot): Verdict {
  const rejection = staticRejectionAt(cluster, pod.spec, slot);
  if (rejection !== undefined) return rejection;
  for (const plugin of asked(cluster).all) {
    const later = rejects(plugin, cluster, pod, slot);
    if (later !== undefined) return later;
  }
  return FITS;
}

function rejects(plugin: FilterPlugin, cluster: Cluster, pod: PodFacts, slot: Slot): ReturnType<typeof podRejection> {
  if (plugin.kind === 'static') return plugin.filter(pod.spec, cluster.node(slot));
  return plugin.filter(pod, slot, cluster);
}

/** Whether other pods have a say in where the pod may go. */
export function isCoupled(cluster: Cluster, pod: PodFacts): boolean {
  const { topologySpread, requiredPodAffinity, requiredPodAntiAffinity } = pod.spec;
  return (
    topologySpread.length > 0 ||
    requiredPodAffinity.length > 0 ||
    requiredPodAntiAffinity.length > 0 ||
    repellentsOf(cluster, pod).some(({ tally }) => tally.total > 0)
  );
}
