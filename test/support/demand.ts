/**
 * How many new nodes the pods that wait really need, worked out without the product: by first fit, the largest first, of
 * what the pods request into what nodes of the plan can hold. For the question whether a raise asked for nodes twice.
 */
import { amountOf } from '../../sandbox/controllers/quantity.ts';
import { nodeResources } from '../../sandbox/controllers/node-shape.ts';
import { podSpec } from '../../sandbox/controllers/shapes.ts';
import type { KubeObject } from '../../sandbox/kubernetes/object.ts';
import { PLANS } from '../../sandbox/vultr/plans.ts';
import { seededRandom } from '../../src/runtime/random.ts';

const RESOURCES = ['cpu', 'memory', 'nvidia.com/gpu'] as const;
/** Of each node's CPU, for the DaemonSets that VKE brings. In milli-CPU. */
const DAEMON_SETS_MILLI_CPU = 250;

type Amounts = readonly number[];

/** A node to be, with what is left of it. */
export interface Bin {
  readonly free: number[];
  readonly hasGpus: boolean;
  used: boolean;
}

/** What one node of each plan holds for workloads in a world of this seed, in the order of {@link RESOURCES}. */
export class PlanCapacities {
  readonly #seed: number | string;
  readonly #known = new Map<string, Amounts>();

  constructor(seed: number | string) {
    this.#seed = seed;
  }

  emptyNode(planId: string): Bin {
    let capacity = this.#known.get(planId);
    if (capacity === undefined) {
      capacity = this.#capacityOf(planId);
      this.#known.set(planId, capacity);
    }
    return { free: [...capacity], hasGpus: (capacity[2] ?? 0) > 0, used: false };
  }

  #capacityOf(planId: string): Amounts {
    const plan = PLANS.find(({ id }) => id === planId);
    if (plan === undefined) throw new Error(`there is no plan ${planId}`);
    const { allocatable, gpus } = nodeResources(plan, seededRandom(this.#seed));
    const cpu = amountOf('cpu', allocatable['cpu'] ?? 0) - DAEMON_SETS_MILLI_CPU;
    return [cpu, amountOf('memory', allocatable['memory'] ?? 0), gpus];
  }
}

/** Fills the nodes in their order with the pods, as far as they fit. */
export function fill(bins: readonly Bin[], pods: readonly KubeObject[]): void {
  const sized = pods.map(requestsOf).toSorted((a, b) => sizeOf(b) - sizeOf(a));
  for (const requests of sized) {
    const bin = bins.find((one) => takes(one, requests));
    if (bin === undefined) continue;
    requests.forEach((amount, index) => (bin.free[index] = (bin.free[index] ?? 0) - amount));
    bin.used = true;
  }
}

function requestsOf(pod: KubeObject): Amounts {
  const { containers = [] } = podSpec(pod);
  return RESOURCES.map((resource) =>
    containers.reduce((sum, { resources }) => sum + amountOf(resource, resources?.requests?.[resource] ?? 0), 0),
  );
}

/** One CPU counts as much as 4 GiB. */
function sizeOf([cpu = 0, memory = 0]: Amounts): number {
  return Math.max(cpu / 1000, memory / 2 ** 32);
}

/** Nodes with GPUs are tainted in the worlds of these tests: only pods that ask for one go there. */
function takes(bin: Bin, requests: Amounts): boolean {
  if (bin.hasGpus !== (requests[2] ?? 0) > 0) return false;
  return requests.every((amount, index) => amount <= (bin.free[index] ?? 0));
}
