/** What a node of each pool truly holds for workloads, in the sandbox: allocatable less what kube-system puts on it. */
import type { Random } from '../../src/runtime/random.ts';
import { nodeResources } from '../controllers/node-shape.ts';
import { amountOf } from '../controllers/quantity.ts';
import { PLANS, pricePerHour } from '../vultr/plans.ts';
import type { PricedCapacity } from './cost-lower-bound.ts';
import { METERED } from './usage-meter.ts';

/** The DaemonSets of kube-system request so much on every node (see controllers/vke-addons.ts). */
const DAEMON_SETS: Readonly<Record<string, number>> = { cpu: 250 };

/** One for each plan, in the order of {@link METERED}. Throws for a plan that there is not. */
export function capacityOfPlan(planId: string, random: Random): PricedCapacity {
  const plan = PLANS.find(({ id }) => id === planId);
  if (plan === undefined) throw new Error(`there is no simulated plan ${planId}`);
  const { allocatable, gpus } = nodeResources(plan, random);
  const capacity = METERED.map((resource) =>
    resource === 'nvidia.com/gpu'
      ? gpus
      : amountOf(resource, allocatable[resource] ?? 0) - (DAEMON_SETS[resource] ?? 0),
  );
  return { pricePerHour: pricePerHour(plan), capacity };
}
