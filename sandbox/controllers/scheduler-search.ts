/** One try of the scheduler stand-in: the best node for a pod, or why there is none. */
import type { SchedulerNode } from './scheduler-node.ts';
import type { PodClass } from './scheduler-pod-class.ts';
import { type SchedulingWorld, type TopologyFilter, topologyFilters } from './scheduler-topology.ts';
import { failureMessage } from './scheduler-verdicts.ts';

/**
 * Among the nodes that no filter rejects, the one with the fewest PreferNoSchedule taints, then the largest free share of
 * CPU and memory (least allocated), then the oldest. Without one: the scheduler's message that counts the reasons.
 */
export function findNode(pods: PodClass, world: SchedulingWorld): SchedulerNode | string {
  const filters = topologyFilters(pods, world);
  const reasons = new Map<string, number>();
  let best: { readonly node: SchedulerNode; readonly dislikes: number; readonly freeShare: number } | undefined;
  for (const node of world.nodes.values()) {
    const rejections = rejectionsOf(node, pods, filters);
    for (const reason of rejections) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (rejections.length > 0) continue;
    const dislikes = node.dislikes(pods);
    const freeShare = node.freeShare();
    if (best === undefined || dislikes < best.dislikes || (dislikes === best.dislikes && freeShare > best.freeShare)) {
      best = { node, dislikes, freeShare };
    }
  }
  return best?.node ?? failureMessage(world.nodes.size, reasons);
}

function rejectionsOf(node: SchedulerNode, pods: PodClass, filters: readonly TopologyFilter[]): readonly string[] {
  const rejections = node.rejections(pods);
  if (rejections.length > 0) return rejections;
  for (const filter of filters) {
    const reason = filter(node);
    if (reason !== undefined) return [reason];
  }
  return rejections;
}
