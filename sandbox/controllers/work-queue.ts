/**
 * The controllers' work queue: keys that were touched are reconciled once, together, a moment later. A burst of events
 * about one object therefore costs one reconciliation, and nothing scans what was not touched.
 */
import type { Clock, Timer } from '../../src/runtime/clock.ts';
import { ApiError } from '../kubernetes/object.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** How long touches are gathered before they are worked on. */
  readonly delayMs: number;
  /** Brings the world one step closer to what the object of that key wants. */
  readonly reconcile: (key: string) => void;
}

/** An API error (a missing namespace, say) is tried again after 1 s, 2 s, 4 s … and at last every minute. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #touched = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #retries = new Set<Timer>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  touch(key: string): void {
    if (this.#stopped) return;
    this.#touched.add(key);
    this.#timer ??= this.#options.clock.setTimer(this.#options.delayMs, () => this.#work());
  }

  /** Touches the key after `delayMs`. */
  touchLater(key: string, delayMs: number): void {
    if (this.#stopped) return;
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#retries.delete(timer);
      this.touch(key);
    });
    this.#retries.add(timer);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const timer of this.#retries) timer.cancel();
    this.#retries.clear();
    this.#touched.clear();
  }

  #work(): void {
    this.#timer = undefined;
    const keys = [...this.#touched];
    this.#touched.clear();
    for (const key of keys) {
      try {
        this.#options.reconcile(key);
        this.#failures.delete(key);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const failures = this.#failures.get(key) ?? 0;
        this.#failures.set(key, failures + 1);
        this.touchLater(key, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures));
      }
    }
  }
}
