/** A pod that says what has no meaning is turned away with that: no server lets one in, but a file or a test may. */
import type { PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

const NAME = 'Validation';

export const readablePod: PodFilter = {
  name: NAME,
  concerns: ({ problem }) => problem !== undefined,
  filter({ spec }) {
    if (spec.problem === undefined) return undefined;
    return rejectedForGood(NAME, [{ code: 'UnreadablePod', problem: spec.problem }]);
  },
};
