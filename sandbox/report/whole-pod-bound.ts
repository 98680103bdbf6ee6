/**
 * The least that a workload can cost when pods are not cut in pieces: each is on one node of a pool that can hold it, and
 * each pool keeps its least number of nodes. What may still be fractional is how many nodes there are.
 *
 * A *tariff* sets for each pool what a pod pays on a node of it: nothing, its share of one resource at the node's price,
 * or the whole price when it takes more than half of that resource. Whichever it is, the pods that fit on a node together
 * never pay more than the node costs. So at any moment the pods, each at the cheapest of the pools that can hold it, pay
 * no more than any set of nodes that holds them costs. Nodes of the minimum that the tariff takes nothing for are paid
 * on top. Every tariff gives a true lower bound; the largest counts.
 */
import type { PricedCapacity } from './cost-lower-bound.ts';

export interface OfferedPool extends PricedCapacity {
  /** Nodes that cannot be given back. */
  readonly minimum: number;
}

/** What a pool takes of a pod, in dollars an hour. */
interface Toll {
  readonly pool: OfferedPool;
  of(requests: readonly number[]): number;
  readonly isFree: boolean;
}

type Tariff = readonly Toll[];

/** With more, pools that offer the same resources take the same kind of toll. */
const MOST_TARIFFS = 4096;

export class WholePodBound {
  readonly #tariffs: readonly Tariff[];
  /** What the pods pay by each tariff, the nodes of the minimum that are not paid by them included. */
  readonly #sums: Float64Array;

  constructor(pools: readonly OfferedPool[]) {
    this.#tariffs = tariffsOf(pools);
    this.#sums = Float64Array.from(this.#tariffs, (tariff) =>
      tariff.reduce((sum, { pool, isFree }) => sum + (isFree ? pool.minimum * pool.pricePerHour : 0), 0),
    );
  }

  /** Dollars an hour at this moment. */
  get usdPerHour(): number {
    return Math.max(0, ...this.#sums);
  }

  /** A pod with these requests has come. */
  add(requests: readonly number[]): void {
    this.#change(requests, 1);
  }

  /** It has gone. */
  remove(requests: readonly number[]): void {
    this.#change(requests, -1);
  }

  #change(requests: readonly number[], sign: 1 | -1): void {
    for (const [index, tariff] of this.#tariffs.entries()) {
      this.#sums[index] = (this.#sums[index] ?? 0) + sign * paid(tariff, requests);
    }
  }
}

/** What a pod that no pool can hold pays: nothing, as it runs nowhere. */
function paid(tariff: Tariff, requests: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const toll of tariff) {
    if (requests.every((amount, r) => amount <= (toll.pool.capacity[r] ?? 0))) {
      least = Math.min(least, toll.of(requests));
    }
  }
  return least === Number.POSITIVE_INFINITY ? 0 : least;
}

function tariffsOf(pools: readonly OfferedPool[]): readonly Tariff[] {
  const tolls = pools.map(tollsOf);
  const all = tolls.reduce((product, some) => product * some.length, 1);
  if (all <= MOST_TARIFFS) return combinations(tolls);
  const kinds = [...new Set(pools.map(resourcesOf))];
  const perKind = kinds.map((kind) => tollsOf(pools[pools.findIndex((pool) => resourcesOf(pool) === kind)]).length);
  return combinations(perKind.map((count) => Array.from({ length: count }, (_, index) => index))).map((choice) =>
    pools.flatMap((pool, index) => tolls[index]?.[choice[kinds.indexOf(resourcesOf(pool))] ?? 0] ?? []),
  );
}

function resourcesOf({ capacity }: OfferedPool): string {
  return capacity.map((amount) => (amount > 0 ? '1' : '0')).join('');
}

function tollsOf(pool: OfferedPool | undefined): readonly Toll[] {
  if (pool === undefined) return [];
  const { pricePerHour, capacity } = pool;
  return [
    { pool, isFree: true, of: () => 0 },
    ...capacity.flatMap((whole, r): Toll[] =>
      whole <= 0
        ? []
        : [
            { pool, isFree: false, of: (requests) => (pricePerHour * (requests[r] ?? 0)) / whole },
            { pool, isFree: false, of: (requests) => ((requests[r] ?? 0) > whole / 2 ? pricePerHour : 0) },
          ],
    ),
  ];
}

/** All ways to take one of each. */
function combinations<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>(
    (found, some) => found.flatMap((one) => some.map((other) => [...one, other])),
    [[]],
  );
}
