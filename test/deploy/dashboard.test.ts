/** deploy/monitoring/grafana-dashboard.json: made from the tables of metrics, current, and complete. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { DASHBOARD, dashboardDocument } from '../../scripts/generate-dashboard.ts';
import { METRICS, Metrics } from '../../src/report/metrics/metrics.ts';
import { unknownIn } from './known-metrics.ts';
import { evaluate, samplesOf } from './promql.ts';
import { parsePromQl, selectorsOf } from './promql-syntax.ts';
import { realClock } from '../../src/runtime/clock.ts';

const dashboard = z.object({
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).default([]),
    }),
  ),
});

const text = readFileSync(DASHBOARD, 'utf8');
const { panels, templating } = dashboard.parse(JSON.parse(text));
/** As Grafana fills its variables in. */
const filled = (expr: string): string => expr.replaceAll('$__rate_interval', '5m').replaceAll('$namespace', '.*');
const queries = panels.flatMap(({ title, targets }) =>
  targets.map(({ expr, legendFormat }) => ({ title, legendFormat, expression: parsePromQl(filled(expr)) })),
);

describe('the dashboard', () => {
  it('is what the tables of metrics make', async () => {
    assert.ok(text === (await dashboardDocument()), 'run: node scripts/generate-dashboard.ts');
  });

  it('asks for metrics and labels that there are', () => {
    assert.deepEqual(
      queries.flatMap(({ expression }) => unknownIn(expression)),
      [],
    );
  });

  it('shows every metric but those that are always 0 or never show', () => {
    const asked = new Set(queries.flatMap(({ expression }) => selectorsOf(expression).map(({ name }) => name)));
    const shown = ({ name }: { readonly name: string }): boolean => asked.has(name) || asked.has(`${name}_bucket`);
    const idle = METRICS.filter(({ remark = '' }) => /^(?:always 0|never shows|no groups)/.test(remark));
    const missing = METRICS.filter((metric) => !shown(metric));
    assert.deepEqual(missing, idle);
  });

  it('uses no variable that it does not define', () => {
    const defined = templating.list.map(({ name }) => name);
    const used = [...text.matchAll(/\$\{?(?!__)(\w+)/g)].map(([, name = '']) => name);
    assert.deepEqual([...new Set(used)].toSorted(), defined.toSorted());
  });

  it('has panels that do not lie upon each other, with ids of their own', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });

  it('shows of two replicas what the leader knows', async () => {
    const [leader, other] = [new Metrics(), new Metrics()];
    leader.set('vke_autoscaler_leader', 1);
    leader.set('vke_autoscaler_pending_pods', 2, { outcome: 'waits' });
    other.set('vke_autoscaler_leader', 0);
    other.set('vke_autoscaler_pending_pods', 9, { outcome: 'waits' });
    const now = [
      ...samplesOf(await leader.text(realClock), { namespace: 'kube-system', pod: 'a' }),
      ...samplesOf(await other.text(realClock), { namespace: 'kube-system', pod: 'b' }),
    ];
    const query = queries.find(({ title }) => title === 'pending pods');
    assert.ok(query !== undefined);
    assert.deepEqual(evaluate(query.expression, { before: now, now, nowSeconds: 0 }), [
      { labels: { outcome: 'waits' }, value: 2 },
    ]);
  });
});
