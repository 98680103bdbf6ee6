/**
 * deploy/monitoring/prometheus-rule.yaml: every alert asks for metrics that there are, has a runbook, and fires when it should
 * and not otherwise, evaluated on what the program's own registry exposes.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { Metrics } from '../../src/report/metrics/metrics.ts';
import { anchorsOf } from './markdown.ts';
import { manifestsOf, textOf, theOne } from './manifests.ts';
import { type Sample, evaluate, samplesOf } from './promql.ts';
import { parsePromQl } from './promql-syntax.ts';
import { unknownIn } from './known-metrics.ts';
import { realClock } from '../../src/runtime/clock.ts';

const ruleForm = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
});
const form = z.object({ spec: z.object({ groups: z.array(z.object({ rules: z.array(ruleForm) })) }) });
const RULES = theOne(
  manifestsOf(textOf('deploy/monitoring/prometheus-rule.yaml')),
  'PrometheusRule',
  form,
).spec.groups.flatMap(({ rules }) => rules);

const NOW_SECONDS = 1_800_000_000;
const RUNBOOKS = 'docs/runbooks.md';

/** What changes a healthy cluster so that the alert fires; `before`: when its range began. */
interface Case {
  readonly before?: (metrics: Metrics) => void;
  readonly now: (metrics: Metrics) => void;
}

const counted = (change: (metrics: Metrics, by: number) => void, much: number): Case => ({
  before: (metrics) => change(metrics, 1),
  now: (metrics) => change(metrics, 1 + much),
});

const CASES: Readonly<Record<string, Case>> = {
  VkeAutoscalerNobodyLeads: { now: (metrics) => metrics.set('vke_autoscaler_leader', 0) },
  VkeAutoscalerMakesNoPasses: {
    now: (metrics) => metrics.set('cluster_autoscaler_last_activity', NOW_SECONDS - 700, { activity: 'main' }),
  },
  VkeAutoscalerCloudUnreadable: {
    before: (metrics) => {
      metrics.count('vke_autoscaler_passes_total', 40, { outcome: 'decided' });
      metrics.count('vke_autoscaler_passes_total', 1, { outcome: 'cloud-unreadable' });
    },
    // As many decided passes as before: none since.
    now: (metrics) => metrics.count('vke_autoscaler_passes_total', 9, { outcome: 'cloud-unreadable' }),
  },
  VkeAutoscalerKeyRefused: counted(
    (metrics, by) => metrics.count('vke_autoscaler_cloud_errors_total', by, { kind: 'unauthorized' }),
    2,
  ),
  VkeAutoscalerClusterUnhealthy: { now: (metrics) => metrics.set('cluster_autoscaler_cluster_safe_to_autoscale', 0) },
  VkeAutoscalerPodsCannotBeHelped: {
    now: (metrics) => metrics.set('vke_autoscaler_pending_pods', 3, { outcome: 'cannot-be-helped' }),
  },
  VkeAutoscalerScaleUpsFail: counted(
    (metrics, by) =>
      metrics.count('cluster_autoscaler_failed_scale_ups_total', by, {
        reason: 'timeout',
        gpu_resource_name: '',
        gpu_name: '',
        dra_drivers: '',
      }),
    1,
  ),
  VkeAutoscalerNodesNeverCame: {
    now: (metrics) => metrics.set('cluster_autoscaler_nodes_count', 1, { state: 'longUnregistered' }),
  },
  VkeAutoscalerCloudErrors: counted(
    (metrics, by) => metrics.count('vke_autoscaler_cloud_errors_total', by, { kind: 'unavailable' }),
    11,
  ),
  VkeAutoscalerAtMaximum: { now: (metrics) => metrics.set('cluster_autoscaler_nodes_count', 10, { state: 'ready' }) },
  VkeAutoscalerEvictionsFail: counted(
    (metrics, by) => metrics.count('cluster_autoscaler_evicted_pods_total', by, { eviction_result: 'failed' }),
    4,
  ),
  VkeAutoscalerRemovalsHang: { now: (metrics) => metrics.set('cluster_autoscaler_pending_node_deletions', 1) },
  VkeAutoscalerWrongPredictions: counted(
    (metrics, by) => metrics.count('vke_autoscaler_wrong_predictions_total', by, { node_group: 'web' }),
    1,
  ),
  VkeAutoscalerPassesAreSlow: {
    now: (metrics) => {
      for (let pass = 0; pass < 5; pass++) metrics.observe('vke_autoscaler_pass_duration_seconds', 15);
    },
  },
};

/** Two replicas: one leads a cluster that is well, the other remembers worse days, when it led. */
async function exposed(change?: (metrics: Metrics) => void): Promise<readonly Sample[]> {
  const leader = new Metrics();
  leader.set('vke_autoscaler_leader', 1);
  leader.set('cluster_autoscaler_cluster_safe_to_autoscale', 1);
  leader.set('cluster_autoscaler_last_activity', NOW_SECONDS - 5, { activity: 'main' });
  leader.set('cluster_autoscaler_nodes_count', 4, { state: 'ready' });
  leader.set('cluster_autoscaler_nodes_count', 0, { state: 'longUnregistered' });
  leader.set('cluster_autoscaler_max_nodes_count', 10);
  leader.set('cluster_autoscaler_pending_node_deletions', 0);
  leader.set('vke_autoscaler_pending_pods', 0, { outcome: 'cannot-be-helped' });
  leader.observe('vke_autoscaler_pass_duration_seconds', 0.02);
  change?.(leader);
  const other = new Metrics();
  other.set('vke_autoscaler_leader', 0);
  other.set('cluster_autoscaler_cluster_safe_to_autoscale', 0);
  other.set('cluster_autoscaler_last_activity', NOW_SECONDS - 9000, { activity: 'main' });
  other.set('cluster_autoscaler_nodes_count', 12, { state: 'longUnregistered' });
  other.set('cluster_autoscaler_max_nodes_count', 10);
  other.set('cluster_autoscaler_pending_node_deletions', 2);
  other.set('vke_autoscaler_pending_pods', 7, { outcome: 'cannot-be-helped' });
  const target = { namespace: 'kube-system', job: 'vke-autoscaler' };
  return [
    ...samplesOf(await leader.text(realClock), { ...target, pod: 'a', instance: '10.0.0.1:8085' }),
    ...samplesOf(await other.text(realClock), { ...target, pod: 'b', instance: '10.0.0.2:8085' }),
  ];
}

describe('the alerts', () => {
  it('have names of their own, and a case here', () => {
    assert.deepEqual(RULES.map(({ alert }) => alert).toSorted(), Object.keys(CASES).toSorted());
  });

  it('have a runbook each, and no runbook is without an alert', () => {
    const anchors = anchorsOf(textOf(RUNBOOKS));
    for (const { alert, annotations } of RULES) {
      const [path, anchor = ''] = annotations.runbook_url.split('#');
      assert.equal(path, RUNBOOKS);
      assert.ok(anchors.includes(anchor), `${annotations.runbook_url} is not there`);
      assert.equal(anchor, alert.toLowerCase());
    }
    const runbooks = anchors.filter((anchor) => anchor.startsWith('vkeautoscaler'));
    assert.equal(runbooks.length, RULES.length);
  });
});

for (const { alert, expr, annotations } of RULES) {
  describe(alert, () => {
    const expression = parsePromQl(expr);
    const { before, now } = CASES[alert] ?? { now: () => assert.fail('no case') };

    it('asks for metrics and labels that there are', () => {
      assert.deepEqual(unknownIn(expression), []);
    });

    it('is silent while all is well, whatever a replica that does not lead remembers', async () => {
      const healthy = { before: await exposed(), now: await exposed(), nowSeconds: NOW_SECONDS };
      assert.deepEqual(evaluate(expression, healthy), []);
    });

    it('fires when it should, with the labels that its words use', async () => {
      const moments = {
        before: await exposed(before),
        now: await exposed((metrics) => {
          // What was counted stays counted.
          if (alert === 'VkeAutoscalerCloudUnreadable') before?.(metrics);
          now(metrics);
        }),
        nowSeconds: NOW_SECONDS,
      };
      const fired = evaluate(expression, moments);
      assert.equal(fired.length, 1);
      const words = `${annotations.summary} ${annotations.description}`;
      for (const [, label = ''] of words.matchAll(/\$labels\.(\w+)/g)) {
        assert.notEqual(fired[0]?.labels[label] ?? '', '', label);
      }
    });
  });
}
