/** Which resources are GPUs, and of which type a node's GPUs are. */
import type { Labels, ResourceList } from '../cluster/facts.ts';

/** The names under which device plugins announce GPUs; the first that a node has is its GPU resource. */
const GPU_RESOURCES: readonly string[] = [
  'nvidia.com/gpu',
  'habana.ai/gaudi',
  'gpu.intel.com/xe',
  'amd.com/gpu',
  'microsoft.com/directx',
];

/** The GPU resource that any of these amounts has; `undefined`: there are no GPUs. */
export function gpuResourceOf(...amounts: readonly (ResourceList | undefined)[]): string | undefined {
  for (const name of GPU_RESOURCES) for (const list of amounts) if ((list?.[name] ?? 0) > 0) return name;
  return undefined;
}

/** A node's GPUs, or those that it will have, as limits count them: by the label's value, where nodes have the label. */
export interface Gpus {
  /** Whatever they may be called by in a limit. */
  readonly types: readonly string[];
  readonly count: number;
}

/**
 * The GPUs of a node with these labels and amounts. Where its driver is not up yet, `expected` says how many there will
 * be.
 */
export function gpusOf(
  node: { readonly labels: Labels; readonly capacity: ResourceList },
  of: {
    readonly gpuLabel: string;
    readonly expected?: ResourceList | undefined;
    readonly cloudType?: string | undefined;
  },
): Gpus {
  const resource = gpuResourceOf(node.capacity, of.expected);
  if (resource === undefined) return { types: [], count: 0 };
  const label = of.gpuLabel === '' ? undefined : node.labels[of.gpuLabel];
  const types = label === undefined ? [of.cloudType ?? resource, resource] : [label];
  const here = node.capacity[resource] ?? 0;
  return { types, count: here > 0 ? here : (of.expected?.[resource] ?? 0) };
}
