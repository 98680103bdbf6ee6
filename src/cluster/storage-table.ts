/** Objects of one kind by key, and where asked for also in groups, each in the order of keys. */

interface Identified {
  readonly uid: string;
}

export class StorageTable<T extends Identified> {
  readonly #objects = new Map<string, T>();
  readonly #groups = new Map<string, Map<string, T>>();
  /** Groups as they are handed out, until the next change. */
  readonly #ordered = new Map<string, readonly T[]>();
  readonly #groupOf: ((object: T) => string) | undefined;

  constructor(groupOf?: (object: T) => string) {
    this.#groupOf = groupOf;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** All of them, in the order in which they came. */
  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  set(key: string, object: T): void {
    this.#ungroup(key);
    this.#objects.set(key, object);
    const group = this.#groupOf?.(object);
    if (group === undefined) return;
    let members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, (members = new Map<string, T>()));
    members.set(key, object);
    this.#ordered.delete(group);
  }

  /** Forgets the object, if it is the one with that uid. */
  drop(key: string, uid: string): void {
    if (this.#objects.get(key)?.uid !== uid) return;
    this.#ungroup(key);
    this.#objects.delete(key);
  }

  group(name: string): readonly T[] {
    const members = this.#groups.get(name);
    if (members === undefined) return [];
    let ordered = this.#ordered.get(name);
    if (ordered === undefined) {
      ordered = [...members].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
      this.#ordered.set(name, ordered);
    }
    return ordered;
  }

  #ungroup(key: string): void {
    const known = this.#objects.get(key);
    const group = known === undefined ? undefined : this.#groupOf?.(known);
    if (group === undefined) return;
    const members = this.#groups.get(group);
    members?.delete(key);
    if (members?.size === 0) this.#groups.delete(group);
    this.#ordered.delete(group);
  }
}
