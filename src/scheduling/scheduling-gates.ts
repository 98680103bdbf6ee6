/** SchedulingGates: a gated pod is not queued, whatever the nodes are like. */
import type { PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

const NAME = 'SchedulingGates';

export const schedulingGates: PodFilter = {
  name: NAME,
  concerns: ({ schedulingGates: gates }) => gates.length > 0,
  filter({ spec }) {
    if (spec.schedulingGates.length === 0) return undefined;
    return rejectedForGood(NAME, [{ code: 'SchedulingGated', gates: spec.schedulingGates }]);
  },
};
