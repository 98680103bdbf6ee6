/**
 * Gives pending pods the places that are there or on their way, so that only those ask for nodes that fit nowhere.
 * Pods that are placed stay placed in the trial: later pods, and scale-down, see the room as taken.
 *
 * 1. Nodes that are there are filled as the scheduler's queue would: higher priority first, then who has waited longer.
 * 2. Alike pods that others have no say about fill node after node; of those that are coupled each looks for its place
 *    anew, as the one before may have opened or closed a node for it.
 * 3. Nodes that are on their way are filled as they were packed when they were asked for: group after group as asked,
 *    in the order of packing. Another order might find no place for all, and ask for one more node with each pass.
 * 4. Pods that others have a say about are offered all nodes again for as long as any of them finds a place.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { placePod } from '../scheduling/place.ts';
import { firstFit } from '../scheduling/first-fit.ts';
import type { Within } from '../scheduling/first-fit.ts';
import { fits, isCoupled } from '../scheduling/runner.ts';
import type { PodGroup } from './equivalence.ts';
import { podGroup } from './equivalence.ts';
import { inPackingOrder } from './packing-order.ts';
import type { Prospect } from './prospects.ts';
import { prospectsOf, suitsItself } from './prospects.ts';
import type { UpcomingNode } from './upcoming.ts';

export interface Placement {
  /** Pods of one group that found a place, by slot in the order tried. */
  readonly placed: ReadonlyMap<Slot, readonly PodFacts[]>;
  /** Those that did not; `undefined` when all were placed. */
  readonly rest: PodGroup | undefined;
}

/** Where pods may go. */
export interface NodesOnOffer {
  readonly existing: readonly Slot[];
  readonly upcoming: readonly UpcomingNode[];
  /** See {@link inPackingOrder}. */
  readonly apartFirst: boolean;
}

/** One placement per group, in the order given. Within a trial. */
export function placeOnNodes(
  cluster: Cluster,
  groups: readonly PodGroup[],
  { existing, upcoming, apartFirst }: NodesOnOffer,
): Placement[] {
  const standing = groups.map((group) => new Standing(group, isCoupled(cluster, group.example)));
  const there = within('real', existing);
  const queue = standing.toSorted((a, b) => byQueue(a.group, b.group));
  for (const one of queue) one.placeOn(cluster, there);
  const left = standing.filter(({ rest }) => rest !== undefined);
  const coming = fleetsOf(cluster, upcoming, left).map(({ prospect, nodes }) => {
    const packed = asPacked(prospect, left, apartFirst);
    for (const one of packed) one.placeOn(cluster, nodes);
    const waiting = packed.filter(({ group }) => group.example.spec.requiredPodAffinity.length > 0);
    while (placeAny(cluster, waiting, nodes));
    return { nodes, packed };
  });
  // A pod may have opened a place for others on nodes that were passed: zones fill up in turn.
  for (let more = left.some((one) => one.isCoupled); more;) {
    more = placeAny(cluster, queue.filter(isTied), there);
    for (const { nodes, packed } of coming) if (placeAny(cluster, packed.filter(isTied), nodes)) more = true;
  }
  return standing;
}

/** Offers the nodes to one after the other. Returns whether any pod found a place. */
function placeAny(cluster: Cluster, standing: readonly Standing[], nodes: Within): boolean {
  let any = false;
  for (const one of standing) if (one.placeOn(cluster, nodes)) any = true;
  return any;
}

function isTied({ isCoupled: tied }: Standing): boolean {
  return tied;
}

/** How far a group of alike pods has got. */
class Standing implements Placement {
  readonly group: PodGroup;
  /** Others have a say in where the pods go, as far as is known before any of them is placed. */
  readonly isCoupled: boolean;
  readonly placed = new Map<Slot, PodFacts[]>();
  #rest: PodGroup | undefined;

  constructor(group: PodGroup, coupled: boolean) {
    this.group = group;
    this.isCoupled = coupled;
    this.#rest = group;
  }

  get rest(): PodGroup | undefined {
    return this.#rest;
  }

  /** Returns whether any of the pods found a place. */
  placeOn(cluster: Cluster, nodes: Within): boolean {
    if (this.#rest === undefined) return false;
    const { example, pods } = this.#rest;
    const coupled = isCoupled(cluster, example);
    let queue = pods;
    let next = 0;
    for (let pod = example; ; pod = queue[next] ?? example) {
      const slot = firstFit(cluster, pod, avoiding(nodes, this.group.avoids));
      if (slot === undefined) break;
      // Only now does it matter which of them come first.
      if (next === 0) queue = pods.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      next = coupled ? this.#placeOne(cluster, slot, { queue, next }) : this.#fill(cluster, slot, { queue, next });
      if (next === queue.length) break;
    }
    if (next > 0) this.#rest = next === queue.length ? undefined : podGroup(queue.slice(next));
    return next > 0;
  }

  /** Puts pods onto the node until one does not fit; which is next. */
  #fill(cluster: Cluster, slot: Slot, from: Queue): number {
    let next = this.#placeOne(cluster, slot, from);
    for (let pod = from.queue[next]; pod !== undefined && fits(cluster, pod, slot); pod = from.queue[next]) {
      next = this.#placeOne(cluster, slot, { ...from, next });
    }
    return next;
  }

  #placeOne(cluster: Cluster, slot: Slot, { queue, next }: Queue): number {
    const pod = queue[next];
    if (pod === undefined) return next;
    placePod(cluster, pod, slot);
    const here = this.placed.get(slot);
    if (here === undefined) this.placed.set(slot, [pod]);
    else here.push(pod);
    return next + 1;
  }
}

/** Pods in the order in which they are placed, and how far that has got. */
interface Queue {
  readonly queue: readonly PodFacts[];
  readonly next: number;
}

function avoiding(nodes: Within, avoids: PodGroup['avoids']): Within {
  return avoids === undefined ? nodes : { ...nodes, admits: (slot) => nodes.admits(slot) && !avoids.has(slot) };
}

/** The nodes in these slots; all of them real, or all of them on their way. */
function within(among: Within['among'], slots: readonly Slot[]): Within {
  const isThere: boolean[] = [];
  for (const slot of slots) isThere[slot] = true;
  return { among, admits: (slot) => isThere[slot] === true };
}

function byQueue(a: PodGroup, b: PodGroup): number {
  return b.example.spec.priority - a.example.spec.priority || oldest(a) - oldest(b) || (a.key < b.key ? -1 : 1);
}

function oldest({ pods }: PodGroup): number {
  return pods.reduce((least, { createdAtMs }) => Math.min(least, createdAtMs), Number.MAX_SAFE_INTEGER);
}

// ---- Nodes on their way ----------------------------------------------------------------------------------------------

/** The nodes of one group that are on their way. */
interface Fleet {
  readonly prospect: Prospect;
  readonly nodes: Within;
}

/** In the order in which the groups were asked. */
function fleetsOf(cluster: Cluster, upcoming: readonly UpcomingNode[], left: readonly Standing[]): Fleet[] {
  const byView = Map.groupBy(upcoming, ({ view }) => view);
  const views = [...byView.keys()].toSorted((a, b) => a.growthRank - b.growthRank);
  const groups = left.map(({ group }) => group);
  return prospectsOf(cluster, views, groups).map((prospect) => {
    const slots = (byView.get(prospect.view) ?? []).map(({ slot }) => slot);
    return { prospect, nodes: within('simulated', slots) };
  });
}

/** In the order in which those that are left were packed; whoever was not among them comes after. */
function asPacked(prospect: Prospect, left: readonly Standing[], apartFirst: boolean): readonly Standing[] {
  const wanted = left.flatMap((standing) => {
    const { group, rest } = standing;
    if (rest === undefined || !suitsItself(prospect, group) || !prospect.place.mayTake(group, apartFirst)) return [];
    return [{ demand: standing, pods: rest.pods.length }];
  });
  const packed = inPackingOrder(prospect, wanted, apartFirst).map(({ demand }) => demand);
  return [...new Set([...packed, ...left])];
}
