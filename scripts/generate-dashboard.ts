/**
 * Writes deploy/monitoring/grafana-dashboard.json from the tables of metrics: a panel for each that shows something, in the
 * form that its type asks for. A test (test/deploy/dashboard.test.ts) holds that it is current and asks for nothing that is not there.
 */
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import type { Metric } from '../src/report/metrics/metric.ts';
import { METRICS } from '../src/report/metrics/metrics.ts';

export const DASHBOARD = new URL('../deploy/monitoring/grafana-dashboard.json', import.meta.url);

/** What belongs together, the most asked for first; names without `cluster_autoscaler_`, or in full. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  'Pods that wait': ['vke_autoscaler_pending_pods', 'vke_autoscaler_unhelped_pods', 'unschedulable_pods_count'],
  'Nodes and money': [
    'nodes_count',
    'max_nodes_count',
    'vke_autoscaler_hourly_price_dollars',
    'vke_autoscaler_saved_dollars_total',
    'vke_autoscaler_unpriced_nodes',
    'cluster_cpu_current_cores',
    'cluster_memory_current_bytes',
    'cpu_limits_cores',
    'memory_limits_bytes',
  ],
  'Nodes come': [
    'scaled_up_nodes_total',
    'vke_autoscaler_nodes_ready_seconds',
    'failed_scale_ups_total',
    'failed_node_creations_total',
    'vke_autoscaler_wrong_predictions_total',
    'old_unregistered_nodes_removed_count',
    'skipped_scale_events_count',
    'binpacking_heterogeneity',
    'scaled_up_gpu_nodes_total',
    'failed_gpu_scale_ups_total',
  ],
  'Nodes go': [
    'scaled_down_nodes_total',
    'unneeded_nodes_count',
    'unremovable_nodes_count',
    'pending_node_deletions',
    'evicted_pods_total',
    'scale_down_in_cooldown',
    'node_taints_count',
    'node_removal_latency_seconds',
    'scaled_down_gpu_nodes_total',
  ],
  'Node groups': [
    'node_groups_count',
    'node_group_target_count',
    'node_group_min_count',
    'node_group_max_count',
    'node_group_healthiness',
    'node_group_backoff_status',
  ],
  'The autoscaler itself': [
    'vke_autoscaler_leader',
    'cluster_safe_to_autoscale',
    'vke_autoscaler_passes_total',
    'vke_autoscaler_pass_duration_seconds',
    'vke_autoscaler_cloud_errors_total',
    'vke_autoscaler_shadow_findings_total',
    'errors_total',
    'last_activity',
    'function_duration_seconds',
    'function_duration_quantile_seconds',
  ],
};

/** Grafana's grid. */
const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 7;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** Of two replicas only the one that leads knows what is there now. */
const OF_LEADER = 'and on (namespace, pod) vke_autoscaler_leader == 1';
const RATE = '[$__rate_interval]';
/** Of the target: narrows all panels to one autoscaler, where there are several. */
const ONE_NAMESPACE = 'namespace=~"$namespace"';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

/** The whole file, formatted. */
export async function dashboardDocument(): Promise<string> {
  const panels: object[] = [];
  let top = 0;
  for (const [title, names] of Object.entries(ROWS)) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: top, w: COLUMNS, h: 1 },
    });
    top += 1;
    names.map(metricOf).forEach((metric, index) => {
      const x = (index * WIDTH) % COLUMNS;
      const y = top + Math.floor((index * WIDTH) / COLUMNS) * HEIGHT;
      panels.push({ id: panels.length + 1, ...panel(metric), gridPos: { x, y, w: WIDTH, h: HEIGHT } });
    });
    top += Math.ceil((names.length * WIDTH) / COLUMNS) * HEIGHT;
  }
  return format(JSON.stringify({ ...FRAME, panels }), { parser: 'json', printWidth: 120 });
}

/** Fails for a name that is not in the tables. */
function metricOf(name: string): Metric {
  const found = METRICS.find((metric) => metric.name === name || metric.name === `cluster_autoscaler_${name}`);
  if (found === undefined) throw new Error(`there is no metric ${name}`);
  return found;
}

function panel(metric: Metric): object {
  const { name, help, remark } = metric;
  return {
    type: 'timeseries',
    title: name.replace(/^(?:cluster|vke)_autoscaler_/, '').replaceAll('_', ' '),
    description: `${name}: ${help}${remark === undefined ? '' : ` (${remark})`}`,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit: unitOf(metric), min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targetsOf(metric).map((target, index) => ({
      refId: 'ABC'.charAt(index),
      datasource: DATASOURCE,
      ...target,
    })),
  };
}

function targetsOf({ name, type, labels }: Metric): readonly Target[] {
  const legend = labels.map((label) => `{{${label}}}`).join(' ');
  const by = `by (${labels.join(', ')})`;
  if (name === 'vke_autoscaler_leader') {
    return [{ expr: `max by (pod) (${name}{${ONE_NAMESPACE}})`, legendFormat: '{{pod}}' }];
  }
  if (name === 'cluster_autoscaler_last_activity') {
    return [{ expr: `time() - max ${by} (${name}{${ONE_NAMESPACE}})`, legendFormat: legend }];
  }
  switch (type) {
    case 'gauge':
      return [{ expr: `max ${by} (${name}{${ONE_NAMESPACE}} ${OF_LEADER})`, legendFormat: legend }];
    case 'counter':
      return [{ expr: `sum ${by} (increase(${name}{${ONE_NAMESPACE}}${RATE}))`, legendFormat: legend }];
    case 'histogram': {
      const kept = labels.filter((label) => label === 'node_group' || label === 'function');
      const buckets = `sum by (${['le', ...kept].join(', ')}) (rate(${name}_bucket{${ONE_NAMESPACE}}${RATE}))`;
      const words = kept.map((label) => ` {{${label}}}`).join('');
      return [0.5, 0.99].map((quantile) => ({
        expr: `histogram_quantile(${quantile}, ${buckets})`,
        legendFormat: `${quantile * 100} %${words}`,
      }));
    }
    case 'summary':
      return [
        {
          expr: `max by (${[...labels, 'quantile'].join(', ')}) (${name}{${ONE_NAMESPACE}} ${OF_LEADER})`,
          legendFormat: `${legend} {{quantile}}`,
        },
      ];
    default:
      throw new Error(`unknown type of metric: ${String(type satisfies never)}`);
  }
}

function unitOf({ name }: Metric): string {
  if (name.endsWith('_dollars') || name.endsWith('_dollars_total')) return 'currencyUSD';
  if (name.endsWith('_bytes')) return 'bytes';
  return name.endsWith('_seconds') || name === 'cluster_autoscaler_last_activity' ? 's' : 'short';
}

const FRAME = {
  uid: 'vke-autoscaler',
  title: 'vke-autoscaler',
  description: 'Made by scripts/generate-dashboard.ts from the tables of metrics.',
  tags: ['kubernetes', 'autoscaler'],
  editable: true,
  schemaVersion: 39,
  version: 1,
  refresh: '30s',
  time: { from: 'now-6h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
      {
        name: 'namespace',
        label: 'Namespace',
        type: 'query',
        datasource: DATASOURCE,
        query: 'label_values(vke_autoscaler_leader, namespace)',
        includeAll: true,
        multi: true,
        allValue: '.*',
        current: { text: 'All', value: '$__all' },
        refresh: 2,
      },
    ],
  },
};

if (import.meta.main) writeFileSync(DASHBOARD, await dashboardDocument());
