/** The pods of an expansion option, set by set. */
import type { PodGroup } from './equivalence.ts';

export interface OptionPods {
  readonly demand: { readonly group: PodGroup };
  /** The first so many of the group. */
  readonly pods: number;
}
