/**
 * NodeResourcesFit: what the pod requests against what the node can allocate less what its pods request. Every resource
 * that lacks is listed. A request of zero never lacks, not even on an overcommitted node; a place for the pod always
 * has to be there. What the node does not list, it has none of.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodSpecFacts } from '../cluster/facts.ts';
import { PODS } from '../cluster/resources.ts';
import type { FitReason } from '../explain/reasons.ts';
import type { PlacementFilter } from './filter.ts';

const NAME = 'NodeResourcesFit';

export const nodeResourcesFit: PlacementFilter = {
  name: NAME,
  concerns: () => true,
  filter({ spec }, slot, cluster) {
    if (resourcesFit(spec, slot, cluster)) return undefined;
    const reasons: FitReason[] = [];
    let resolvable = true;
    for (const { column, amount } of cluster.resources.demands(spec)) {
      const allocatable = cluster.allocatable(slot, column);
      const free = cluster.free(slot, column);
      if (amount <= free) continue;
      if (column === PODS) {
        // Not even the scheduler says that no removal helps when a node has room for no pod at all.
        reasons.push({ code: 'TooManyPods', allowed: allocatable });
        continue;
      }
      if (amount > allocatable) resolvable = false;
      const resource = cluster.resources.name(column);
      reasons.push({ code: 'InsufficientResource', resource, requested: amount, free: Math.max(0, free), allocatable });
    }
    return { fits: false, plugin: NAME, reasons, resolvable };
  },
};

/** The bare answer, for the many times that nobody asks why. */
export function resourcesFit(spec: PodSpecFacts, slot: Slot, cluster: Cluster): boolean {
  for (const { column, amount } of cluster.resources.demands(spec)) {
    if (amount > cluster.free(slot, column)) return false;
  }
  return true;
}
