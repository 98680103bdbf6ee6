/**
 * Asks the filters, in kube-scheduler's order, whether a pod fits a node as the model stands.
 *
 * 1. `fits` and `checkFit` always agree; `fits` asks the cheap questions first and does not say why not.
 * 2. Answers that depend on the spec and the node alone are remembered per pair of objects, and forgotten with them.
 * 3. A pod that needs a check which is not made does not fit (not-evaluated.ts).
 * 4. The pod is looked at as if it waited for a node: where it runs now, or is nominated to, makes no difference.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import type { FilterPlugin, PlacementFilter, StaticFilter } from './filter.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeName, pinnedNodeNames } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesFit, resourcesFit } from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { othersAntiAffinity, ownNeeds, rejectionByNeeds } from './not-evaluated.ts';
import { schedulingGates } from './scheduling-gates.ts';
import { taintToleration } from './taint-toleration.ts';
import type { Rejection, Verdict } from './verdict.ts';
import { FITS } from './verdict.ts';

const PLUGINS: readonly FilterPlugin[] = [
  schedulingGates,
  nodeName,
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  ownNeeds,
  othersAntiAffinity,
];

/** Those that look at the spec and the node alone and come before all others. */
const STATIC: readonly StaticFilter[] = PLUGINS.filter((plugin) => plugin.kind === 'static').filter(
  (plugin) => plugin !== ownNeeds,
);
/** Those that `fits` asks besides resources. */
const PLACEMENT: readonly PlacementFilter[] = PLUGINS.filter((plugin) => plugin.kind === 'placement').filter(
  (plugin) => plugin !== nodeResourcesFit,
);

/** Whether the pod fits the node, and if not, the first plugin that rejects it and why. */
export function checkFit(cluster: Cluster, pod: PodFacts, slot: Slot): Verdict {
  const node = cluster.node(slot);
  for (const plugin of PLUGINS) {
    const rejection = plugin.kind === 'static' ? plugin.filter(pod.spec, node) : plugin.filter(pod, slot, cluster);
    if (rejection !== undefined) return rejection;
  }
  return FITS;
}

/** Whether the pod fits the node. */
export function fits(cluster: Cluster, pod: PodFacts, slot: Slot): boolean {
  return (
    rejectionByNeeds(pod.spec) === undefined &&
    resourcesFit(pod.spec, slot, cluster) &&
    staticRejection(pod.spec, cluster.node(slot)) === undefined &&
    PLACEMENT.every((plugin) => plugin.filter(pod, slot, cluster) === undefined)
  );
}

/** The first node, in the order of names or of `slots`, that the pod fits. */
export function firstFit(
  cluster: Cluster,
  pod: PodFacts,
  slots: readonly Slot[] = cluster.nodeSlots(),
): Slot | undefined {
  const names = pinnedNodeNames(pod.spec);
  if (names === undefined) return slots.find((slot) => fits(cluster, pod, slot));
  // Pods of DaemonSets name their node: looking at all of them would be for nothing.
  const pinned = new Set([...names].map((name) => cluster.slotOf(name)));
  return slots.find((slot) => pinned.has(slot) && fits(cluster, pod, slot));
}

const remembered = new WeakMap<PodSpecFacts, WeakMap<NodeFacts, Rejection | null>>();

/** What rejects by the spec and the node alone, before anything else is asked; remembered. */
export function staticRejection(spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  let byNode = remembered.get(spec);
  if (byNode === undefined) remembered.set(spec, (byNode = new WeakMap<NodeFacts, Rejection | null>()));
  let rejection = byNode.get(node);
  if (rejection === undefined) {
    rejection = firstRejection(spec, node) ?? null;
    byNode.set(node, rejection);
  }
  return rejection ?? undefined;
}

function firstRejection(spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  for (const plugin of STATIC) {
    const rejection = plugin.filter(spec, node);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}
