/**
 * Chooses among the node groups that would help. Expanders narrow the options one after the other; what they leave
 * equal is settled by price, where it is known for all of them, and then by name: never by chance, nor by the order in
 * which the options come (I10). What is said of a choice says that too.
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { advised } from './advised.ts';
import type { ExpanderKnowledge } from './expander-knowledge.ts';
import { leastNodes } from './least-nodes.ts';
import { leastWaste } from './least-waste.ts';
import { mostPods } from './most-pods.ts';
import type { ExpanderName } from './options.ts';
import type { OptionPods } from './option-pods.ts';
import { price } from './price.ts';
import { priority } from './priority.ts';
import { random } from './random.ts';

/** Growing one group by so many nodes, for so many pods. */
export interface ExpansionOption {
  readonly view: NodeGroupView;
  readonly nodes: number;
  readonly pods: number;
  /** What those pods request in all. */
  readonly requested: ResourceList;
  /** What one node has. */
  readonly capacity: ResourceList;
  /** Which pods; absent in an estimate. */
  readonly taken?: readonly OptionPods[];
}

export interface Expander {
  /** The best of the options, in the order given; empty when it can judge none of them. */
  narrow<T extends ExpansionOption>(options: readonly T[], knowledge: ExpanderKnowledge): readonly T[];
  /** What speaks for the option, e.g. `12 % of CPU unused`. */
  words(option: ExpansionOption, knowledge: ExpanderKnowledge): string;
  /** Nothing is chosen where it leaves nothing; unless said, an expander that can judge none has no say. */
  readonly mayRefuseAll?: true;
}

const EXPANDERS: Readonly<Record<ExpanderName, Expander>> = {
  'least-waste': leastWaste,
  'most-pods': mostPods,
  'least-nodes': leastNodes,
  price,
  priority,
  random,
  grpc: advised,
};

/** The expanders in the order in which they are asked, and what they may know. */
export interface ExpanderChain {
  /** Never empty. */
  readonly names: readonly ExpanderName[];
  readonly knowledge: ExpanderKnowledge;
}

export interface Choice<T> {
  readonly option: T;
  /** For the record: the last expander that had a say, its words, and what settled a tie. */
  readonly because: string;
  readonly expander: string;
}

/** The best option; `undefined` when there is none. */
export function chooseOption<T extends ExpansionOption>(
  options: readonly T[],
  { names, knowledge }: ExpanderChain,
): Choice<T> | undefined {
  // Whatever follows must not see in which order they came.
  let left: readonly T[] = options.toSorted(byName);
  let last: ExpanderName | undefined;
  for (const name of names) {
    if (last !== undefined && left.length <= 1) break;
    last = name;
    const expander = EXPANDERS[name];
    const narrowed = expander.narrow(left, knowledge);
    if (narrowed.length > 0 || expander.mayRefuseAll === true) left = narrowed;
  }
  if (left.length === 0 || last === undefined) return undefined;
  const settled = settleTie(left);
  const because = `${last}: ${EXPANDERS[last].words(settled.option, knowledge)}${settled.how}`;
  return { option: settled.option, because, expander: last };
}

/** So many equals are named in a record; the rest is counted. */
const NAMED_EQUALS = 3;

/** Options in the order of names. */
function settleTie<T extends ExpansionOption>(equals: readonly T[]): { readonly option: T; readonly how: string } {
  const [first, ...others] = equals;
  if (first === undefined) throw new RangeError('there is an option');
  const costs = equals.map(costOf);
  const least = costs.every((cost) => cost !== undefined) ? Math.min(...costs) : undefined;
  const option = equals.find((_, index) => least === undefined || costs[index] === least) ?? first;
  if (others.length === 0) return { option, how: '' };
  const isCheapest = least !== undefined && costs.filter((cost) => cost === least).length === 1;
  const names = equals.filter((one) => one !== option).map(({ view }) => view.state.name);
  const rest = names.length - NAMED_EQUALS;
  const named = [...names.slice(0, NAMED_EQUALS), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  return { option, how: `; ${named} as good, ${isCheapest ? 'at a higher price' : 'later by name'}` };
}

function byName({ view: { state: a } }: ExpansionOption, { view: { state: b } }: ExpansionOption): number {
  return compared(a.name, b.name) || compared(a.id, b.id);
}

function compared(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** US dollars an hour; `undefined`: the price is not known. */
function costOf({ view, nodes }: ExpansionOption): number | undefined {
  const { pricePerHour } = view.state;
  return pricePerHour === undefined ? undefined : pricePerHour * nodes;
}
