/**
 * What a new node of a pool will look like, made from its plan: the labels and taints that VKE, the cloud controller and
 * the CSI driver set, the plan's capacity, and as allocatable what nodes of that plan have been seen to offer. Until one
 * has been seen, a default margin stands in.
 */
import type { Labels, ResourceList } from '../cluster/facts.ts';
import type { CloudResult, NodeTemplate } from '../cloud/provider.ts';
import { failure, success } from '../runtime/result.ts';
import type { ObservedNodes } from './observed-nodes.ts';
import { capacityOf, GPU_RESOURCE, type PlanCatalogue } from './plans.ts';
import type { PoolRow } from './wire.ts';

/**
 * The default margins are guesses on the safe side: no figure for VKE has been published. A guest sees 2 to 4 % less
 * memory than its plan says, and the kubelet keeps 100 MiB and 10 % of the disk back by default.
 */
const DEFAULT_MEMORY_MARGIN = 0.07;
const DEFAULT_CPU_RESERVE_MILLI = 50;
const DEFAULT_DISK_MARGIN = 0.1;

/** What the Vultr CSI driver tells each node to take. */
const VOLUME_LIMITS = { 'block.csi.vultr.com': 11 } as const;

/** Stands in for the instance id, which no node has before it exists. */
const NO_NODE_ID = 'template';

export type TemplatePool = Pick<PoolRow, 'id' | 'label' | 'plan' | 'labels' | 'taints'>;

interface TemplateSources {
  readonly catalogue: PlanCatalogue;
  readonly observed: ObservedNodes;
  /** The cluster's region; '' while it is not known. */
  readonly region: string;
}

export function templateOf(pool: TemplatePool, sources: TemplateSources): CloudResult<NodeTemplate> {
  if (sources.region === '') {
    return failure({
      kind: 'unavailable',
      message: `the region of the cluster has not been read yet (pool "${pool.label}")`,
    });
  }
  const plan = sources.catalogue.plan(pool.plan);
  if (!plan.ok) return plan;
  const promised = capacityOf(plan.value);
  const seen = sources.observed.amounts(pool.plan);
  // A pool's label for a well-known key does not win over what the node reports of itself.
  const labels = { ...pool.labels, ...labelsOf(pool, sources.region) };
  const { gpuType } = plan.value;
  const common = {
    labels,
    taints: pool.taints,
    volumeLimits: VOLUME_LIMITS,
    ...(gpuType === '' ? {} : { gpuType }),
  };
  if (seen === undefined) {
    return success({ ...common, capacity: promised, allocatable: withMargin(promised), source: 'plan-default' });
  }
  return success({
    ...common,
    capacity: withDevices(seen.capacity, promised),
    allocatable: withDevices(seen.allocatable, promised),
    source: 'plan-learned',
  });
}

/** Labels of a VKE node. There is no zone: Vultr has none, and `topology.kubernetes.io/zone` stays absent. */
function labelsOf(pool: TemplatePool, region: string): Labels {
  return {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': `template-node-for-${pool.id}`,
    'node.kubernetes.io/instance-type': pool.plan,
    'beta.kubernetes.io/instance-type': pool.plan,
    'topology.kubernetes.io/region': region,
    'failure-domain.beta.kubernetes.io/region': region,
    // The CSI driver's topology key: volumes ask for it.
    region,
    'vke.vultr.com/node-pool': pool.label,
    'vke.vultr.com/node-id': NO_NODE_ID,
  };
}

function withMargin(capacity: ResourceList): ResourceList {
  const disk = capacity['ephemeral-storage'];
  return {
    ...capacity,
    cpu: Math.max(0, (capacity['cpu'] ?? 0) - DEFAULT_CPU_RESERVE_MILLI),
    memory: Math.floor((capacity['memory'] ?? 0) * (1 - DEFAULT_MEMORY_MARGIN)),
    ...(disk === undefined ? {} : { 'ephemeral-storage': Math.floor(disk * (1 - DEFAULT_DISK_MARGIN)) }),
  };
}

/** GPUs as promised where no node has shown its own yet. */
function withDevices(seen: ResourceList, promised: ResourceList): ResourceList {
  const gpus = promised[GPU_RESOURCE];
  return gpus === undefined || (seen[GPU_RESOURCE] ?? 0) > 0 ? seen : { ...seen, [GPU_RESOURCE]: gpus };
}
