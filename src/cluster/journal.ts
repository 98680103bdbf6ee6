/** The journal of trials: each change records how to undo it; rolling back undoes them, latest first. */
import { invariant } from './invariant.ts';

/** A point in the journal to return to. */
export type Mark = { readonly depth: number; readonly length: number };

export class Journal {
  readonly #undo: (() => void)[] = [];
  #depth = 0;

  get open(): boolean {
    return this.#depth > 0;
  }

  fork(): Mark {
    const mark = { depth: this.#depth, length: this.#undo.length };
    this.#depth += 1;
    return mark;
  }

  record(undo: () => void): void {
    invariant(this.open, 'the model is changed within a trial');
    this.#undo.push(undo);
  }

  /** Undoes everything since `mark`, inner trials included. */
  rollback(mark: Mark): void {
    invariant(this.#depth > mark.depth, 'a trial is rolled back once');
    while (this.#undo.length > mark.length) this.#undo.pop()?.();
    this.#depth = mark.depth;
  }
}
