/** What a query may ask for: the tables of metrics, with the series that their types have, and the labels of scraping. */
import { METRICS } from '../../src/report/metrics/metrics.ts';
import type { MetricType } from '../../src/report/metrics/metric.ts';
import { type Expression, selectorsOf } from './promql-syntax.ts';

/** Those that the operator of Prometheus gives to the targets of monitors. */
const TARGET_LABELS = ['namespace', 'pod', 'service', 'job', 'instance', 'container'];

const SERIES: Readonly<Record<MetricType, readonly (readonly [suffix: string, labels: readonly string[]])[]>> = {
  gauge: [['', []]],
  counter: [['', []]],
  histogram: [
    ['_bucket', ['le']],
    ['_sum', []],
    ['_count', []],
  ],
  summary: [
    ['', ['quantile']],
    ['_sum', []],
    ['_count', []],
  ],
};

const LABELS: ReadonlyMap<string, readonly string[]> = new Map(
  METRICS.flatMap(({ name, type, labels }) =>
    SERIES[type].map(([suffix, more]) => [`${name}${suffix}`, [...labels, ...more, ...TARGET_LABELS]] as const),
  ),
);

/** Metrics, and labels of them, that the program does not have. */
export function unknownIn(expression: Expression): readonly string[] {
  const unknown = selectorsOf(expression).flatMap(({ name, matchers }) => {
    const labels = LABELS.get(name);
    if (labels === undefined) return [name];
    return matchers.filter(({ label }) => !labels.includes(label)).map(({ label }) => `${name}{${label}}`);
  });
  return [...unknown, ...unknownGroups(expression)];
}

/** Labels that are asked for by aggregations and matchings, and that no metric within has. */
function unknownGroups(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'selector':
    case 'number':
      return [];
    case 'call':
      return expression.args.flatMap(unknownGroups);
    case 'aggregation':
      return [...missing(expression.by, expression.of), ...unknownGroups(expression.of)];
    case 'binary': {
      const { left, right, on = [] } = expression;
      return [...missing(on, left), ...missing(on, right), ...unknownGroups(left), ...unknownGroups(right)];
    }
    default:
      throw new Error(`unknown expression: ${String(expression satisfies never)}`);
  }
}

function missing(labels: readonly string[], within: Expression): readonly string[] {
  const known = new Set(selectorsOf(within).flatMap(({ name }) => LABELS.get(name) ?? []));
  return labels.filter((label) => !known.has(label)).map((label) => `by ${label}`);
}
