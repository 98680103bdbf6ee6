/** TaintToleration: each NoSchedule and NoExecute taint has to be tolerated; PreferNoSchedule never rejects. */
import type { Taint, Toleration } from '../cluster/facts.ts';
import type { StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

const NAME = 'TaintToleration';

export const taintToleration: StaticFilter = {
  name: NAME,
  filter(spec, node) {
    for (const taint of node.taints) {
      if (taint.effect === 'PreferNoSchedule' || toleratedBy(spec.tolerations, taint)) continue;
      return rejectedForGood(NAME, [{ code: 'UntoleratedTaint', taint }]);
    }
    return undefined;
  },
};

/** Whether one of the tolerations tolerates the taint, for however long. */
export function toleratedBy(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === '' || effect === taint.effect) &&
      (key === taint.key || (key === '' && operator === 'Exists')) &&
      (operator === 'Exists' || value === taint.value),
  );
}
