/** A pod that says what has no meaning is turned away with that: no server lets one in, but a file or a test may. */
import type { PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

export const readablePod: PodFilter = {
  kind: 'pod',
  name: 'Validation',
  filter({ spec }) {
    if (spec.problem === undefined) return undefined;
    return rejectedForGood('Validation', [{ code: 'UnreadablePod', problem: spec.problem }]);
  },
};
