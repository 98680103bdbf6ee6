/**
 * The marks that a removal leaves on its node: the taint and the cordon, as Cluster Autoscaler sets them, and one
 * annotation that tells whose cordon it is, so that a failed or abandoned removal never lifts somebody else's.
 */
import type { NodeFacts } from '../cluster/facts.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { NodeChange } from './ports.ts';

/** `tainted`, or `cordoned` when the cordon is ours as well. */
const REMOVAL_ANNOTATION = 'vke-autoscaler.io/removal';

/** `taintValue`: unix seconds. */
export function marks(taintValue: string, cordon: boolean): NodeChange {
  return {
    addTaints: [{ key: TO_BE_DELETED_TAINT, value: taintValue, effect: 'NoSchedule' }],
    annotations: { [REMOVAL_ANNOTATION]: cordon ? 'cordoned' : 'tainted' },
    ...(cordon ? { unschedulable: true } : {}),
  };
}

export function withoutMarks(uncordon: boolean): NodeChange {
  return {
    removeTaintKeys: [TO_BE_DELETED_TAINT],
    annotations: { [REMOVAL_ANNOTATION]: null },
    ...(uncordon ? { unschedulable: false } : {}),
  };
}

/** Whether a removal of ours cordoned the node and has not lifted the cordon. */
export function isCordonedByUs(node: NodeFacts): boolean {
  return node.annotations[REMOVAL_ANNOTATION] === 'cordoned';
}

/**
 * Whether the cordon of a node that an unfinished removal left behind is to be lifted. Marks without the annotation are
 * Cluster Autoscaler's, which cordons and lifts by the flag alone.
 */
export function cordonIsOurs(node: NodeFacts, cordons: boolean): boolean {
  return node.annotations[REMOVAL_ANNOTATION] === undefined ? cordons : isCordonedByUs(node);
}
