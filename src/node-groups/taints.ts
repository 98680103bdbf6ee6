/** The taints that say something about a moment in a node's life and nothing about what the group's nodes are like. */
import type { NodeFacts, Taint } from '../cluster/facts.ts';

/** On a node that is being removed; value: unix seconds. */
export const TO_BE_DELETED_TAINT = 'ToBeDeletedByClusterAutoscaler';
/** On a node that may be removed soon; value: unix seconds. */
export const DELETION_CANDIDATE_TAINT = 'DeletionCandidateOfClusterAutoscaler';

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
  'cloud.google.com/impending-node-termination',
  'NodeWithImpairedVolumes',
]);

/** Another name of the startup prefix, from earlier times. */
const IGNORE_PREFIX = 'ignore-taint.cluster-autoscaler.kubernetes.io/';

/** Nodes that carry one of these are not started yet, whatever their Ready condition says. */
const STARTUP_PREFIXES: readonly string[] = ['startup-taint.cluster-autoscaler.kubernetes.io/', IGNORE_PREFIX];

const STATUS_PREFIXES: readonly string[] = ['status-taint.cluster-autoscaler.kubernetes.io/'];

/** Taints that pass in this cluster, beside those that do everywhere. By key: value and effect do not matter. */
export interface TaintOptions {
  /** `--startup-taint`, `--ignore-taint` */
  readonly startupKeys: readonly string[];
  /** `--startup-taint-prefix` */
  readonly startupPrefixes: readonly string[];
  /** `--status-taint` */
  readonly statusKeys: readonly string[];
}

export const NO_FURTHER_TAINTS: TaintOptions = { startupKeys: [], startupPrefixes: [], statusKeys: [] };

/** Whether the taint passes, so that a new node of the group will not have it once it is up. */
export function isPassingTaint(taint: Taint, options: TaintOptions = NO_FURTHER_TAINTS): boolean {
  return (
    PASSING_TAINTS.has(taint.key) ||
    isStartupTaint(taint, options) ||
    options.statusKeys.includes(taint.key) ||
    hasPrefix(taint, STATUS_PREFIXES)
  );
}

export function isStartupTaint(taint: Taint, options: TaintOptions = NO_FURTHER_TAINTS): boolean {
  return (
    options.startupKeys.includes(taint.key) ||
    hasPrefix(taint, STARTUP_PREFIXES) ||
    hasPrefix(taint, options.startupPrefixes)
  );
}

/** What a taint on a node is for, as Cluster Autoscaler counts them. */
export function taintType(taint: Taint, options: TaintOptions): string {
  const { key } = taint;
  if (PASSING_TAINTS.has(key)) return key;
  if (key.startsWith(IGNORE_PREFIX)) return IGNORE_PREFIX;
  if (isStartupTaint(taint, options)) return 'startup-taint';
  return options.statusKeys.includes(key) || hasPrefix(taint, STATUS_PREFIXES) ? 'status-taint' : 'other';
}

export function isToBeDeleted(node: NodeFacts): boolean {
  return node.taints.some(({ key }) => key === TO_BE_DELETED_TAINT);
}

function hasPrefix(taint: Taint, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => taint.key.startsWith(prefix));
}
