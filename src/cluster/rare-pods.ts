/**
 * How many pods on each node are of a kind that most nodes have none of: pods that are ending, and pods of a negative
 * priority. Whoever minds only these does not have to look through all others.
 */
import type { PodFacts } from './facts.ts';

export class RarePods {
  readonly #bySlot: number[] = [];

  on(slot: number): number {
    return this.#bySlot[slot] ?? 0;
  }

  count({ deletion, spec }: PodFacts, slot: number, sign: 1 | -1): void {
    if (deletion === undefined && spec.priority >= 0) return;
    this.#bySlot[slot] = this.on(slot) + sign;
  }
}
