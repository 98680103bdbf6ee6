/** The order in which pods are packed onto new nodes of a group. */
import { alikeTogether } from './likeness.ts';
import type { Counter } from './counters.ts';
import type { PodGroup } from './equivalence.ts';
import { amountsOf, nodesForAmounts } from './lower-bound.ts';
import { sizeOn } from './packing.ts';
import type { Prospect } from './prospects.ts';
import { tiesAt } from './prospects.ts';

/** So many alike pods that new nodes take, or are to take. */
export interface Parcel<D> {
  readonly demand: D;
  readonly pods: number;
}

interface OfGroup {
  readonly group: PodGroup;
}

/**
 * The order in which the group's new nodes take the pods. `apartFirst`: where pods that keep each other off their nodes
 * make more nodes necessary than all amounts do, they go before all others, which then find room beside them.
 */
export function inPackingOrder<D extends OfGroup>(
  prospect: Prospect,
  wanted: readonly Parcel<D>[],
  apartFirst: boolean,
): readonly Parcel<D>[] {
  const parcels = new Map(wanted.map((parcel) => [parcel.demand, parcel]));
  const decreasing = largerFirst(prospect, [...parcels.keys()], apartFirst).flatMap((one) => parcels.get(one) ?? []);
  return apartFirst ? withApartFirst(prospect, decreasing) : decreasing;
}

/** Larger pods first, in the order given where they are as large. `together`: but those that are alike side by side. */
export function largerFirst<D extends OfGroup>(
  prospect: Prospect,
  demands: readonly D[],
  together: boolean,
): readonly D[] {
  const { classes, allocatable, demandsOf } = prospect;
  const sizes = classes.withShape.map(({ example }) => sizeOn(demandsOf(example.spec), allocatable));
  const bySize = Map.groupBy(demands, ({ group }) => sizes[classes.of(group).shape] ?? 0);
  return [...bySize]
    .toSorted(([a], [b]) => b - a)
    .flatMap(([, ofSize]) => (together ? alikeTogether(prospect, ofSize) : ofSize));
}

/** `decreasing`: larger pods first. */
export function withApartFirst<D extends OfGroup>(
  prospect: Prospect,
  decreasing: readonly Parcel<D>[],
): readonly Parcel<D>[] {
  if (!prospect.classes.isAnyCoupled || !setsNumberOfNodes(prospect, decreasing)) return decreasing;
  const isApart = ({ demand }: Parcel<D>): boolean => areApart(prospect, demand);
  return [...decreasing.filter(isApart), ...decreasing.filter((one) => !isApart(one))];
}

/** Whether pods that keep each other off their nodes need as many nodes as the amounts of all do. */
function setsNumberOfNodes(prospect: Prospect, wanted: readonly Parcel<OfGroup>[]): boolean {
  const { classes, demandsOf, empty } = prospect;
  const byCounter = new Map<Counter, number>();
  const byShape = classes.withShape.map(() => 0);
  for (const { demand, pods } of wanted) {
    const { shape } = classes.of(demand.group);
    byShape[shape] = (byShape[shape] ?? 0) + pods;
    for (const counter of apartOnNodes(prospect, demand)) byCounter.set(counter, (byCounter.get(counter) ?? 0) + pods);
  }
  if (byCounter.size === 0) return false;
  const amounts = amountsOf(
    classes.withShape.map(({ example }, shape) => ({ demands: demandsOf(example.spec), pods: byShape[shape] ?? 0 })),
  );
  return Math.max(...byCounter.values()) >= nodesForAmounts(amounts, empty.free);
}

const NO_COUNTERS: readonly Counter[] = [];

/** Whether such pods keep each other off their nodes. */
export function areApart(prospect: Prospect, demand: OfGroup): boolean {
  return apartOnNodes(prospect, demand).length > 0;
}

/** The counters by hostname that keep such pods off each other's nodes. */
function apartOnNodes(prospect: Prospect, { group }: OfGroup): readonly Counter[] {
  const ties = tiesAt(prospect, group);
  if (ties === undefined || ties.apart.length === 0) return NO_COUNTERS;
  return ties.apart.map(({ counter }) => counter).filter(({ perNode, selects }) => perNode && selects(ties.kind));
}
