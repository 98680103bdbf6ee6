/** NodeUnschedulable: a cordoned node takes only pods that tolerate that. */
import type { Taint } from '../cluster/facts.ts';
import type { StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import { toleratedBy } from './taint-toleration.ts';

const NAME = 'NodeUnschedulable';
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

export const nodeUnschedulable: StaticFilter = {
  name: NAME,
  filter(spec, node) {
    if (!node.unschedulable || toleratedBy(spec.tolerations, CORDON)) return undefined;
    return rejectedForGood(NAME, [{ code: 'NodeUnschedulable' }]);
  },
};
