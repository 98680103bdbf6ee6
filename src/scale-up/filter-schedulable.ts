/**
 * Gives pending pods the places that are there or on their way, so that only those ask for nodes that fit nowhere.
 * Pods that are placed stay placed in the trial: later pods, and scale-down, see the room as taken.
 *
 * 1. Nodes that are there are filled as the scheduler's queue would: higher priority first, then who has waited longer.
 * 2. Nodes that are on their way are filled as they were packed when they were asked for: group after group as asked,
 *    larger pods first. Another order might find no place for all, and ask for one more node with each pass.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { fits } from '../scheduling/runner.ts';
import type { PodGroup } from './equivalence.ts';
import { podGroup } from './equivalence.ts';
import { sizeOn } from './packing.ts';
import type { UpcomingNode } from './upcoming.ts';

export interface Placement {
  /** Pods of one group that found a place, by slot in the order tried. */
  readonly placed: ReadonlyMap<Slot, readonly PodFacts[]>;
  /** Those that did not; `undefined` when all were placed. */
  readonly rest: PodGroup | undefined;
}

/** One placement per group, in the order given. Within a trial. */
export function placeOnNodes(
  cluster: Cluster,
  groups: readonly PodGroup[],
  existing: readonly Slot[],
  upcoming: readonly UpcomingNode[],
): Placement[] {
  const standing = groups.map((group) => new Standing(group));
  for (const one of standing.toSorted((a, b) => byQueue(a.group, b.group))) one.placeOn(cluster, existing);
  for (const { view, slots } of byView(upcoming)) {
    const sizes = sizesOn(cluster, view, standing);
    const decreasing = standing.toSorted(
      (a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || (a.group.key < b.group.key ? -1 : 1),
    );
    for (const one of decreasing) one.placeOn(cluster, slots);
  }
  return standing;
}

/** How far a group of alike pods has got. */
class Standing implements Placement {
  readonly group: PodGroup;
  readonly placed = new Map<Slot, readonly PodFacts[]>();
  #rest: PodGroup | undefined;

  constructor(group: PodGroup) {
    this.group = group;
    this.#rest = group;
  }

  get rest(): PodGroup | undefined {
    return this.#rest;
  }

  /** A node that one of them does not fit, none of the following does: each node is left behind when it is full. */
  placeOn(cluster: Cluster, slots: readonly Slot[]): void {
    if (this.#rest === undefined) return;
    const { example, pods } = this.#rest;
    let queue = pods;
    let next = 0;
    for (const slot of slots) {
      if (next === queue.length) break;
      if (!fits(cluster, example, slot)) continue;
      // Only now does it matter which of them come first.
      if (next === 0) queue = pods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const here: PodFacts[] = [];
      for (let pod = queue[next]; pod !== undefined && fits(cluster, pod, slot); pod = queue[next]) {
        cluster.place(pod, slot);
        here.push(pod);
        next += 1;
      }
      this.placed.set(slot, here);
    }
    if (next > 0) this.#rest = next === queue.length ? undefined : podGroup(queue.slice(next));
  }
}

function byQueue(a: PodGroup, b: PodGroup): number {
  return b.example.spec.priority - a.example.spec.priority || oldest(a) - oldest(b) || (a.key < b.key ? -1 : 1);
}

function oldest({ pods }: PodGroup): number {
  return pods.reduce((least, { createdAtMs }) => Math.min(least, createdAtMs), Number.MAX_SAFE_INTEGER);
}

function byView(upcoming: readonly UpcomingNode[]): { readonly view: NodeGroupView; readonly slots: Slot[] }[] {
  const slots = new Map<NodeGroupView, Slot[]>();
  for (const { view, slot } of upcoming) {
    const ofView = slots.get(view);
    if (ofView === undefined) slots.set(view, [slot]);
    else ofView.push(slot);
  }
  return [...slots]
    .map(([view, ofView]) => ({ view, slots: ofView }))
    .toSorted((a, b) => a.view.growthRank - b.view.growthRank);
}

/** The sizes by which the packing went. */
function sizesOn(
  cluster: Cluster,
  { template }: NodeGroupView,
  standing: readonly Standing[],
): ReadonlyMap<Standing, number> {
  const { resources } = cluster;
  const amounts = template?.node.allocatable ?? {};
  const allocatable = Array.from({ length: resources.size }, (_, column) => amounts[resources.name(column)] ?? 0);
  return new Map(standing.map((one) => [one, sizeOn(resources.demands(one.group.example.spec), allocatable)]));
}
