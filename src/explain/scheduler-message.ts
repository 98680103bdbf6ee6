/** kube-scheduler's own words for what rejects a pod, so that they can be searched for and compared. */
import { unreachable } from '../cluster/invariant.ts';
import type { FitReason } from './reasons.ts';

/** For NotEvaluated there are none: our own words say so. */
export function schedulerMessage(reason: FitReason): string {
  switch (reason.code) {
    case 'InsufficientResource':
      return `Insufficient ${reason.resource}`;
    case 'TooManyPods':
      return 'Too many pods';
    case 'UntoleratedTaint':
      return 'node(s) had untolerated taint(s)';
    case 'NodeUnschedulable':
      return 'node(s) were unschedulable';
    case 'NodeAffinityMismatch':
      return "node(s) didn't match Pod's node affinity/selector";
    case 'NodeNameMismatch':
      return reason.wanted === '' ? 'pod affinity terms conflict' : "node(s) didn't satisfy plugin(s) [NodeAffinity]";
    case 'HostPortTaken':
      return "node(s) didn't have free ports for the requested pod ports";
    case 'SchedulingGated':
      return `waiting for scheduling gates: [${reason.gates.join(' ')}]`;
    case 'NotEvaluated':
      return `not evaluated: needs ${reason.needs}`;
    default:
      return unreachable(reason);
  }
}
