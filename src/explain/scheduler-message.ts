/** kube-scheduler's own words for what rejects a pod, so that they can be searched for and compared. */
import { unreachable } from '../cluster/invariant.ts';
import type { FitReason } from './reasons.ts';
import { couplingMessage, isCouplingReason } from './coupling-reasons.ts';
import { isVolumeReason, volumeMessage } from './volume-reasons.ts';

/** For NotEvaluated and UnreadablePod there are none: our own words say so. */
export function schedulerMessage(reason: FitReason): string {
  if (isVolumeReason(reason)) return volumeMessage(reason);
  if (isCouplingReason(reason)) return couplingMessage(reason);
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
      if (reason.by !== undefined) return "node(s) didn't match scheduler-enforced node affinity";
      return "node(s) didn't match Pod's node affinity/selector";
    case 'NodeNameMismatch':
      if (reason.wanted === '') return 'pod affinity terms conflict';
      return `node(s) didn't satisfy plugin(s) [${reason.by ?? 'NodeAffinity'}]`;
    case 'HostPortTaken':
      return "node(s) didn't have free ports for the requested pod ports";
    case 'PredictionFailed':
      return 'node(s) of the group did not take the pod when they came';
    case 'NodeLacksFeatures':
      return "node(s) didn't match Pod's required features";
    case 'UnreadablePod':
      return `invalid pod: ${reason.problem}`;
    case 'SchedulingGated':
      return `waiting for scheduling gates: [${reason.gates.join(' ')}]`;
    case 'NotEvaluated':
      return `not evaluated: needs ${reason.needs}`;
    default:
      return unreachable(reason);
  }
}
