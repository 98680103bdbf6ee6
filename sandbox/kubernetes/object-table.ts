/**
 * The objects of one kind, by `namespace/name` (cluster-scoped: `/name`), kept in the order of their keys.
 *
 * Invariants: `#keys` holds exactly the keys of `#objects`, sorted by code unit (etcd's order); a snapshot given out
 * never changes.
 */
import { ChangeHistory } from './change-history.ts';
import type { Change } from './change-history.ts';
import type { KubeObject } from './object.ts';

export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

export class ObjectTable {
  readonly history: ChangeHistory;
  readonly #objects = new Map<string, KubeObject>();
  readonly #keys: string[] = [];
  #snapshot: readonly KubeObject[] | undefined;

  constructor(historyLimit: number) {
    this.history = new ChangeHistory(historyLimit);
  }

  get size(): number {
    return this.#objects.size;
  }

  find(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  apply(change: Change): void {
    const key = keyOf(change.object);
    this.#snapshot = undefined;
    this.history.append(change);
    if (change.type === 'DELETED') {
      this.#objects.delete(key);
      this.#keys.splice(this.#position(key), 1);
      return;
    }
    if (change.type === 'ADDED') this.#keys.splice(this.#position(key), 0, key);
    this.#objects.set(key, change.object);
  }

  all(): readonly KubeObject[] {
    this.#snapshot ??= this.#range(0, this.#keys.length);
    return this.#snapshot;
  }

  inNamespace(namespace: string): readonly KubeObject[] {
    // '0' is the code unit after '/': all keys of the namespace lie between the two.
    return this.#range(this.#position(`${namespace}/`), this.#position(`${namespace}0`));
  }

  /** All objects as they were at `revision`; `undefined` when the history no longer reaches back so far. */
  at(revision: number): readonly KubeObject[] | undefined {
    const later = this.history.since(revision);
    if (later === undefined) return undefined;
    if (later.length === 0) return this.all();
    const before = new Map<string, KubeObject | undefined>();
    for (const change of later) {
      const key = keyOf(change.object);
      if (!before.has(key)) before.set(key, change.previous);
    }
    const objects = this.all().filter((object) => !before.has(keyOf(object)));
    for (const object of before.values()) if (object !== undefined) objects.push(object);
    return objects.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }

  #range(from: number, to: number): KubeObject[] {
    const objects: KubeObject[] = [];
    for (let index = from; index < to; index++) {
      const object = this.#objects.get(this.#keys[index] ?? '');
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  /** Where `key` is, or would be. */
  #position(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
