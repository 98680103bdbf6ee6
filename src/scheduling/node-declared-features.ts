/** NodeDeclaredFeatures: what the pod's spec makes use of, the node's kubelet has to say that it can do. */
import type { PlacementFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

const NAME = 'NodeDeclaredFeatures';

/** It looks at the node alone, but the scheduler asks it last of all. */
export const nodeDeclaredFeatures: PlacementFilter = {
  name: NAME,
  concerns: ({ spec }) => spec.requiredFeatures !== undefined,
  filter({ spec: { requiredFeatures = [] } }, slot, cluster) {
    const { declaredFeatures } = cluster.node(slot);
    const missing = requiredFeatures.filter((feature) => declaredFeatures?.includes(feature) !== true);
    if (missing.length === 0) return undefined;
    return rejectedForGood(NAME, [{ code: 'NodeLacksFeatures', features: missing }]);
  },
};
