/** Puts what was found about a node into the words of the record. */
import { unreachable } from '../cluster/invariant.ts';
import type { NodeExplanation } from '../explain/record.ts';
import type { Standing } from './eligibility.ts';

/** Of a node that is no candidate; `undefined`: it is one. */
export function explained(node: string, group: string, standing: Standing): NodeExplanation | undefined {
  switch (standing.kind) {
    case 'going':
      return { node, group, utilization: undefined, outcome: { kind: 'being-removed', step: standing.step } };
    case 'stays':
      return { node, group, utilization: standing.utilization, outcome: { kind: 'stays', reason: standing.reason } };
    case 'candidate':
      return undefined;
    default:
      return unreachable(standing);
  }
}
