/**
 * Remembers which objects of one kind have been told of, so that nothing vanishes silently: what a fresh list lacks, and
 * what was deleted and made anew under the same name, is reported gone first.
 */
import type { ClusterEvent } from '../cluster/facts.ts';
import type { Decoded } from './decode-result.ts';
import type { WatchedKind } from './watched-kind.ts';

export class KnownObjects {
  readonly #kind: WatchedKind;
  readonly #uids = new Map<string, string>();
  /** The keys that the list under way has shown; `undefined` between lists. */
  #listed: Set<string> | undefined;

  constructor(kind: WatchedKind) {
    this.#kind = kind;
  }

  get size(): number {
    return this.#uids.size;
  }

  /** A list begins: whatever it does not show will be gone at its end. An unfinished one is forgotten. */
  beginList(): void {
    this.#listed = new Set();
  }

  /** The list is complete. Returns the events for what it lacked. */
  endList(): readonly ClusterEvent[] {
    const listed = this.#listed;
    this.#listed = undefined;
    if (listed === undefined) return [];
    return [...this.#uids.keys()].filter((key) => !listed.has(key)).flatMap((key) => this.vanished(key));
  }

  /** The object exists. Returns the events to tell. */
  seen(object: Decoded): readonly ClusterEvent[] {
    this.#listed?.add(object.key);
    const before = this.#uids.get(object.key);
    this.#uids.set(object.key, object.uid);
    if (before === undefined || before === object.uid) return [object.event];
    return [this.#gone(object.key, before), object.event];
  }

  /** The object exists but could not be read: what was told of it before stands. */
  unreadable(key: string): void {
    if (this.#uids.has(key)) this.#listed?.add(key);
  }

  /** The object of that name is no more; with `uid`, that one only. */
  vanished(key: string, uid?: string): readonly ClusterEvent[] {
    const known = this.#uids.get(key);
    if (known === undefined) return [];
    if (uid !== undefined && uid !== known) return [];
    this.#uids.delete(key);
    return [this.#gone(key, known)];
  }

  #gone(key: string, uid: string): ClusterEvent {
    const slash = key.indexOf('/');
    return this.#kind.gone({ namespace: slash < 0 ? '' : key.slice(0, slash), name: key.slice(slash + 1), uid });
  }
}
