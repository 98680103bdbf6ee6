/** The order in which pods are packed onto new nodes of a group. */
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
 * Larger pods first, in the order given where they are as large. `apartFirst`: where pods that keep each other off their
 * nodes make more nodes necessary than all amounts do, they go before all others, which then find room beside them.
 */
export function inPackingOrder<D extends OfGroup>(
  prospect: Prospect,
  wanted: readonly Parcel<D>[],
  apartFirst: boolean,
): readonly Parcel<D>[] {
  const { classes, allocatable, demandsOf } = prospect;
  const sizes = classes.withShape.map(({ example }) => sizeOn(demandsOf(example.spec), allocatable));
  const bySize = Map.groupBy(wanted, ({ demand }) => sizes[classes.of(demand.group).shape] ?? 0);
  const decreasing = [...bySize].toSorted(([a], [b]) => b - a).flatMap(([, alike]) => alike);
  if (!apartFirst || !setsNumberOfNodes(prospect, wanted)) return decreasing;
  const apart = new Set(decreasing.filter(({ demand }) => apartOnNodes(prospect, demand).length > 0));
  return [...apart, ...decreasing.filter((one) => !apart.has(one))];
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

/** The counters by hostname that keep such pods off each other's nodes. */
function apartOnNodes(prospect: Prospect, { group }: OfGroup): readonly Counter[] {
  const ties = tiesAt(prospect, group);
  if (ties === undefined || ties.apart.length === 0) return NO_COUNTERS;
  return ties.apart.map(({ counter }) => counter).filter(({ perNode, selects }) => perNode && selects(ties.kind));
}
