/** Writes docs/metrics.md from the tables of metrics. A test (src/report/metrics/metrics.test.ts) holds that it is current. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Metric } from '../src/report/metrics/metric.ts';
import { METRICS } from '../src/report/metrics/metrics.ts';

export const METRICS_DOC = new URL('../docs/metrics.md', import.meta.url);

const INTRODUCTION = `# Metrics

<!-- Made by scripts/generate-metrics-doc.ts from src/report/metrics; do not edit. -->

\`GET /metrics\` on \`--address\` (\`:8085\`) gives them in the text format of Prometheus. Those of Cluster Autoscaler have its names,
types, labels, buckets and first zeros, so that dashboards and alerts keep working
([cluster-autoscaler-metrics.txt](cluster-autoscaler-metrics.txt) is the list that a test compares with). Ours begin with
\`vke_autoscaler_\`. Beside them stand \`process_*\` and \`nodejs_*\`; the event loop is looked at ten times a second, so
\`nodejs_eventloop_lag_*_seconds\` of one that waits for nothing are 0.1. Only the replica that leads makes passes; another shows
\`vke_autoscaler_leader\` 0 and whatever it last knew.

A reason or group that is no longer there goes out of \`node_taints_count\`, \`unremovable_nodes_count\` and ours; Cluster Autoscaler
keeps showing its last value.`;

/** The whole document, formatted. */
export async function metricsDocument(): Promise<string> {
  const ours = METRICS.filter(({ name }) => name.startsWith('vke_autoscaler_'));
  const theirs = METRICS.filter((metric) => !ours.includes(metric));
  const text = [INTRODUCTION, '## As in Cluster Autoscaler', table(theirs), '## Ours', table(ours)].join('\n\n');
  const style = await resolveConfig(fileURLToPath(METRICS_DOC));
  return format(text, { ...style, parser: 'markdown' });
}

function table(metrics: readonly Metric[]): string {
  const rows = metrics.map(({ name, type, labels, help, remark }) => {
    const said = remark === undefined ? help : `${help} _${capitalised(remark)}._`;
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${said} |`;
  });
  return ['| name | type | labels | what |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

if (import.meta.main) writeFileSync(METRICS_DOC, await metricsDocument());
