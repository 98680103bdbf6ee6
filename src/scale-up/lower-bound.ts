/** The fewest nodes that amounts alone make necessary: pods as if they could be cut in pieces. */
import type { Demand } from '../cluster/resources.ts';

/** What all these pods take together, by column. */
export function amountsOf(
  parts: Iterable<{ readonly demands: readonly Demand[]; readonly pods: number }>,
): readonly number[] {
  const amounts: number[] = [];
  for (const { demands, pods } of parts) {
    for (const { column, amount } of demands) amounts[column] = (amounts[column] ?? 0) + amount * pods;
  }
  return amounts;
}

/** `free`: on one node, by column. What a node has none of is not looked at. */
export function nodesForAmounts(amounts: readonly number[], free: readonly number[]): number {
  let nodes = 0;
  for (let column = 0; column < amounts.length; column += 1) {
    const each = free[column] ?? 0;
    if (each > 0) nodes = Math.max(nodes, Math.ceil((amounts[column] ?? 0) / each));
  }
  return nodes;
}
