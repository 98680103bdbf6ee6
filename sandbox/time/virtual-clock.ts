/**
 * Virtual time: it stands still while anything is left to do, then jumps to the next timer. Whole days pass in seconds,
 * and one seed gives one history.
 *
 * 1. Time moves only inside {@link VirtualClock.run}, and only when every promise that could settle has settled.
 * 2. Timers fire by due time, then in the order in which they were set; the promise work that one timer starts is done
 *    before the next fires, as in Node.js.
 * 3. A `nextTurn` that somebody awaits holds time still until it has come.
 * 4. Work that waits for a socket, a file or a thread is invisible here: virtual time is for work in one process.
 */
import { type Clock, type Timer, realClock } from '../../src/runtime/clock.ts';
import { TimerQueue } from './timer-queue.ts';

/** How a run ended: what it waited for came; no timer is left to wait for; or its limit of time was reached first. */
export type RunOutcome = 'reached' | 'idle' | 'limit';

export interface RunOptions {
  /** For a run until a condition holds: gives up after so much virtual time. Default: never. */
  readonly limitMs?: number;
}

/** 2026-01-01T00:00:00Z, a start that is easy to read in a log. */
export const VIRTUAL_START_MS = 1_767_225_600_000;

/** So many timers that set each other without time moving are a loop that waits zero milliseconds for itself: a bug. */
const LONGEST_CHAIN_AN_INSTANT = 100_000;

export class VirtualClock implements Clock {
  readonly #timers = new TimerQueue();
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #pendingTurns = 0;
  #running = false;

  constructor(startMs: number = VIRTUAL_START_MS) {
    this.#wallOffsetMs = startMs;
  }

  now(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    return this.#timers.add(this.#monotonicMs + Math.max(0, delayMs), fire);
  }

  async nextTurn(): Promise<void> {
    this.#pendingTurns++;
    await realClock.nextTurn();
    this.#pendingTurns--;
  }

  /** Timers that wait, for tests that look for forgotten ones. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock forwards or backwards, as an administrator or NTP would; timers and `monotonic` go on. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /**
   * Runs until the wall clock (as it is set now) shows `until`, or until the condition holds (looked at after each
   * timer). Rejects with whatever a timer throws.
   */
  async run(until: number | (() => boolean), options: RunOptions = {}): Promise<RunOutcome> {
    if (typeof until === 'number') {
      await this.#exclusively(() => true, until - this.#wallOffsetMs);
      return 'reached';
    }
    await this.#exclusively(() => !until(), this.#monotonicMs + (options.limitMs ?? Infinity));
    if (until()) return 'reached';
    return this.#timers.size === 0 ? 'idle' : 'limit';
  }

  /** Runs for so much virtual time. */
  async runFor(durationMs: number): Promise<void> {
    await this.#exclusively(() => true, this.#monotonicMs + durationMs);
  }

  /** Lets everything happen that can happen without time passing, timers due now included. */
  async settle(): Promise<void> {
    await this.runFor(0);
  }

  async #exclusively(goOn: () => boolean, untilMs: number): Promise<void> {
    if (this.#running) throw new Error('the virtual clock is running already');
    this.#running = true;
    try {
      await this.#fireWhile(goOn, untilMs);
    } finally {
      this.#running = false;
    }
  }

  /** Fires timers up to `untilMs` (monotonic) while `goOn` says so; a finite `untilMs` that is reached becomes the time. */
  async #fireWhile(goOn: () => boolean, untilMs: number): Promise<void> {
    let chain = 0;
    let addedBeforeLink = this.#timers.added;
    for (;;) {
      do await realClock.nextTurn();
      while (this.#pendingTurns > 0);
      if (!goOn()) return;
      const nextMs = this.#timers.nextAtMs();
      if (nextMs === undefined || nextMs > untilMs) break;
      const timer = this.#timers.take();
      if (timer === undefined) break;
      if (nextMs > this.#monotonicMs) {
        this.#monotonicMs = nextMs;
        chain = 0;
        addedBeforeLink = this.#timers.added;
      } else if (timer.sequence >= addedBeforeLink) {
        chain++;
        addedBeforeLink = this.#timers.added;
        if (chain > LONGEST_CHAIN_AN_INSTANT) throw new Error('time stands still: timers of 0 ms set each other');
      }
      timer.fire();
    }
    if (untilMs !== Infinity) this.#monotonicMs = Math.max(this.#monotonicMs, untilMs);
  }
}
