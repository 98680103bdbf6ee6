/** The metrics of Cluster Autoscaler, by its names, types, labels, buckets and first zeros: dashboards and alerts keep working. */
import type { LabelValues, Metric, MetricType } from './metric.ts';

const PREFIX = 'cluster_autoscaler_';

/** 150 exponential buckets from 0.1 s to half an hour. */
const FUNCTION_BUCKETS = Array.from({ length: 150 }, (_, index) => 0.1 * 18_000 ** (index / 149));
/** 19 exponential buckets from 1 s to about 25 min. */
const REMOVAL_BUCKETS = Array.from({ length: 19 }, (_, index) => 1.5 ** index);

const ERROR_TYPES = [
  'cloudProviderError',
  'apiCallError',
  'internalError',
  'transientError',
  'configurationError',
  'nodeGroupDoesNotExistError',
  'unexpectedScaleDownStateError',
] as const;
const FAILURE_REASONS = ['cloudProviderError', 'apiCallError', 'timeout'] as const;
const REMOVAL_REASONS = ['underutilized', 'empty', 'unready'] as const;
const NO_GPU: LabelValues = { gpu_resource_name: '', gpu_name: '', dra_drivers: '' };

const ONE_PER_GROUP = 'with `--emit-per-nodegroup-metrics`';
const NO_DEADLINE = 'always 0: no simulation is cut short here';

export const CLUSTER_AUTOSCALER_METRICS = [
  gauge('cluster_safe_to_autoscale', [], 'Whether the cluster is healthy enough to be scaled: 1 or 0.'),
  gauge('nodes_count', ['state'], 'Nodes by state; on their way or missing ones included.'),
  gauge('node_groups_count', ['node_group_type'], 'Node groups that are managed.'),
  gauge('unschedulable_pods_count', ['type'], 'Pending pods that ask for a place.'),
  { ...gauge('skipped_pods_count', ['requestor'], 'Pods that a pass left out.'), remark: NO_DEADLINE },
  gauge('max_nodes_count', [], 'The most nodes that groups and --max-nodes-total allow.'),
  gauge('cluster_cpu_current_cores', [], 'Cores of all nodes but those that are going.'),
  gauge('cpu_limits_cores', ['direction'], '--cores-total.'),
  gauge('cluster_memory_current_bytes', [], 'Memory of all nodes but those that are going, in bytes.'),
  gauge('memory_limits_bytes', ['direction'], '--memory-total, in bytes.'),
  gauge('node_taints_count', ['type'], 'Taints on nodes, by what they are for.'),
  { ...gauge('node_group_min_count', ['node_group'], 'The fewest nodes of the group.'), remark: ONE_PER_GROUP },
  { ...gauge('node_group_max_count', ['node_group'], 'The most nodes of the group.'), remark: ONE_PER_GROUP },
  { ...gauge('node_group_target_count', ['node_group'], 'Nodes the group is to have.'), remark: ONE_PER_GROUP },
  {
    ...gauge('node_group_healthiness', ['node_group'], 'Whether the group is healthy: 1 or 0.'),
    remark: ONE_PER_GROUP,
  },
  {
    ...gauge('node_group_backoff_status', ['node_group', 'reason'], 'Whether the group is left alone after a failure.'),
    remark: ONE_PER_GROUP,
  },
  gauge('last_activity', ['activity'], 'When it last happened, in Unix seconds.'),
  {
    ...metric('function_duration_seconds', 'histogram', ['function'], 'How long each part of the work took.'),
    buckets: FUNCTION_BUCKETS,
  },
  metric('function_duration_quantile_seconds', 'summary', ['function'], 'Quantiles of the same, over an hour.'),
  gauge('pending_node_deletions', [], 'Nodes that are being removed.'),
  {
    ...metric('errors_total', 'counter', ['type'], 'Passes that failed.'),
    initial: ERROR_TYPES.map((type) => ({ type })),
  },
  metric('scaled_up_nodes_total', 'counter', ['gpu_resource_name', 'gpu_name', 'dra_drivers'], 'Nodes asked for.'),
  metric('scaled_up_gpu_nodes_total', 'counter', ['gpu_resource_name', 'gpu_name'], 'GPU nodes asked for.'),
  {
    ...metric(
      'failed_scale_ups_total',
      'counter',
      ['reason', 'gpu_resource_name', 'gpu_name', 'dra_drivers'],
      'Scale-ups that failed.',
    ),
    initial: FAILURE_REASONS.map((reason) => ({ reason, ...NO_GPU })),
  },
  {
    ...metric('failed_node_creations_total', 'counter', ['reason'], 'Nodes of scale-ups that failed.'),
    initial: FAILURE_REASONS.map((reason) => ({ reason })),
  },
  metric(
    'failed_gpu_scale_ups_total',
    'counter',
    ['reason', 'gpu_resource_name', 'gpu_name'],
    'Scale-ups of GPU nodes that failed.',
  ),
  {
    ...metric(
      'scaled_down_nodes_total',
      'counter',
      ['reason', 'gpu_resource_name', 'gpu_name', 'dra_drivers'],
      'Nodes removed.',
    ),
    initial: REMOVAL_REASONS.map((reason) => ({ reason, ...NO_GPU })),
  },
  metric('scaled_down_gpu_nodes_total', 'counter', ['reason', 'gpu_resource_name', 'gpu_name'], 'GPU nodes removed.'),
  {
    ...metric('evicted_pods_total', 'counter', ['eviction_result'], 'Pods evicted for the removal of nodes.'),
    initial: [{ eviction_result: 'succeeded' }, { eviction_result: 'failed' }],
  },
  gauge('unneeded_nodes_count', [], 'Nodes that are not needed now.'),
  gauge('unremovable_nodes_count', ['reason'], 'Nodes that stay, by why.'),
  gauge('scale_down_in_cooldown', [], 'Whether scale-down pauses: 1 or 0.'),
  metric('old_unregistered_nodes_removed_count', 'counter', [], 'Instances deleted since no node came of them.'),
  {
    ...gauge('overflowing_controllers_count', [], 'Controllers whose pods are of too many shapes.'),
    remark: 'always 0: there is no bound on the shapes here',
  },
  {
    ...metric(
      'skipped_scale_events_count',
      'counter',
      ['direction', 'reason'],
      'Scalings that a limit kept from happening.',
    ),
    initial: ['up', 'down'].flatMap((direction) =>
      ['CpuResourceLimit', 'MemoryResourceLimit'].map((reason) => ({ direction, reason })),
    ),
  },
  {
    ...metric('created_node_groups_total', 'counter', ['group_type'], 'Node groups created.'),
    remark: 'no groups are created yet',
  },
  {
    ...metric('deleted_node_groups_total', 'counter', ['group_type'], 'Node groups deleted.'),
    remark: 'no groups are deleted yet',
  },
  {
    ...gauge('inconsistent_instances_migs_count', [], 'Instance groups that disagree.'),
    remark: 'always 0: of another cloud',
  },
  {
    ...metric(
      'binpacking_heterogeneity',
      'histogram',
      ['instance_type', 'cpu_count', 'namespace_count'],
      'How many sets of alike pods each scale-up is for.',
    ),
    buckets: [1, 2, 4, 8, 16, 32],
  },
  {
    ...gauge('max_node_skip_eval_duration_seconds', [], 'The longest time that a node went without a look.'),
    remark: 'always 0: every node is looked at in each pass',
  },
  {
    ...gauge('dra_node_template_resources_mismatch', ['driver', 'mismatch_type'], 'Devices that templates got wrong.'),
    remark: 'never shows: resource claims are not evaluated',
  },
  {
    ...gauge('capacity_buffer_oldest_reconciliation_timestamp_seconds', ['new_buffer'], 'When buffers were looked at.'),
    remark: 'never shows: there are no capacity buffers here',
  },
  {
    ...metric(
      'node_removal_latency_seconds',
      'histogram',
      ['deleted', 'delay_reason'],
      'From when a node could be removed until it was, or was needed again.',
    ),
    buckets: REMOVAL_BUCKETS,
    remark: 'with `--node-removal-latency-tracking-enabled`',
  },
] as const satisfies readonly Metric[];

/** Names and types stay literal, so that the registry can hold callers to them. */
interface Named<N extends string, T extends MetricType> {
  readonly name: `${typeof PREFIX}${N}`;
  readonly type: T;
  readonly labels: readonly string[];
  readonly help: string;
}

function gauge<const N extends string>(name: N, labels: readonly string[], help: string): Named<N, 'gauge'> {
  return metric(name, 'gauge', labels, help);
}

function metric<const N extends string, const T extends MetricType>(
  name: N,
  type: T,
  labels: readonly string[],
  help: string,
): Named<N, T> {
  return { name: `${PREFIX}${name}`, type, labels, help };
}
