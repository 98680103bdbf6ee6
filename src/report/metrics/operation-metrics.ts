/** The counters of what was done: filled from what acting reports, and from the records that asked for it. */
import type { ActuationObservation } from '../../actuation/observations.ts';
import { unreachable } from '../../cluster/invariant.ts';
import type { DecisionRecord, GroupExplanation, NodeShape, RemovalCause } from '../../explain/record.ts';
import type { Metrics } from './metrics.ts';
import type { LabelValues } from './metric.ts';
import { backoffCode } from './state-metrics.ts';

/** A raise that the cloud took, until its nodes are ready. */
interface Awaited {
  readonly sinceMs: number;
  readonly to: number;
}

export class OperationMetrics {
  readonly #metrics: Metrics;
  /** By group id, as of the last record. */
  #groups: ReadonlyMap<string, GroupExplanation> = new Map();
  /** Why each node that is being removed goes. */
  readonly #causes = new Map<string, RemovalCause>();
  readonly #awaited = new Map<string, Awaited>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  record(record: DecisionRecord): void {
    this.#groups = new Map(record.groups.map((group) => [group.id, group]));
    for (const action of record.actions) {
      if (action.kind === 'remove-node') this.#causes.set(action.node, action.cause);
      if (action.kind === 'resize') this.#countShapes(record, action.group);
    }
    for (const { groupId, cause, nodes } of record.failures ?? []) this.#failed(groupId, backoffCode(cause), nodes);
    for (const { group } of record.wrongPredictions ?? []) {
      this.#metrics.count('vke_autoscaler_wrong_predictions_total', 1, { node_group: group });
    }
    this.#countLimits(record);
    this.#countReady(record);
    this.#forgetGone(record);
  }

  outcome(seen: ActuationObservation): void {
    const metrics = this.#metrics;
    switch (seen.kind) {
      case 'resize-accepted': {
        const group = this.#groups.get(seen.groupId);
        const before = this.#awaited.get(seen.groupId)?.to ?? group?.targetSize ?? 0;
        this.#awaited.set(seen.groupId, { sinceMs: seen.atMs, to: before + seen.delta });
        const labels = gpuLabels(group?.shape);
        metrics.count('cluster_autoscaler_scaled_up_nodes_total', seen.delta, { ...labels, dra_drivers: '' });
        if (labels.gpu_name !== '') metrics.count('cluster_autoscaler_scaled_up_gpu_nodes_total', seen.delta, labels);
        return;
      }
      case 'resize-failed':
        this.#cloudError(seen.error.kind);
        // Whether it failed is not known yet: the nodes may come.
        if (seen.error.kind !== 'unknown-outcome') this.#failed(seen.groupId, 'cloudProviderError', seen.delta);
        return;
      case 'withdrawal-failed':
      case 'instance-deletion-failed':
        this.#cloudError(seen.error.kind);
        return;
      case 'instances-deleted':
        metrics.count('cluster_autoscaler_old_unregistered_nodes_removed_count', seen.instanceIds.length);
        return;
      case 'removal-done':
        // What went by itself was not removed by us.
        if (seen.how === 'deleted') this.#removed(seen);
        this.#causes.delete(seen.node);
        return;
      case 'eviction-over': {
        const eviction_result = seen.succeeded ? 'succeeded' : 'failed';
        metrics.count('cluster_autoscaler_evicted_pods_total', 1, { eviction_result });
        return;
      }
      case 'removal-failed':
        this.#causes.delete(seen.node);
        return;
      case 'resize-sent':
      case 'resize-unsent':
      case 'removal-started':
      case 'withdrawn':
        return;
      default:
        unreachable(seen);
    }
  }

  #removed({ node, groupId, drains }: Extract<ActuationObservation, { kind: 'removal-done' }>): void {
    // After a restart what is known is only whether pods had to move.
    const reason = this.#causes.get(node) ?? (drains ? 'underutilized' : 'empty');
    const labels = { reason, ...gpuLabels(this.#groups.get(groupId)?.shape) };
    this.#metrics.count('cluster_autoscaler_scaled_down_nodes_total', 1, { ...labels, dra_drivers: '' });
    if (labels.gpu_name !== '') this.#metrics.count('cluster_autoscaler_scaled_down_gpu_nodes_total', 1, labels);
  }

  #failed(groupId: string, reason: string, nodes: number): void {
    const labels = { reason, ...gpuLabels(this.#groups.get(groupId)?.shape) };
    this.#metrics.count('cluster_autoscaler_failed_scale_ups_total', 1, { ...labels, dra_drivers: '' });
    this.#metrics.count('cluster_autoscaler_failed_node_creations_total', nodes, { reason });
    if (labels.gpu_name !== '') this.#metrics.count('cluster_autoscaler_failed_gpu_scale_ups_total', 1, labels);
  }

  #cloudError(kind: string): void {
    this.#metrics.count('vke_autoscaler_cloud_errors_total', 1, { kind });
  }

  /** Pools that a limit of the cluster kept from growing for somebody in this pass. */
  #countLimits({ pods }: DecisionRecord): void {
    const kept = new Set<string>();
    // Thousands of entries share few lists.
    for (const perGroup of new Set(pods.map((each) => each.perGroup))) {
      for (const { group, reason } of perGroup) {
        if (reason.code === 'ClusterLimit') kept.add(`${reason.resource}/${group}`);
      }
    }
    for (const [resource, reason] of [
      ['cpu', 'CpuResourceLimit'],
      ['memory', 'MemoryResourceLimit'],
    ] as const) {
      const times = [...kept].filter((one) => one.startsWith(`${resource}/`)).length;
      const labels = { direction: 'up', reason };
      if (times > 0) this.#metrics.count('cluster_autoscaler_skipped_scale_events_count', times, labels);
    }
  }

  #countShapes({ groups, pods }: DecisionRecord, name: string): void {
    const shape = groups.find((group) => group.name === name)?.shape;
    const served = pods.filter(
      ({ outcome }) => 'byGroup' in outcome && outcome.byGroup.some(({ group }) => group === name),
    );
    const namespaces = new Set(served.map(({ example }) => example.split('/')[0]));
    this.#metrics.observe('cluster_autoscaler_binpacking_heterogeneity', served.length, {
      instance_type: shape?.instanceType ?? '',
      cpu_count: String(Math.floor((shape?.milliCpu ?? 0) / 1000)),
      namespace_count: String(namespaces.size),
    });
  }

  #countReady({ groups, atMs }: DecisionRecord): void {
    for (const { id, name, ready, targetSize } of groups) {
      const awaited = this.#awaited.get(id);
      if (awaited === undefined) continue;
      if (ready >= awaited.to) {
        const seconds = Math.max(0, atMs - awaited.sinceMs) / 1000;
        this.#metrics.observe('vke_autoscaler_nodes_ready_seconds', seconds, { node_group: name });
        this.#awaited.delete(id);
      } else if (targetSize < awaited.to && atMs > awaited.sinceMs) {
        // Fewer are wanted now, or some failed: that is told elsewhere.
        this.#awaited.delete(id);
      }
    }
  }

  #forgetGone({ nodes }: DecisionRecord): void {
    // Mostly none is being removed, and there are thousands.
    if (this.#causes.size === 0) return;
    const here = new Set(nodes.map(({ node }) => node));
    for (const node of this.#causes.keys()) if (!here.has(node)) this.#causes.delete(node);
  }
}

type GpuLabels = LabelValues & { readonly gpu_resource_name: string; readonly gpu_name: string };

function gpuLabels(shape: NodeShape | undefined): GpuLabels {
  const isNamed = shape !== undefined && shape.gpuType !== '';
  return { gpu_resource_name: isNamed ? shape.gpuResource : '', gpu_name: isNamed ? shape.gpuType : '' };
}
