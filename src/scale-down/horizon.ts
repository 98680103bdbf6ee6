/** A moment, and how long what is said of it holds. */
export interface Moment {
  readonly now: number;
  readonly horizon?: Horizon | undefined;
}

/**
 * Gathers until when an answer holds that depends on the time: the earliest of the moments that were asked about and are
 * still to come.
 */
export class Horizon implements Moment {
  readonly now: number;
  #untilMs = Infinity;

  constructor(now: number) {
    this.now = now;
  }

  get horizon(): this {
    return this;
  }

  /** The answer holds up to and including this moment. */
  get untilMs(): number {
    return this.#untilMs;
  }

  isPast(momentMs: number): boolean {
    if (momentMs < this.now) return true;
    this.#untilMs = Math.min(this.#untilMs, momentMs);
    return false;
  }
}
