/** SchedulingGates: a gated pod is not queued, whatever the nodes are like. */
import type { PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

export const schedulingGates: PodFilter = {
  kind: 'pod',
  name: 'SchedulingGates',
  filter({ spec }) {
    if (spec.schedulingGates.length === 0) return undefined;
    return rejectedForGood('SchedulingGates', [{ code: 'SchedulingGated', gates: spec.schedulingGates }]);
  },
};
