/**
 * What a VKE node looks like: labels, capacity and what of it is left for pods.
 *
 * How much VKE's kubelets really reserve is not published. Each plan therefore gets a hidden margin of its own, drawn
 * from the seed: memory shows 1.5–3 % less than the plan says (firmware and kernel), of which 3–6 % and the 100 MiB eviction
 * threshold are kept back; 50–120 milli-CPU are kept back. A guess at these can be near, never exact, as in reality.
 */
import type { Random } from '../../src/runtime/random.ts';
import type { Plan, SimulatedInstance } from '../vultr/instances.ts';
import { isGpuPlan } from '../vultr/plans.ts';

export interface NodeResources {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** GPUs that the device plugin will advertise once it runs. */
  readonly gpus: number;
}

export const GPU_RESOURCE = 'nvidia.com/gpu';

/** The kubelet's default. */
const PODS_PER_NODE = 110;
const EVICTION_THRESHOLD_KIB = 100 * 1024;
const KIB_PER_MB = 1024;
/** A tenth of the disk is kept for images and logs, as the kubelet's eviction threshold has it. */
const DISK_SHARE_FOR_PODS = 0.9;

export function nodeResources(plan: Plan, random: Random): NodeResources {
  const margin = random.stream(`node-margin/${plan.id}`);
  const memoryKib = Math.floor(plan.ram * KIB_PER_MB * (1 - between(margin.next(), 0.015, 0.03)));
  const reservedKib = Math.floor(memoryKib * between(margin.next(), 0.03, 0.06)) + EVICTION_THRESHOLD_KIB;
  const reservedMilliCpu = margin.integer(5, 12) * 10;
  const common = { pods: String(PODS_PER_NODE) };
  return {
    capacity: {
      ...common,
      cpu: String(plan.vcpu_count),
      memory: `${memoryKib}Ki`,
      'ephemeral-storage': `${plan.disk}Gi`,
    },
    allocatable: {
      ...common,
      cpu: `${plan.vcpu_count * 1000 - reservedMilliCpu}m`,
      memory: `${memoryKib - reservedKib}Ki`,
      'ephemeral-storage': String(Math.floor(plan.disk * 2 ** 30 * DISK_SHARE_FOR_PODS)),
    },
    gpus: plan.gpu_count ?? (isGpuPlan(plan) ? 1 : 0),
  };
}

function between(share: number, lowest: number, highest: number): number {
  return lowest + share * (highest - lowest);
}

/** The labels that the kubelet registers with: its own and the pool's. */
export function kubeletLabels(instance: SimulatedInstance): Readonly<Record<string, string>> {
  return {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': instance.label,
    'vke.vultr.com/node-id': instance.id,
    'vke.vultr.com/node-pool': instance.poolLabel,
    ...instance.poolLabels,
  };
}

/** The labels that come a moment later from the cloud controller, and `region`, which comes from the CSI driver. */
export function cloudLabels(instance: SimulatedInstance): Readonly<Record<string, string>> {
  return {
    'node.kubernetes.io/instance-type': instance.planId,
    'beta.kubernetes.io/instance-type': instance.planId,
    'topology.kubernetes.io/region': instance.region,
    'failure-domain.beta.kubernetes.io/region': instance.region,
    region: instance.region,
  };
}

/** Keeps pods away until the cloud controller has set the provider id and labels. */
export const UNINITIALIZED_TAINT = {
  key: 'node.cloudprovider.kubernetes.io/uninitialized',
  value: 'true',
  effect: 'NoSchedule',
} as const;

/** Keeps pods away until the node is Ready. */
export const NOT_READY_TAINT = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;
