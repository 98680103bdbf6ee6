/**
 * The catalogue of plans: what a machine of a plan has and what it costs. Read from `GET /v2/plans` (all pages) and again
 * every hour; earlier when a pool uses a plan that the catalogue lacks. A failure keeps the last catalogue.
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { CloudResult, MachineType } from '../cloud/provider.ts';
import type { Clock } from '../runtime/clock.ts';
import { failure, success } from '../runtime/result.ts';
import type { VultrClient } from './client.ts';
import type { Warnings } from './warnings.ts';
import { decodePlans, type PlanRow } from './wire.ts';

const PLANS_PATH = '/v2/plans?per_page=500';
/** Prices and plans change a few times a year. */
const MAX_AGE_MS = 3_600_000;
/** After a failure, or for a plan that is not in the catalogue: not in every pass. */
const RETRY_AFTER_MS = 60_000;
/** Vultr bills 730 hours as a month; its own `hourly_cost` is rounded to a tenth of a cent, up to 4 % off. */
const HOURS_PER_MONTH = 730;
/** Documented for VKE: at least one core and 2 GB. */
const SMALLEST_RAM_MB = 2048;
/** The kubelet's default; VKE sets no other that is known. */
const PODS_PER_NODE = 110;
const MIB = 1024 * 1024;

export const GPU_RESOURCE = 'nvidia.com/gpu';

export class PlanCatalogue {
  readonly #client: VultrClient;
  readonly #clock: Clock;
  readonly #warnings: Warnings;
  /** US dollars an hour by plan, in the place of what the catalogue says. */
  readonly #overrides: ReadonlyMap<string, number>;
  #plans: ReadonlyMap<string, PlanRow> | undefined;
  #readAtMs = 0;
  #nextReadAtMs = Number.NEGATIVE_INFINITY;

  constructor(client: VultrClient, clock: Clock, warnings: Warnings, overrides: Readonly<Record<string, number>> = {}) {
    this.#overrides = new Map(Object.entries(overrides));
    this.#client = client;
    this.#clock = clock;
    this.#warnings = warnings;
  }

  /** Reads the catalogue if it is old, or lacks one of `needed`. */
  async refresh(needed: Iterable<string>): Promise<CloudResult> {
    const now = this.#clock.monotonic();
    const known = this.#plans;
    const lacksOne = known === undefined || [...needed].some((id) => !known.has(id));
    if (now < this.#nextReadAtMs || (!lacksOne && now - this.#readAtMs < MAX_AGE_MS)) return success(undefined);
    this.#nextReadAtMs = now + RETRY_AFTER_MS;
    const listed = await this.#client.list(PLANS_PATH, 'plans');
    if (!listed.ok) return listed;
    const { rows, bad } = decodePlans(listed.value);
    for (const { id, problem } of bad) {
      this.#warnings.once('a plan in Vultr’s catalogue cannot be read and is left out', id, { plan: id, problem });
    }
    this.#plans = new Map(rows.map((plan) => [plan.id, plan]));
    for (const id of this.#overrides.keys()) {
      if (!this.#plans.has(id))
        this.#warnings.once('a price is given for a plan that Vultr does not offer', id, { plan: id });
    }
    this.#readAtMs = now;
    return success(undefined);
  }

  plan(id: string): CloudResult<PlanRow> {
    if (this.#plans === undefined) {
      return failure({
        kind: 'unavailable',
        message: `the catalogue of Vultr plans has not been read yet (plan "${id}")`,
      });
    }
    const plan = this.#plans.get(id);
    if (plan !== undefined) return success(plan);
    return failure({ kind: 'not-found', message: `the plan "${id}" is not in Vultr's catalogue` });
  }

  /** US dollars an hour in the region; `undefined` for an unknown plan. */
  pricePerHour(id: string, region: string): number | undefined {
    const plan = this.#plans?.get(id);
    return this.#overrides.get(id) ?? (plan === undefined ? undefined : priceOf(plan, region));
  }

  /**
   * The plans that are sold in the region and large enough for VKE, by id. Nothing in the API tells which of them VKE
   * accepts, nor what is in stock.
   */
  machineTypes(region: string): CloudResult<readonly MachineType[]> {
    if (this.#plans === undefined) {
      return failure({ kind: 'unavailable', message: 'the catalogue of Vultr plans has not been read yet' });
    }
    const types = [...this.#plans.values()]
      .filter(
        (plan) => plan.onDemand && plan.vcpus >= 1 && plan.ramMb >= SMALLEST_RAM_MB && plan.locations.includes(region),
      )
      .map((plan) => ({
        id: plan.id,
        capacity: capacityOf(plan),
        pricePerHour: this.#overrides.get(plan.id) ?? priceOf(plan, region),
      }));
    return success(types.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  }

  /** `NVIDIA_A16` and the like, sorted. */
  gpuTypes(): readonly string[] {
    const types = [...(this.#plans?.values() ?? [])].map((plan) => plan.gpuType).filter((type) => type !== '');
    return [...new Set(types)].toSorted();
  }
}

/** What the plan promises. A real node shows a little less memory: firmware and kernel take theirs first. */
export function capacityOf(plan: PlanRow): ResourceList {
  return {
    cpu: plan.vcpus * 1000,
    memory: plan.ramMb * MIB,
    ...(plan.diskGb > 0 ? { 'ephemeral-storage': Math.floor(plan.diskGb * 1e9) } : {}),
    pods: PODS_PER_NODE,
    ...(plan.gpuCount > 0 ? { [GPU_RESOURCE]: plan.gpuCount } : {}),
  };
}

function priceOf(plan: PlanRow, region: string): number {
  return (plan.locationCost[region] ?? plan.monthlyCost) / HOURS_PER_MONTH;
}
