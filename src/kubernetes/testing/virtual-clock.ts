/** Time for tests: it stands still until it is advanced, and fires timers in order. */
import type { Clock, Timer } from '../../runtime/clock.ts';

interface Entry {
  readonly atMs: number;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #epochMs: number;
  #timers: Entry[] = [];

  constructor(epochMs = 1_700_000_000_000) {
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#epochMs + this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), fire };
    this.#timers.push(entry);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== entry);
      },
    };
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  /** Timers that are set; a test's end should find none. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Lets all that can happen now happen. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await this.nextTurn();
  }

  /** Moves on by `ms`, firing each timer at its time and letting its consequences happen. */
  async advance(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      const next = this.#timers.reduce<Entry | undefined>(
        (first, timer) => (timer.atMs <= until && (first === undefined || timer.atMs < first.atMs) ? timer : first),
        undefined,
      );
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
      await this.settle();
    }
    this.#nowMs = until;
  }
}
