/**
 * Whether the program does what it should, as Cluster Autoscaler's liveness probe asks: a leader makes passes, and they
 * succeed. A replica that waits for the lease is well; its time starts when it leads.
 */
import type { LoopWatch, PassOutcome } from '../loop/stopwatch.ts';
import type { Clock } from '../runtime/clock.ts';

export interface HealthLimits {
  /** A pass has to begin at least this often. `--max-inactivity` */
  readonly maxInactivityMs: number;
  /** One has to succeed at least this often. `--max-failing-time` */
  readonly maxFailingMs: number;
  /** Stands for both until the first has succeeded. `--max-startup-time` */
  readonly maxStartupMs: number;
}

export class Health implements Pick<LoopWatch, 'passBegan' | 'passEnded'> {
  readonly #clock: Clock;
  readonly #limits: HealthLimits;
  readonly #isLeader: () => boolean;
  #activeAtMs: number;
  #succeededAtMs: number;
  #hasSucceeded = false;

  constructor(clock: Clock, limits: HealthLimits, isLeader: () => boolean) {
    this.#clock = clock;
    this.#limits = limits;
    this.#isLeader = isLeader;
    this.#activeAtMs = clock.monotonic();
    this.#succeededAtMs = this.#activeAtMs;
  }

  passBegan(): void {
    this.#activeAtMs = this.#clock.monotonic();
  }

  passEnded({ kind }: PassOutcome): void {
    this.#activeAtMs = this.#clock.monotonic();
    if (kind !== 'decided') return;
    this.#succeededAtMs = this.#activeAtMs;
    this.#hasSucceeded = true;
  }

  /** What is wrong; `undefined`: nothing is. */
  problem(): string | undefined {
    const now = this.#clock.monotonic();
    if (!this.#isLeader()) {
      this.#activeAtMs = now;
      this.#succeededAtMs = now;
      this.#hasSucceeded = false;
      return undefined;
    }
    const { maxFailingMs, maxInactivityMs, maxStartupMs } = this.#limits;
    const silentMs = now - this.#activeAtMs;
    const failingMs = now - this.#succeededAtMs;
    const isWell = this.#hasSucceeded
      ? silentMs <= maxInactivityMs && failingMs <= maxFailingMs
      : silentMs <= maxStartupMs && failingMs <= maxStartupMs;
    if (isWell) return undefined;
    return `last activity ${seconds(silentMs)} ago, last success ${seconds(failingMs)} ago`;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
