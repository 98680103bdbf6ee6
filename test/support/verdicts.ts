/** What was seen to be broken, each with the invariant's name, the time and the facts. */
import type { Clock } from '../../src/runtime/clock.ts';

export class Verdicts {
  readonly violations: string[] = [];
  readonly #clock: Clock;
  readonly #startMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonic();
  }

  broken(invariant: string, what: string): void {
    const seconds = (this.#clock.monotonic() - this.#startMs) / 1000;
    this.violations.push(`${invariant} at ${seconds.toFixed(3)} s: ${what}`);
  }
}
