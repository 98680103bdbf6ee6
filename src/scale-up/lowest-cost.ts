/**
 * What helping the pods costs at the least, however they are put together: for one resource at a time, each pod pays its
 * share of a node where that is cheapest of all nodes that suit it. The resource that makes the sum largest gives the
 * bound. No plan can be cheaper: of the pods on a node, the shares of one resource add up to one node at most.
 */
import type { Demand } from './demand.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself } from './prospects.ts';

/** US dollars an hour. Pods that no group suits cost nothing; a group without a price makes its pods cost nothing. */
export function lowestCost(demands: readonly Demand[], open: readonly Prospect[]): number {
  const sums = new Map<number, number>();
  let dearest = 0;
  for (const { group, left } of demands) {
    const suited = open.filter((prospect) => suitsItself(prospect, group));
    const whole = least(suited.map(priceOf));
    dearest = Math.max(dearest, left === 0 ? 0 : whole);
    const [first] = suited;
    for (const { column, amount } of left === 0 ? [] : (first?.demandsOf(group.example.spec) ?? [])) {
      const share = least(suited.map((one) => (priceOf(one) * amount) / Math.max(amount, one.empty.free[column] ?? 0)));
      sums.set(column, (sums.get(column) ?? 0) + left * share);
    }
  }
  // A pod needs a node, whatever it shares it with.
  return Math.max(dearest, ...sums.values());
}

function priceOf({ view }: Prospect): number {
  return view.state.pricePerHour ?? 0;
}

function least(amounts: readonly number[]): number {
  return amounts.length === 0 ? 0 : Math.min(...amounts);
}
