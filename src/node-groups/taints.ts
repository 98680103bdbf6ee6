/** The taints that say something about a moment in a node's life and nothing about what the group's nodes are like. */
import type { NodeFacts, Taint } from '../cluster/facts.ts';

/** On a node that is being removed; value: unix seconds. */
export const TO_BE_DELETED_TAINT = 'ToBeDeletedByClusterAutoscaler';
/** On a node that may be removed soon; value: unix seconds. */
const DELETION_CANDIDATE_TAINT = 'DeletionCandidateOfClusterAutoscaler';

const PASSING_TAINTS: ReadonlySet<string> = new Set([
  TO_BE_DELETED_TAINT,
  DELETION_CANDIDATE_TAINT,
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/unschedulable',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/network-unavailable',
  'node.kubernetes.io/pid-pressure',
  'node.cloudprovider.kubernetes.io/uninitialized',
  'node.cloudprovider.kubernetes.io/shutdown',
]);

const PASSING_PREFIXES: readonly string[] = [
  'startup-taint.cluster-autoscaler.kubernetes.io/',
  'ignore-taint.cluster-autoscaler.kubernetes.io/',
  'status-taint.cluster-autoscaler.kubernetes.io/',
];

/** Nodes that carry one of these are not started yet, whatever their Ready condition says. */
const STARTUP_PREFIXES: readonly string[] = PASSING_PREFIXES.slice(0, 2);

/** Whether the taint passes, so that a new node of the group will not have it once it is up. */
export function isPassingTaint(taint: Taint): boolean {
  return PASSING_TAINTS.has(taint.key) || hasPrefix(taint, PASSING_PREFIXES);
}

export function isStartupTaint(taint: Taint): boolean {
  return hasPrefix(taint, STARTUP_PREFIXES);
}

export function isToBeDeleted(node: NodeFacts): boolean {
  return node.taints.some(({ key }) => key === TO_BE_DELETED_TAINT);
}

function hasPrefix(taint: Taint, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => taint.key.startsWith(prefix));
}
