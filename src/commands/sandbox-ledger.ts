/** What an evening in the sandbox cost, and what a cluster of fixed size would have: each pool at its peak, all along. */
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { PLANS, pricePerHour } from '../../sandbox/vultr/plans.ts';
import type { Clock } from '../runtime/clock.ts';

interface PoolAccount {
  readonly pool: string;
  readonly plan: string;
  readonly peak: number;
  readonly added: number;
  readonly removed: number;
  readonly nodeHours: number;
  readonly usd: number;
  readonly fixedUsd: number;
}

export interface Account {
  readonly hours: number;
  readonly pools: readonly PoolAccount[];
}

interface Count {
  now: number;
  peak: number;
  added: number;
  removed: number;
}

const HOUR_MS = 3_600_000;

export class SandboxLedger {
  readonly #sandbox: Sandbox;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #counts = new Map<string, Count>();

  constructor(sandbox: Sandbox, clock: Clock) {
    this.#sandbox = sandbox;
    this.#clock = clock;
    this.#startedAtMs = clock.monotonic();
    for (const { instance } of sandbox.cloud.instances()) this.#came(instance.poolId);
    for (const count of this.#counts.values()) count.added = 0;
    sandbox.cloud.onInstance(({ kind, instance }) => {
      if (kind === 'created') this.#came(instance.poolId);
      if (kind === 'destroyed') this.#went(instance.poolId);
    });
  }

  account(): Account {
    const hours = (this.#clock.monotonic() - this.#startedAtMs) / HOUR_MS;
    const pools = this.#sandbox.cloud.bill().lines.map((line): PoolAccount => {
      const count = this.#counts.get(line.poolId);
      const plan = PLANS.find(({ id }) => id === line.planId);
      const peak = count?.peak ?? 0;
      return {
        pool: line.poolLabel,
        plan: line.planId,
        peak,
        added: count?.added ?? 0,
        removed: count?.removed ?? 0,
        nodeHours: line.nodeHours,
        usd: line.usd,
        fixedUsd: plan === undefined ? 0 : peak * hours * pricePerHour(plan),
      };
    });
    return { hours, pools };
  }

  #came(poolId: string): void {
    const count = this.#countOf(poolId);
    count.now += 1;
    count.added += 1;
    count.peak = Math.max(count.peak, count.now);
  }

  #went(poolId: string): void {
    const count = this.#countOf(poolId);
    count.now -= 1;
    count.removed += 1;
  }

  #countOf(poolId: string): Count {
    let count = this.#counts.get(poolId);
    if (count === undefined) this.#counts.set(poolId, (count = { now: 0, peak: 0, added: 0, removed: 0 }));
    return count;
  }
}
