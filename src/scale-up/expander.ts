/**
 * Chooses among the node groups that would help. Expanders narrow the options one after the other; what they leave
 * equal is settled by price where it is known for both, then by the groups' order: never by chance (I10).
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { leastWaste } from './least-waste.ts';
import type { ExpanderName } from './options.ts';

/** Growing one group by so many nodes, for so many pods. */
export interface ExpansionOption {
  readonly view: NodeGroupView;
  readonly nodes: number;
  readonly pods: number;
  /** What those pods request in all. */
  readonly requested: ResourceList;
  /** What one node has. */
  readonly capacity: ResourceList;
}

export interface Expander {
  readonly name: ExpanderName;
  /** The best of the options, in the order given; empty only when it can judge none of them. */
  narrow<T extends ExpansionOption>(options: readonly T[]): readonly T[];
  /** What speaks for the option, e.g. `12 % of CPU unused`. */
  words(option: ExpansionOption): string;
}

const EXPANDERS: Readonly<Record<ExpanderName, Expander>> = { 'least-waste': leastWaste };

export interface Choice<T> {
  readonly option: T;
  /** For the record: the last expander that had a say, and its words. */
  readonly because: string;
  readonly expander: string;
}

/** The best option; `undefined` when there is none. Options come in the groups' order. */
export function chooseOption<T extends ExpansionOption>(
  options: readonly T[],
  names: readonly ExpanderName[],
): Choice<T> | undefined {
  let left = options;
  let last: Expander | undefined;
  for (const name of names) {
    if (last !== undefined && left.length <= 1) break;
    last = EXPANDERS[name];
    // An expander that can judge none of them has no say.
    const narrowed = last.narrow(left);
    if (narrowed.length > 0) left = narrowed;
  }
  const [first, ...others] = left;
  if (first === undefined || last === undefined) return undefined;
  const option = others.reduce((best, other) => (isCheaper(other, best) ? other : best), first);
  return { option, because: `${last.name}: ${last.words(option)}`, expander: last.name };
}

function isCheaper(option: ExpansionOption, than: ExpansionOption): boolean {
  const price = option.view.state.pricePerHour;
  const other = than.view.state.pricePerHour;
  return price !== undefined && other !== undefined && price * option.nodes < other * than.nodes;
}
