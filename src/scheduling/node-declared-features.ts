/** NodeDeclaredFeatures: what the pod's spec makes use of, the node's kubelet has to say that it can do. */
import type { StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

export const nodeDeclaredFeatures: StaticFilter = {
  kind: 'static',
  name: 'NodeDeclaredFeatures',
  filter({ requiredFeatures }, { declaredFeatures = [] }) {
    const missing = requiredFeatures?.filter((feature) => !declaredFeatures.includes(feature)) ?? [];
    if (missing.length === 0) return undefined;
    return rejectedForGood('NodeDeclaredFeatures', [{ code: 'NodeLacksFeatures', features: missing }]);
  },
};
