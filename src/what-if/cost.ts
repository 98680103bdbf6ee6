/** What nodes cost an hour, by the sizes that pools are asked for. Pools without a price count as nothing, and are named. */
import type { DecisionRecord } from '../explain/record.ts';

export interface Cost {
  /** US dollars an hour, by the sizes that are asked for now. */
  readonly now: number;
  /** Once what is decided is done. */
  readonly decided: number;
  /** Once the nodes have gone as well that are not needed and only wait for their time. */
  readonly settled: number;
}

export function costOf({ actions, groups, nodes }: DecisionRecord): Cost {
  const prices = new Map(groups.map(({ name, pricePerHour = 0 }) => [name, pricePerHour]));
  const priceOf = (group: string): number => prices.get(group) ?? 0;
  let now = 0;
  for (const { name, targetSize } of groups) now += targetSize * priceOf(name);
  let decided = now;
  for (const action of actions) {
    const price = priceOf(action.group);
    if (action.kind === 'resize' || action.kind === 'withdraw') decided += (action.to - action.from) * price;
    else decided -= price * (action.kind === 'remove-node' ? 1 : action.instances.length);
  }
  let settled = decided;
  for (const { group, outcome } of nodes) {
    if (outcome.kind === 'unneeded' && outcome.reason.code === 'NotUnneededLongEnough') settled -= priceOf(group);
  }
  return { now, decided, settled };
}

export function unpriced({ groups }: DecisionRecord): readonly string[] {
  return groups.filter(({ pricePerHour }) => pricePerHour === undefined).map(({ name }) => name);
}
