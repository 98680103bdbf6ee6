/**
 * What was put of late, by key: the latest so many, and none that was put longer ago than so. Moments are monotonic.
 */

interface RecentOptions {
  readonly most: number;
  readonly longestMs: number;
}

export class Recent<V> {
  /** A Map keeps the order of insertion: what was put longest ago stands first. */
  readonly #entries = new Map<string, { readonly value: V; readonly atMs: number }>();
  readonly #options: RecentOptions;

  constructor(options: RecentOptions) {
    this.#options = options;
  }

  get(key: string, nowMs: number): V | undefined {
    this.#forget(nowMs);
    return this.#entries.get(key)?.value;
  }

  /** Remembers `value` anew and returns it. */
  put(key: string, value: V, nowMs: number): V {
    this.#entries.delete(key);
    this.#entries.set(key, { value, atMs: nowMs });
    this.#forget(nowMs);
    return value;
  }

  #forget(nowMs: number): void {
    for (const [key, { atMs }] of this.#entries) {
      if (this.#entries.size <= this.#options.most && nowMs - atMs < this.#options.longestMs) return;
      this.#entries.delete(key);
    }
  }
}
