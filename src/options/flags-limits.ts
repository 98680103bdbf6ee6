import { accepted, flag } from './flag.ts';

/** Bounds of the whole cluster. */
export const limitFlags = [
  flag('max-nodes-total', 'int', '0', 'The most nodes in the cluster, autoscaled or not. 0: no maximum.'),
  {
    ...flag('cores-total', 'string', '0:320000', 'The fewest and the most cores in the cluster.'),
    valueName: 'MIN:MAX',
  },
  {
    ...flag('memory-total', 'string', '0:6400000', 'The least and the most memory in the cluster, in GiB.'),
    valueName: 'MIN:MAX',
  },
  {
    ...flag(
      'gpu-total',
      'repeated',
      '',
      "The fewest and the most GPUs of a type: the value of --gpu-label, the type in Vultr's catalogue of plans (NVIDIA_A16), or the name of the resource (nvidia.com/gpu). May be repeated.",
    ),
    valueName: 'TYPE:MIN:MAX',
  },
  // An API of its own, which a VKE cluster has only if somebody installs it: left out as a whole (README).
  accepted(
    flag('capacity-quotas-enabled', 'bool', 'false', 'Obey CapacityQuota objects.'),
    'CapacityQuota objects are not implemented yet',
    ['false'],
  ),
] as const;
