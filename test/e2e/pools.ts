/** The node pools of the stories' cluster. */
import type { NewSimulatedPool } from '../../sandbox/vultr/simulated-vultr.ts';

const common = { quantity: 1, minNodes: 1, autoScaler: true };

export const STORY_POOLS: readonly NewSimulatedPool[] = [
  { ...common, label: 'workers', plan: 'vc2-4c-8gb', maxNodes: 120 },
  {
    ...common,
    label: 'small',
    plan: 'vc2-1c-2gb',
    maxNodes: 2,
    taints: [{ key: 'dedicated', value: 'small', effect: 'NoSchedule' }],
  },
  {
    ...common,
    label: 'gpus',
    plan: 'vcg-a16-2c-8g-2vram',
    maxNodes: 4,
    taints: [{ key: 'nvidia.com/gpu', value: 'true', effect: 'NoSchedule' }],
  },
];
