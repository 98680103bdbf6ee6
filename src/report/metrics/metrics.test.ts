import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { METRICS_DOC, metricsDocument } from '../../../scripts/generate-metrics-doc.ts';
import { METRICS, Metrics } from './metrics.ts';
import { realClock } from '../../runtime/clock.ts';

const PREFIX = 'cluster_autoscaler_';

const recorded = readFileSync(new URL('../../../docs/cluster-autoscaler-metrics.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

describe('the metrics of a process that has just begun', () => {
  it('have the names, types and labels that Cluster Autoscaler exposes, and none of its prefix beside', async () => {
    const types = new Map(
      (await new Metrics().text(realClock)).split('\n').flatMap((line) => {
        const [hash, word, name = '', type = ''] = line.split(' ');
        return hash === '#' && word === 'TYPE' && name.startsWith(PREFIX) ? [[name, type] as const] : [];
      }),
    );
    const labels = new Map(METRICS.map((metric) => [metric.name, metric.labels.join(',')]));
    const ours = [...types].map(([name, type]) => [type, name, labels.get(name)].filter(Boolean).join(' '));
    assert.deepEqual(ours.toSorted(), recorded.filter((line) => !line.startsWith('zero ')).toSorted());
  });

  it('have, at 0, the labelled series that Cluster Autoscaler begins with, and no other of its prefix', async () => {
    const series = (await new Metrics().text(realClock))
      .split('\n')
      .filter((line) => line.startsWith(PREFIX) && line.includes('{') && !line.includes('_bucket'));
    const zeros = recorded.filter((line) => line.startsWith('zero ')).map((line) => `${line.slice('zero '.length)} 0`);
    assert.deepEqual(series.toSorted(), zeros.toSorted());
  });

  it('have its buckets', () => {
    const durations = bucketsOf('function_duration_seconds');
    assert.equal(durations.length, 150);
    assert.deepEqual([durations[0], Math.round(durations[149] ?? 0)], [0.1, 1800]);
    assert.ok(Math.abs((durations[1] ?? 0) / 0.1 - 18_000 ** (1 / 149)) < 1e-9);
    const removals = bucketsOf('node_removal_latency_seconds');
    assert.deepEqual([removals.length, removals[0], Math.round(removals[18] ?? 0)], [19, 1, 1478]);
    assert.deepEqual(bucketsOf('binpacking_heterogeneity'), [1, 2, 4, 8, 16, 32]);
  });
});

it('an exposition is made in turns, one for each metric, so that a pass is not held up by it', async () => {
  let turns = 0;
  const text = await new Metrics().text({ nextTurn: () => Promise.resolve(void (turns += 1)) });
  assert.equal(turns, METRICS.length);
  assert.equal(text.match(/^# TYPE /gm)?.length, METRICS.length);
});

it('docs/metrics.md says what the tables say', async () => {
  const current = readFileSync(METRICS_DOC, 'utf8') === (await metricsDocument());
  assert.ok(current, 'run: node scripts/generate-metrics-doc.ts');
});

function bucketsOf(name: string): readonly number[] {
  return METRICS.find((metric) => metric.name === `${PREFIX}${name}`)?.buckets ?? [];
}
