/**
 * How much room there is that any pod could use: who needs more than that need not look for it.
 *
 * A node that has less left than the least that any pod asks for is of no use: what it has left does not count.
 */
import type { Load } from './loads.ts';
import { leastOf } from './loads.ts';

export class UsableRoom {
  /** By column: less than that is of no use. */
  readonly #least: readonly number[];
  /** By column. */
  readonly #sums: number[] = [];

  /** `loads`: all that may look for places. */
  constructor(loads: readonly (readonly Load[])[]) {
    this.#least = leastOfAll(loads);
  }

  /** A node has so much left now; 0 also when it takes no more pods. */
  change(column: number, before: number, now: number): void {
    this.#sums[column] = (this.#sums[column] ?? 0) + this.#use(column, now) - this.#use(column, before);
  }

  /** On all nodes but one, which has so much left. */
  without(column: number, left: number): number {
    return (this.#sums[column] ?? 0) - this.#use(column, left);
  }

  #use(column: number, left: number): number {
    return left < Math.max(1, this.#least[column] ?? 0) ? 0 : left;
  }
}

/** Nothing past the columns that all pods ask for. */
function leastOfAll(loads: readonly (readonly Load[])[]): readonly number[] {
  let all: number[] | undefined;
  for (const some of loads) {
    if (some.length === 0) continue;
    const least = leastOf(some);
    all ??= [...least];
    for (let column = 0; column < all.length; column += 1) all[column] = Math.min(all[column] ?? 0, least[column] ?? 0);
  }
  return all ?? [];
}
