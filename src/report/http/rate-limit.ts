/**
 * How often one address may ask: a bucket of tokens for each, filled as time passes. The number of addresses that are
 * remembered is bounded; the one that has asked least recently is forgotten, with a full bucket.
 */
import type { Clock } from '../../runtime/clock.ts';

export interface RateLimits {
  readonly perSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
  readonly addresses: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class RateLimit {
  readonly #clock: Clock;
  readonly #limits: RateLimits;
  /** The least recent asker first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, limits: RateLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether the address may ask now; counts the question if so. */
  take(address: string): boolean {
    const { perSecond, burst, addresses } = this.#limits;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(address) ?? { tokens: burst, atMs: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = now;
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > addresses && oldest !== undefined) this.#buckets.delete(oldest);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
