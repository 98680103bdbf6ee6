/**
 * The same as filter-schedulable.ts, in the order in which Cluster Autoscaler goes about it, for
 * `--compatibility=cluster-autoscaler`.
 *
 * 1. One pod after the other, higher priority first. Of equal ones those come first that had a place in the pass before,
 *    and keep it where it still is one; then the others. Cluster Autoscaler leaves their order to chance: here they come
 *    evenly mixed, as chance has it most often.
 * 2. The search goes on where it last ended: nodes take pods in turn. Cordoned nodes are passed over.
 * 3. After one pod of a controller that fits nowhere none like it is tried, whatever has changed since.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { placePod } from '../scheduling/place.ts';
import { firstFitOf } from '../scheduling/first-fit.ts';
import { fits } from '../scheduling/runner.ts';
import type { PodGroup } from './equivalence.ts';
import { podGroup } from './equivalence.ts';
import type { Placement } from './filter-schedulable.ts';

/** Where each pod was placed in thought, by the pod's uid: the node's name. */
export type PlaceHints = ReadonlyMap<string, string>;

export const NO_HINTS: PlaceHints = new Map();

interface Standing {
  readonly group: PodGroup;
  readonly placed: Map<Slot, PodFacts[]>;
  readonly left: Set<PodFacts>;
  isHopeless: boolean;
}

interface Seeking {
  readonly pod: PodFacts;
  readonly standing: Standing;
}

/** One placement per group, in the order given. Within a trial. `slots`: the nodes that may take pods. */
export function placeInTurn(
  cluster: Cluster,
  groups: readonly PodGroup[],
  slots: readonly Slot[],
  hints: PlaceHints,
): Placement[] {
  const standing = groups.map((group): Standing => ({
    group,
    placed: new Map<Slot, PodFacts[]>(),
    left: new Set(group.pods),
    isHopeless: false,
  }));
  const turn = new Turn(cluster, slots);
  for (const alike of byPriority(standing)) {
    for (const seeking of alike) {
      const name = hints.get(seeking.pod.uid);
      const slot = name === undefined ? undefined : cluster.slotOf(name);
      if (slot !== undefined && turn.offers(slot) && fits(cluster, seeking.pod, slot)) put(cluster, seeking, slot);
    }
    for (const seeking of alike) {
      const { pod, standing: of } = seeking;
      if (of.isHopeless || !of.left.has(pod)) continue;
      const slot = turn.next(pod);
      if (slot !== undefined) put(cluster, seeking, slot);
      else of.isHopeless = pod.controller !== undefined;
    }
  }
  return standing.map(({ placed, left }) => ({ placed, rest: left.size === 0 ? undefined : podGroup([...left]) }));
}

/** What the next pass goes by: nodes that are on their way are there under other names by then. */
export function hintsOf(cluster: Cluster, placements: readonly Placement[]): PlaceHints {
  const hints = new Map<string, string>();
  for (const { placed } of placements) {
    for (const [slot, pods] of placed) {
      if (!cluster.isSimulated(slot)) for (const { uid } of pods) hints.set(uid, cluster.node(slot).name);
    }
  }
  return hints;
}

function byPriority(standing: readonly Standing[]): readonly (readonly Seeking[])[] {
  return [...Map.groupBy(mixed(standing), ({ pod }) => pod.spec.priority)]
    .toSorted(([a], [b]) => b - a)
    .map(([, alike]) => alike);
}

/** The pods of each group by name, all groups evenly in between each other: the first half has half of every group. */
function mixed(standing: readonly Standing[]): readonly Seeking[] {
  const shares = standing.flatMap((one) => {
    const { pods } = one.group;
    return pods.toSorted(byName).map((pod, index) => ({ pod, standing: one, share: (index + 0.5) / pods.length }));
  });
  return shares.toSorted((a, b) => a.share - b.share || byName(a.pod, b.pod));
}

function byName(a: PodFacts, b: PodFacts): number {
  return a.name < b.name ? -1 : 1;
}

function put(cluster: Cluster, { pod, standing: { placed, left } }: Seeking, slot: Slot): void {
  placePod(cluster, pod, slot);
  left.delete(pod);
  const here = placed.get(slot);
  if (here === undefined) placed.set(slot, [pod]);
  else here.push(pod);
}

/** Nodes in the order of names, asked from the one after the last that took a pod. */
class Turn {
  readonly #cluster: Cluster;
  /** By slot; absent: not offered. */
  readonly #ranks: number[] = [];
  #last = 0;

  constructor(cluster: Cluster, slots: readonly Slot[]) {
    this.#cluster = cluster;
    const open = slots.filter((slot) => !cluster.node(slot).unschedulable);
    const named = open.toSorted((a, b) => (cluster.node(a).name < cluster.node(b).name ? -1 : 1));
    for (const [rank, slot] of named.entries()) this.#ranks[slot] = rank;
  }

  offers(slot: Slot): boolean {
    return this.#ranks[slot] !== undefined;
  }

  next(pod: PodFacts): Slot | undefined {
    const find = firstFitOf(this.#cluster, pod);
    const from = (first: number, end: number): Slot | undefined =>
      find({
        among: 'all',
        admits: (slot) => {
          const rank = this.#ranks[slot];
          return rank !== undefined && rank >= first && rank < end;
        },
      });
    const slot = from(this.#last + 1, Infinity) ?? from(0, this.#last + 1);
    if (slot !== undefined) this.#last = this.#ranks[slot] ?? 0;
    return slot;
  }
}
