/** The figures of many days of removals, for people. */
import type { Clock } from '../../src/runtime/clock.ts';
import type { DrainDay } from './drain-day.ts';

export class Tally {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #seeds: number[] = [];
  readonly #happened = new Map<string, number>();
  readonly #killedAt = new Map<string, number>();
  #hours = 0;
  #faults = 0;
  #starts = 0;
  #nodesDeleted = 0;
  #evictions = 0;
  #overtaken = 0;
  #violations = 0;
  #unsettled = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
  }

  add(day: DrainDay): void {
    this.#seeds.push(day.seed);
    this.#hours += day.hours;
    this.#faults += day.faults;
    this.#starts += day.starts;
    this.#nodesDeleted += day.nodesDeleted;
    this.#evictions += day.evictions;
    this.#overtaken += day.overtaken;
    this.#violations += day.violations.length;
    if (day.unsettled !== undefined) this.#unsettled += 1;
    for (const [name, count] of day.happened) this.#happened.set(name, (this.#happened.get(name) ?? 0) + count);
    for (const [step, count] of day.killedAt) this.#killedAt.set(step, (this.#killedAt.get(step) ?? 0) + count);
  }

  get isBroken(): boolean {
    return this.#violations > 0 || this.#unsettled > 0;
  }

  /** What was wrong with one day. */
  static complaints({ seed, hours, violations, unsettled }: DrainDay): readonly string[] {
    const where = `seed ${seed}, ${hours} h`;
    const lines = violations.map((violation) => `${where}: ${violation}`);
    return unsettled === undefined ? lines : [...lines, `${where}: did not come to rest: ${unsettled}`];
  }

  progress(): string {
    const minutes = (this.#clock.monotonic() - this.#startedMs) / 60_000;
    const pace = minutes > 0 ? Math.round(this.#hours / minutes) : 0;
    return `${this.#hours} h, ${pace} h a minute, ${this.#nodesDeleted} nodes deleted, ${this.#violations} violations`;
  }

  lines(): readonly string[] {
    const [first, last] = [Math.min(...this.#seeds), Math.max(...this.#seeds)];
    return [
      `simulated ${this.#hours} h, seeds ${first} to ${last}, ${this.progress().split(', ')[1] ?? ''}`,
      `faults injected: ${this.#faults}`,
      ...listed(this.#happened),
      `processes started: ${this.#starts}; kills, by the steps of the removals under way:`,
      ...listed(this.#killedAt),
      `nodes deleted: ${this.#nodesDeleted}, pods evicted: ${this.#evictions}`,
      `withdrawals that VKE overtook with machines of which nobody could know: ${this.#overtaken}`,
      `days that did not come to rest: ${this.#unsettled}`,
      `violations: ${this.#violations}`,
    ];
  }
}

function listed(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `  ${name}: ${count}`);
}
