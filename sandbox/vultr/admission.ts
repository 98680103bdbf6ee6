/**
 * Whether the account may have so many more machines of a plan in a region, and how Vultr refuses.
 *
 * The texts for the GPU gate (with its status 500), the fee cap and the instance limit were seen in reality. The status of
 * the last two, and all of the answer when a region has no stock, are unknown: 400 and a plain sentence are our choice.
 */
import type { Plan } from './instances.ts';
import { isGpuPlan } from './plans.ts';
import { type Reply, refusal } from './reply.ts';
import type { World } from './world.ts';

/** Documented for node pools: a plan of $10 a month or more, at least 1 core and 2 GB. */
const LEAST_MONTHLY_USD = 10;
const LEAST_RAM_MB = 2048;

export interface MachineRequest {
  readonly plan: Plan;
  readonly region: string;
  readonly count: number;
}

/** Why these machines are refused together; `undefined`: they are not. */
export function admissionRefusal(world: World, requests: readonly MachineRequest[]): Reply | undefined {
  const settings = world.settings();
  for (const { plan } of requests) {
    if (plan.monthly_cost < LEAST_MONTHLY_USD || plan.ram < LEAST_RAM_MB) {
      return refusal(400, 'Invalid plan: the minimum plan must be $10');
    }
    if (isGpuPlan(plan) && !settings.gpuPlansAllowed) {
      return refusal(500, 'Please open a support request for access to this product');
    }
  }
  const committed = commitments(world);
  const more = requests.reduce((sum, { plan, count }) => sum + plan.monthly_cost * count, 0);
  if (committed.monthlyUsd + more > settings.monthlyFeeCapUsd) {
    return refusal(400, 'You have reached the maximum monthly fee limit for this account');
  }
  const machines = requests.reduce((sum, { count }) => sum + count, 0);
  if (committed.machines + machines > settings.instanceLimit) {
    return refusal(400, 'You have reached the maximum number of active virtual machines for this account');
  }
  for (const { plan, region, count } of requests) {
    if (world.stock.refuses(plan, region, count)) {
      return refusal(400, 'The selected plan is not available in the selected region: out of stock');
    }
  }
  return undefined;
}

/** What the account has asked for, whether it is there or not. */
function commitments(world: World): { readonly monthlyUsd: number; readonly machines: number } {
  let monthlyUsd = 0;
  let machines = 0;
  for (const cluster of world.clusters.values()) {
    for (const pool of cluster.pools.values()) {
      monthlyUsd += pool.quantity * pool.plan.monthly_cost;
      machines += pool.quantity;
    }
  }
  return { monthlyUsd, machines };
}
