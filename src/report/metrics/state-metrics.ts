/** The gauges of what a pass found: filled from its record alone. */
import type { DecisionRecord, GroupExplanation, NodeExplanation, PodsExplanation } from '../../explain/record.ts';
import type { LimitsOptions } from '../../node-groups/options.ts';
import type { Metrics } from './metrics.ts';
import { unremovableReason } from './unremovable.ts';

const MILLI_PER_CORE = 1000;

/** What the flags say. */
export function setLimits(metrics: Metrics, limits: LimitsOptions): void {
  const { minMilliCpu, maxMilliCpu, minMemoryBytes, maxMemoryBytes } = limits;
  metrics.set('cluster_autoscaler_cpu_limits_cores', minMilliCpu / MILLI_PER_CORE, { direction: 'minimum' });
  metrics.set('cluster_autoscaler_cpu_limits_cores', maxMilliCpu / MILLI_PER_CORE, { direction: 'maximum' });
  metrics.set('cluster_autoscaler_memory_limits_bytes', minMemoryBytes, { direction: 'minimum' });
  metrics.set('cluster_autoscaler_memory_limits_bytes', maxMemoryBytes, { direction: 'maximum' });
}

export function setState(metrics: Metrics, record: DecisionRecord, maxNodes: number): void {
  const { cluster, groups, nodes, pods } = record;
  metrics.set('cluster_autoscaler_cluster_safe_to_autoscale', cluster.healthy ? 1 : 0);
  const counts = cluster.nodes;
  for (const state of ['ready', 'unready', 'notStarted', 'suspended', 'longUnregistered', 'unregistered'] as const) {
    metrics.set('cluster_autoscaler_nodes_count', counts[state], { state });
  }
  metrics.set('cluster_autoscaler_node_groups_count', groups.length, { node_group_type: 'autoscaled' });
  metrics.set('cluster_autoscaler_node_groups_count', 0, { node_group_type: 'autoprovisioned' });
  const most = groups.reduce((sum, { maxSize }) => sum + maxSize, 0);
  metrics.set('cluster_autoscaler_max_nodes_count', Math.min(most, maxNodes));
  metrics.set('cluster_autoscaler_cluster_cpu_current_cores', Math.floor(cluster.milliCpu / MILLI_PER_CORE));
  metrics.set('cluster_autoscaler_cluster_memory_current_bytes', cluster.memoryBytes);
  metrics.forget('cluster_autoscaler_node_taints_count');
  for (const [type, count] of Object.entries(cluster.taints)) {
    metrics.set('cluster_autoscaler_node_taints_count', count, { type });
  }
  setPods(metrics, pods);
  setNodes(metrics, nodes);
}

function setPods(metrics: Metrics, pods: readonly PodsExplanation[]): void {
  let unprocessed = 0;
  let unschedulable = 0;
  const byOutcome = { helped: 0, 'partly-helped': 0, waits: 0, 'cannot-be-helped': 0 };
  const unhelped = new Map<string, number>();
  for (const { count, outcome, perGroup } of pods) {
    byOutcome[outcome.kind] += count;
    const code = outcome.kind === 'waits' ? outcome.reason.code : undefined;
    if (code === 'NotYetTriedByScheduler' || code === 'OtherScheduler') unprocessed += count;
    else if (code !== 'SchedulingGated' && code !== 'BeingDeleted') unschedulable += count;
    if (outcome.kind !== 'cannot-be-helped') continue;
    const first = perGroup[0]?.reason.code ?? 'NoNodeGroup';
    unhelped.set(first, (unhelped.get(first) ?? 0) + count);
  }
  metrics.set('cluster_autoscaler_unschedulable_pods_count', unschedulable, { type: 'unschedulable' });
  metrics.set('cluster_autoscaler_unschedulable_pods_count', unprocessed, { type: 'scheduler_unprocessed' });
  for (const [outcome, count] of Object.entries(byOutcome)) {
    metrics.set('vke_autoscaler_pending_pods', count, { outcome });
  }
  metrics.forget('vke_autoscaler_unhelped_pods');
  for (const [reason, count] of unhelped) metrics.set('vke_autoscaler_unhelped_pods', count, { reason });
}

function setNodes(metrics: Metrics, nodes: readonly NodeExplanation[]): void {
  let unneeded = 0;
  let going = 0;
  let pausing = false;
  const unremovable = new Map<string, number>();
  for (const { outcome } of nodes) {
    if (outcome.kind === 'unneeded' || outcome.kind === 'removed') unneeded += 1;
    if (outcome.kind === 'being-removed') going += 1;
    if (outcome.kind !== 'stays' && outcome.kind !== 'unneeded') continue;
    if (outcome.reason.code === 'InCooldown') pausing = true;
    const reason = unremovableReason(outcome.reason);
    if (reason !== undefined) unremovable.set(reason, (unremovable.get(reason) ?? 0) + 1);
  }
  metrics.set('cluster_autoscaler_unneeded_nodes_count', unneeded);
  metrics.set('cluster_autoscaler_pending_node_deletions', going);
  metrics.set('cluster_autoscaler_scale_down_in_cooldown', pausing ? 1 : 0);
  metrics.forget('cluster_autoscaler_unremovable_nodes_count');
  for (const [reason, count] of unremovable) {
    metrics.set('cluster_autoscaler_unremovable_nodes_count', count, { reason });
  }
}

/** `--emit-per-nodegroup-metrics`. A group that was ever in backoff keeps its series, at 0. */
export function setGroups(
  metrics: Metrics,
  groups: readonly GroupExplanation[],
  backoffReasons: Map<string, Set<string>>,
): void {
  for (const { id, minSize, maxSize, targetSize, blocked } of groups) {
    const labels = { node_group: id };
    metrics.set('cluster_autoscaler_node_group_min_count', minSize, labels);
    metrics.set('cluster_autoscaler_node_group_max_count', maxSize, labels);
    metrics.set('cluster_autoscaler_node_group_target_count', targetSize, labels);
    metrics.set('cluster_autoscaler_node_group_healthiness', blocked?.code === 'GroupUnhealthy' ? 0 : 1, labels);
    const current = blocked?.code === 'GroupInBackoff' ? backoffCode(blocked.cause) : undefined;
    const known = backoffReasons.get(id) ?? new Set<string>();
    if (current !== undefined) backoffReasons.set(id, known.add(current));
    for (const reason of known.size === 0 ? [''] : known) {
      const value = reason === current ? 1 : 0;
      metrics.set('cluster_autoscaler_node_group_backoff_status', value, { ...labels, reason });
    }
  }
}

/** By the codes that alerts on Cluster Autoscaler's metrics know, where it has one. */
export function backoffCode(cause: string): string {
  return cause === 'provision-timeout' ? 'timeout' : cause;
}
