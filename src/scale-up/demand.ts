import type { NodeGroupView } from '../node-groups/view.ts';
import type { PodGroup } from './equivalence.ts';

/** A set of alike pods that ask for new nodes, and what they got so far. */
export interface Demand {
  readonly group: PodGroup;
  /** How many of them have nothing yet. */
  left: number;
  readonly byGroup: { readonly view: NodeGroupView; readonly pods: number }[];
}
