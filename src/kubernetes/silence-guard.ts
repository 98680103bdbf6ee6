import type { Clock, Timer } from '../runtime/clock.ts';

/**
 * Aborts its signal when the other side has been silent for too long (a dead connection ends no stream by itself), or
 * with `parent`. Call `end` when there is nothing more to listen for, or the timer lives on.
 */
export class SilenceGuard {
  readonly #clock: Clock;
  readonly #aborter = new AbortController();
  readonly #parent: AbortSignal | undefined;
  readonly #follow = (): void => this.#aborter.abort(this.#parent?.reason);
  #limitMs: number;
  #timer: Timer;
  #brokenAt: number;

  constructor(clock: Clock, limitMs: number, parent?: AbortSignal) {
    this.#clock = clock;
    this.#parent = parent;
    this.#limitMs = limitMs;
    this.#brokenAt = clock.monotonic();
    this.#timer = clock.setTimer(limitMs, () => this.#check());
    // No composite signal: as long as somebody listens to one, the runtime holds it and all that listens.
    if (parent?.aborted === true) this.#follow();
    else parent?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Something came. Cheap, as it is called for every chunk: the timer looks at the time when it fires. */
  broken(): void {
    this.#brokenAt = this.#clock.monotonic();
  }

  expectWithin(limitMs: number): void {
    if (limitMs >= this.#limitMs) return;
    this.#limitMs = limitMs;
    this.#timer.cancel();
    this.#timer = this.#clock.setTimer(limitMs, () => this.#check());
  }

  end(): void {
    this.#timer.cancel();
    this.#parent?.removeEventListener('abort', this.#follow);
  }

  #check(): void {
    const silentMs = this.#clock.monotonic() - this.#brokenAt;
    if (silentMs >= this.#limitMs) this.#aborter.abort();
    // Whole milliseconds: a rest too small to add to the time would fire at the same time again, for ever.
    else this.#timer = this.#clock.setTimer(Math.ceil(this.#limitMs - silentMs), () => this.#check());
  }
}
