/**
 * When things last changed, as numbers that grow: what was worked out from a node at one revision holds while that is
 * its revision. What a trial changes has a revision of its own, and the old one again once the trial is rolled back.
 */
import type { ClusterEvent } from './facts.ts';

export class Revisions {
  /** The slots whose revision became another one. */
  readonly changes = new ChangeLog<number>();
  readonly #bySlot: number[] = [];
  #latest = 0;

  at(slot: number): number {
    return this.#bySlot[slot] ?? 0;
  }

  /** Something about the node, or about a pod on it, is different. */
  touch(slot: number): void {
    this.#latest += 1;
    this.#bySlot[slot] = this.#latest;
    this.changes.note(slot);
  }

  /** Everything about the node is as it was at that revision. */
  returnTo(slot: number, revision: number): void {
    this.#bySlot[slot] = revision;
    this.changes.note(slot);
  }
}

/** Of what changes on nodes, and of what stands over pods, there is more to tell than that something has changed. */
const TOLD_OTHERWISE: ReadonlySet<ClusterEvent['kind']> = new Set([
  'pod',
  'pod-gone',
  'node',
  'node-gone',
  'pdb',
  'pdb-gone',
  'controller',
  'controller-gone',
]);

/** Everything but nodes, pods and what stands over them. */
export class Surroundings {
  /** The same number while nothing has changed. */
  revision = 0;

  note({ kind }: ClusterEvent): void {
    if (!TOLD_OTHERWISE.has(kind)) this.revision += 1;
  }
}

/** So many changes are told one by one; who looks less often has to take everything as changed. */
const MOST_CHANGES = 4096;

/** Which of many things have changed, for those who look from time to time. */
export class ChangeLog<T> {
  #recent: T[] = [];
  /** How many changes came before the recent ones. */
  #forgotten = 0;

  note(id: T): void {
    if (this.#recent.length >= MOST_CHANGES) {
      this.#forgotten += this.#recent.length;
      this.#recent = [];
    }
    this.#recent.push(id);
  }

  /** Where the log stands, to be given to {@link since}. */
  get position(): number {
    return this.#forgotten + this.#recent.length;
  }

  /** What has changed since then; `undefined`: too much to tell. */
  since(position: number): ReadonlySet<T> | undefined {
    return position < this.#forgotten ? undefined : new Set(this.#recent.slice(position - this.#forgotten));
  }
}
