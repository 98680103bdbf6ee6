/**
 * Pods of nodes that are being drained. Each will ask for a place when it is evicted; whoever waits for that moment has
 * it wait for a node. So they ask now, as if they were pending, while nobody counts on the places that they leave.
 *
 * They are in the model on their node again when the decision is made: scale-down sees to their places by itself.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { belongsToNode } from '../node-groups/readiness.ts';
import type { Placement } from './filter-schedulable.ts';

/** Where a static pod comes from, when not from the API server. */
const SOURCE_ANNOTATION = 'kubernetes.io/config.source';

export class DepartingPods {
  readonly #cluster: Cluster;
  /** Each as it will be when it asks, with what it is now. */
  readonly #originals = new Map<PodFacts, { readonly pod: PodFacts; readonly slot: Slot }>();

  /** Takes them off their nodes. `draining`: the nodes that are being drained; those that are gone are passed over. */
  constructor(cluster: Cluster, draining: readonly string[]) {
    this.#cluster = cluster;
    for (const node of draining) {
      const slot = cluster.slotOf(node);
      if (slot === undefined) continue;
      for (const pod of cluster.podsOn(slot).values()) {
        if (isMoving(pod)) this.#originals.set({ ...pod, nodeName: '' }, { pod, slot });
      }
    }
    for (const { pod, slot } of this.#originals.values()) cluster.remove(pod, slot);
  }

  get pods(): readonly PodFacts[] {
    return [...this.#originals.keys()];
  }

  /** Puts them back, wherever they have found a place. */
  giveBack(placements: readonly Placement[]): void {
    for (const { placed } of placements) {
      for (const [slot, pods] of placed) {
        for (const pod of pods) if (this.#originals.has(pod)) this.#cluster.remove(pod, slot);
      }
    }
    for (const { pod, slot } of this.#originals.values()) this.#cluster.place(pod, slot);
  }
}

/** Somebody creates it again elsewhere. */
function isMoving(pod: PodFacts): boolean {
  const source = pod.annotations[SOURCE_ANNOTATION];
  const isStatic = source !== undefined && source !== 'api';
  return pod.deletion === undefined && !isStatic && !belongsToNode(pod);
}
