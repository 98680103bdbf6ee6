/** A clock that tests move by hand. */
import type { Clock, Timer } from '../runtime/clock.ts';

/** Time stands still but for {@link advance}; {@link settle} lets a promise take the time it needs. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  now(): number {
    return 1_800_000_000_000 + this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), fire };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  async nextTurn(): Promise<void> {
    await turn();
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await turn();
    while (this.#fireNext(untilMs)) await turn();
    this.#nowMs = untilMs;
  }

  /** Moves time from timer to timer until `work` is done. */
  async settle<T>(work: Promise<T>): Promise<T> {
    const state = { done: false };
    const mark = (): void => {
      state.done = true;
    };
    work.then(mark, mark);
    for (;;) {
      await turn();
      if (state.done) return work;
      if (!this.#fireNext(Number.POSITIVE_INFINITY)) throw new Error('nothing moves: the work waits for no timer');
    }
  }

  #fireNext(untilMs: number): boolean {
    const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.fire();
    return true;
  }
}

/** Lets everything that is ready run. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
