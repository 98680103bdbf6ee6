/**
 * Sets of pods that packing cannot tell apart go as one: they ask for the same amounts, count alike to others, and nobody
 * has a say about them on the new nodes themselves. What a batch got is shared out in the order of its parts.
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { Demand } from './demand.ts';
import type { PodGroup } from './equivalence.ts';
import type { PackItem } from './packing.ts';
import type { Parcel } from './packing-order.ts';
import type { Prospect } from './prospects.ts';
import type { Ties } from './ties.ts';

type Taken = Parcel<Demand>;

export interface Batch {
  readonly parts: readonly [Taken, ...Taken[]];
  readonly pods: number;
}

/** Joins neighbours that are alike. */
export function batchesOf(wanted: readonly Taken[], alike: (a: Demand, b: Demand) => boolean): readonly Batch[] {
  const batches: { parts: [Taken, ...Taken[]]; pods: number }[] = [];
  let last: (typeof batches)[number] | undefined;
  for (const one of wanted) {
    if (last !== undefined && alike(last.parts[0].demand, one.demand)) {
      last.parts.push(one);
      last.pods += one.pods;
    } else {
      batches.push((last = { parts: [one], pods: one.pods }));
    }
  }
  return batches;
}

/** What each part of the batches got; those that got nothing are left out. */
export function sharedOut(batches: readonly Batch[], placed: readonly number[]): readonly Taken[] {
  const taken: Taken[] = [];
  for (const [index, { parts }] of batches.entries()) {
    let left = placed[index] ?? 0;
    for (const { demand, pods } of parts) {
      const some = Math.min(left, pods);
      if (some > 0) taken.push({ demand, pods: some });
      left -= some;
    }
  }
  return taken;
}

/** So many pods of the group, as packing takes them. */
export function itemOf(
  { demandsOf, volumes }: Prospect,
  group: PodGroup,
  count: number,
  ties: Ties | undefined,
): PackItem {
  const { spec } = group.example;
  const ofVolumes = volumes.get(group);
  const demands = ofVolumes === undefined ? demandsOf(spec) : [...demandsOf(spec), ...ofVolumes.own];
  return { spec, demands, count, shared: ofVolumes?.shared, ties };
}

/** What the pods request in all. */
export function requestedBy(taken: readonly Taken[]): ResourceList {
  const sum: Record<string, number> = {};
  for (const { demand, pods } of taken) {
    const { requests } = demand.group.example.spec;
    for (const name in requests) sum[name] = (sum[name] ?? 0) + (requests[name] ?? 0) * pods;
  }
  return sum;
}
