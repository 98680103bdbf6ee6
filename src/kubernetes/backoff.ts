/** Jittered exponential backoff: how long to wait after the n-th failure in a row. */
import type { RandomStream } from '../runtime/random.ts';

export class Backoff {
  readonly #random: RandomStream;
  readonly #bounds: { readonly firstMs: number; readonly longestMs: number };
  #failures = 0;

  constructor(random: RandomStream, bounds: { readonly firstMs: number; readonly longestMs: number }) {
    this.#random = random;
    this.#bounds = bounds;
  }

  /** The wait after one more failure: between half and all of a span that doubles up to the longest. */
  nextDelayMs(): number {
    const span = Math.min(this.#bounds.longestMs, this.#bounds.firstMs * 2 ** (this.#failures + 1));
    this.#failures += 1;
    return Math.max(this.#bounds.firstMs, span * (0.5 + this.#random.next() / 2));
  }

  /** Things went well: the next failure starts anew. */
  reset(): void {
    this.#failures = 0;
  }
}
