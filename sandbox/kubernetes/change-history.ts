/**
 * What lately happened to the objects of one kind: what watches resume from and what old lists are rolled back with.
 * Bounded: the oldest changes are forgotten, and whoever needs them is told so (410 Expired), as with the real server.
 */
import type { KubeObject } from './object.ts';

export type Change = { readonly revision: number } & (
  | { readonly type: 'ADDED'; readonly object: KubeObject; readonly previous?: undefined }
  | { readonly type: 'MODIFIED'; readonly object: KubeObject; readonly previous: KubeObject }
  | { readonly type: 'DELETED'; readonly object: KubeObject; readonly previous: KubeObject }
);

export class ChangeHistory {
  readonly #limit: number;
  /** In the order of their revisions; those before `#first` are forgotten and wait for the next sweep. */
  #changes: Change[] = [];
  #first = 0;
  /** Every change up to this revision may be forgotten; all later ones are here. */
  #floor = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  append(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length - this.#first <= this.#limit) return;
    this.#floor = this.#changes[this.#first]?.revision ?? this.#floor;
    this.#first += 1;
    if (this.#first >= this.#limit) this.#sweep();
  }

  /** The changes after `revision`, oldest first; `undefined` when some of them are forgotten. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#floor) return undefined;
    return this.#changes.slice(this.#indexAfter(revision));
  }

  /** Forgets every change up to `revision`. */
  forget(revision: number): void {
    this.#first = this.#indexAfter(revision);
    this.#floor = Math.max(this.#floor, revision);
    this.#sweep();
  }

  #indexAfter(revision: number): number {
    let low = this.#first;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #sweep(): void {
    this.#changes = this.#changes.slice(this.#first);
    this.#first = 0;
  }
}
