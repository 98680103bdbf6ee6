/**
 * What helping the pods costs at the least, however they are put together: for one resource at a time, each pod pays its
 * share of a node where that is cheapest of all nodes that suit it. The resource that makes the sum largest gives the
 * bound. No plan can be cheaper: of the pods on a node, the shares of one resource add up to one node at most.
 */
import type { Demand } from './demand.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself } from './prospects.ts';

/** What one pod costs at the least. */
interface Fare {
  readonly demand: Demand;
  /** A node for itself. */
  readonly whole: number;
  /** Its share of a node, by the columns of what it demands. */
  readonly shares: readonly { readonly column: number; readonly share: number }[];
}

export class LowestCost {
  readonly #fares: readonly Fare[];

  constructor(demands: readonly Demand[], open: readonly Prospect[]) {
    this.#fares = demands.map((demand) => fareOf(demand, open));
  }

  /**
   * US dollars an hour for so many pods of each demand. Pods that no group suits cost nothing; a group without a price
   * makes its pods cost nothing.
   */
  of(left: (demand: Demand) => number): number {
    const sums: number[] = [];
    let dearest = 0;
    for (const { demand, whole, shares } of this.#fares) {
      const pods = left(demand);
      if (pods === 0) continue;
      dearest = Math.max(dearest, whole);
      for (const { column, share } of shares) sums[column] = (sums[column] ?? 0) + pods * share;
    }
    // A pod needs a node, whatever it shares it with.
    return sums.reduce((most, sum) => Math.max(most, sum), dearest);
  }
}

function fareOf(demand: Demand, open: readonly Prospect[]): Fare {
  const { group } = demand;
  const suited = open.filter((prospect) => suitsItself(prospect, group));
  const [first] = suited;
  const shares = (first?.demandsOf(group.example.spec) ?? []).map(({ column, amount }) => ({
    column,
    share: least(suited.map((one) => (priceOf(one) * amount) / Math.max(amount, one.empty.free[column] ?? 0))),
  }));
  return { demand, whole: least(suited.map(priceOf)), shares };
}

function priceOf({ view }: Prospect): number {
  return view.state.pricePerHour ?? 0;
}

function least(amounts: readonly number[]): number {
  return amounts.length === 0 ? 0 : Math.min(...amounts);
}
