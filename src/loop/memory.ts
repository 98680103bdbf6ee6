/** What is remembered from pass to pass. Each room keeps its own part, as plain data that pure functions change. */
import type { NodeGroupMemory } from '../node-groups/memory.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import type { ScaleDownMemory } from '../scale-down/memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from '../scale-down/memory.ts';
import type { PlaceHints } from '../scale-up/imitated-placing.ts';
import { NO_HINTS } from '../scale-up/imitated-placing.ts';
import type { LaunchMemory } from '../scale-up/launches.ts';
import { NO_LAUNCHES } from '../scale-up/launches.ts';
import type { PredictionMemory } from '../scale-up/predictions.ts';
import { NO_PREDICTIONS } from '../scale-up/predictions.ts';

export interface Memory {
  readonly nodeGroups: NodeGroupMemory;
  readonly scaleDown: ScaleDownMemory;
  readonly launches: LaunchMemory;
  readonly predictions: PredictionMemory;
  /** Empty unless Cluster Autoscaler is imitated. */
  readonly hints: PlaceHints;
  /** Which nodes would be unneeded, and unremovable, if no group was on dry run; absent: none is. */
  readonly rehearsed?: Rehearsed;
}

type Rehearsed = Pick<ScaleDownMemory, 'unneeded' | 'unremovable' | 'places'>;

export const FIRST_MEMORY: Memory = {
  nodeGroups: EMPTY_MEMORY,
  scaleDown: EMPTY_SCALE_DOWN_MEMORY,
  launches: NO_LAUNCHES,
  predictions: NO_PREDICTIONS,
  hints: NO_HINTS,
};
