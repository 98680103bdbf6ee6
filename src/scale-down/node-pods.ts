/** The pods of a candidate, sorted out for its removal. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { BlockingPod, DrainContext, MovablePods } from './drainability.ts';
import { sortOut } from './drainability.ts';
import type { Load, Loads } from './loads.ts';

/** The lists are in no particular order. */
export type NodePods = BlockingPod | (MovablePods & { readonly loads: readonly Load[] });

/** With nothing to move, and nothing to wait for. */
const NO_PODS: NodePods = { kind: 'movable', evict: [], expendable: [], daemonSet: [], onCompletion: [], loads: [] };

export function podsOf(cluster: Cluster, slot: Slot, context: DrainContext, loads: Loads): NodePods {
  const pods = cluster.podsOn(slot);
  if (pods.size === 0) return NO_PODS;
  const sorted = sortOut(pods.values(), context);
  return sorted.kind === 'blocked' ? sorted : { ...sorted, loads: loads.of(sorted.evict, slot) };
}

/** The controllers on which the outcome for these pods hangs, by uid; some more than once. */
export function controllersOf(pods: Iterable<PodFacts>): readonly string[] {
  const uids: string[] = [];
  for (const { controller } of pods) {
    if (controller !== undefined && controller.uid !== uids.at(-1)) uids.push(controller.uid);
  }
  return uids;
}
