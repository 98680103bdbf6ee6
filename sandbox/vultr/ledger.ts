/**
 * The bill: what runs, since when, and what it has cost. A machine is billed from its order to its end at the monthly
 * price / 730 an hour, to the millisecond (Vultr itself rounds up to hours).
 *
 * Durations are of monotonic time, so the bill never falls, whatever the wall clock does.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { Plan, SimulatedInstance } from './instances.ts';
import { pricePerHour } from './plans.ts';

interface BillLine {
  readonly poolId: string;
  readonly poolLabel: string;
  readonly planId: string;
  readonly nodesNow: number;
  readonly nodeHours: number;
  readonly usd: number;
}

export interface Bill {
  /** What an hour costs at this moment. */
  readonly hourlyUsd: number;
  readonly nodeHours: number;
  readonly usd: number;
  /** One a pool, in the order in which the pools first had a node; pools that are gone stay on the bill. */
  readonly lines: readonly BillLine[];
}

const HOUR_MS = 3_600_000;

interface Account {
  readonly poolLabel: string;
  readonly plan: Plan;
  running: number;
  /** Sum of the starts of what runs: node-milliseconds up to t are `running * t - startsMs + endedMs`. */
  startsMs: number;
  endedMs: number;
}

export class Ledger {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();
  #hourlyUsd = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** US dollars an hour for what runs now. */
  get hourlyUsd(): number {
    // Sums of prices drift in their last digits; nothing running costs nothing.
    return Math.max(0, this.#hourlyUsd);
  }

  /** Billing of the machine begins; the time to give back to {@link Ledger.end}. */
  begin(instance: SimulatedInstance, plan: Plan): number {
    const nowMs = this.#clock.monotonic();
    let account = this.#accounts.get(instance.poolId);
    if (account === undefined) {
      account = { poolLabel: instance.poolLabel, plan, running: 0, startsMs: 0, endedMs: 0 };
      this.#accounts.set(instance.poolId, account);
    }
    account.running++;
    account.startsMs += nowMs;
    this.#hourlyUsd += pricePerHour(plan);
    return nowMs;
  }

  end(instance: SimulatedInstance, beganMs: number): void {
    const account = this.#accounts.get(instance.poolId);
    if (account === undefined) throw new Error(`pool ${instance.poolLabel} was never billed`);
    account.running--;
    account.startsMs -= beganMs;
    account.endedMs += this.#clock.monotonic() - beganMs;
    this.#hourlyUsd -= pricePerHour(account.plan);
  }

  bill(): Bill {
    const nowMs = this.#clock.monotonic();
    const lines = [...this.#accounts].map(([poolId, account]): BillLine => {
      const nodeHours = (account.running * nowMs - account.startsMs + account.endedMs) / HOUR_MS;
      return {
        poolId,
        poolLabel: account.poolLabel,
        planId: account.plan.id,
        nodesNow: account.running,
        nodeHours,
        usd: nodeHours * pricePerHour(account.plan),
      };
    });
    return {
      hourlyUsd: this.hourlyUsd,
      nodeHours: lines.reduce((sum, line) => sum + line.nodeHours, 0),
      usd: lines.reduce((sum, line) => sum + line.usd, 0),
      lines,
    };
  }
}
