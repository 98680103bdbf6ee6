/**
 * Evaluates what promql-syntax.ts reads, on two moments: what was exposed when the range began, and what is now. A range
 * is the difference of the two; a counter that was not there yet has none, as with Prometheus.
 */
import { type Aggregation, type Expression, type Operator, type Selector, selectorsOf } from './promql-syntax.ts';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Moments {
  readonly before: readonly Sample[];
  readonly now: readonly Sample[];
  readonly nowSeconds: number;
}

export type Vector = readonly Pick<Sample, 'labels' | 'value'>[];

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="([^"]*)"/g;

/** Samples of the text format, with the labels that scraping adds. */
export function samplesOf(exposition: string, target: Readonly<Record<string, string>>): readonly Sample[] {
  return exposition.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const own = Object.fromEntries([...labels.matchAll(LABEL)].map(([, label = '', text = '']) => [label, text]));
    return [{ name, labels: { ...own, ...target }, value: Number(value) }];
  });
}

/** A number stands as a vector of one without labels. */
export function evaluate(expression: Expression, moments: Moments): Vector {
  switch (expression.kind) {
    case 'number':
      return [{ labels: {}, value: expression.value }];
    case 'selector':
      return select(expression, moments.now).map(({ labels, value }) => ({ labels, value }));
    case 'call':
      return call(expression, moments);
    case 'aggregation':
      return aggregated(expression.name, expression.by, evaluate(expression.of, moments));
    case 'binary':
      return combined(expression, evaluate(expression.left, moments), evaluate(expression.right, moments));
    default:
      throw new Error(`unknown expression: ${String(expression satisfies never)}`);
  }
}

function select({ name, matchers }: Selector, samples: readonly Sample[]): readonly Sample[] {
  return samples.filter(
    (sample) =>
      sample.name === name &&
      matchers.every(({ label, operator, value }) => {
        const has = sample.labels[label] ?? '';
        const isMatch = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(has) : has === value;
        return operator.startsWith('!') ? !isMatch : isMatch;
      }),
  );
}

function call({ name, args }: Extract<Expression, { kind: 'call' }>, moments: Moments): Vector {
  const [first, second] = args;
  if (name === 'time') return [{ labels: {}, value: moments.nowSeconds }];
  if (first === undefined) throw new Error(`${name} of nothing`);
  if (name === 'absent') return evaluate(first, moments).length === 0 ? [{ labels: {}, value: 1 }] : [];
  if (name === 'histogram_quantile') {
    if (second === undefined) throw new Error('a quantile of nothing');
    return quantiles(evaluate(first, moments)[0]?.value ?? Number.NaN, evaluate(second, moments));
  }
  const [range] = selectorsOf(first);
  if (first.kind !== 'selector' || range?.rangeSeconds === undefined) throw new Error(`${name} wants a range`);
  const seconds = name === 'rate' ? range.rangeSeconds : 1;
  const earlier = new Map(select(range, moments.before).map(({ labels, value }) => [keyOf(labels), value]));
  return select(range, moments.now).flatMap(({ labels, value }) => {
    const then = earlier.get(keyOf(labels));
    return then === undefined ? [] : [{ labels, value: (value - then) / seconds }];
  });
}

function aggregated(name: Aggregation, by: readonly string[], vector: Vector): Vector {
  const groups = Map.groupBy(vector, ({ labels }) => keyOf(picked(labels, by)));
  return [...groups.values()].map((members) => {
    const values = members.map(({ value }) => value);
    return { labels: picked(members[0]?.labels ?? {}, by), value: AGGREGATE[name](values) };
  });
}

const AGGREGATE: Readonly<Record<Aggregation, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  count: (values) => values.length,
};

const isNumber = (expression: Expression): boolean =>
  expression.kind === 'number' || (expression.kind === 'call' && expression.name === 'time');

function combined(binary: Extract<Expression, { kind: 'binary' }>, left: Vector, right: Vector): Vector {
  const { operator, on } = binary;
  const key = (labels: Sample['labels']): string => keyOf(on === undefined ? labels : picked(labels, on));
  const partners = new Map(right.map((sample) => [key(sample.labels), sample.value]));
  if (operator === 'and') return left.filter(({ labels }) => partners.has(key(labels)));
  if (operator === 'unless') return left.filter(({ labels }) => !partners.has(key(labels)));
  if (operator === 'or') {
    const here = new Set(left.map(({ labels }) => key(labels)));
    return [...left, ...right.filter(({ labels }) => !here.has(key(labels)))];
  }
  // A number meets every member of the other side.
  const pairs = isNumber(binary.left)
    ? right.map(({ labels, value }) => ({ labels, a: left[0]?.value, b: value }))
    : left.map(({ labels, value }) => ({
        labels,
        a: value,
        b: isNumber(binary.right) ? right[0]?.value : partners.get(key(labels)),
      }));
  return pairs.flatMap(({ labels, a, b }) =>
    a === undefined || b === undefined ? [] : met(operator, labels, { a, b }),
  );
}

/** Comparisons keep what they hold for; arithmetic gives the result. */
function met(
  operator: Exclude<Operator, 'and' | 'unless' | 'or'>,
  labels: Sample['labels'],
  { a, b }: { readonly a: number; readonly b: number },
): Vector {
  const kept = (holds: boolean): Vector => (holds ? [{ labels, value: a }] : []);
  switch (operator) {
    case '==':
      return kept(a === b);
    case '!=':
      return kept(a !== b);
    case '>':
      return kept(a > b);
    case '<':
      return kept(a < b);
    case '>=':
      return kept(a >= b);
    case '<=':
      return kept(a <= b);
    case '+':
      return [{ labels, value: a + b }];
    case '-':
      return [{ labels, value: a - b }];
    case '*':
      return [{ labels, value: a * b }];
    case '/':
      return [{ labels, value: a / b }];
    default:
      throw new Error(`unknown operator: ${String(operator satisfies never)}`);
  }
}

/** The upper bound of the bucket that the quantile falls into; Prometheus goes on to interpolate within it. */
function quantiles(quantile: number, buckets: Vector): Vector {
  const series = Map.groupBy(buckets, ({ labels }) => keyOf({ ...labels, le: '' }));
  return [...series.values()].flatMap((members) => {
    const rising = members.toSorted((a, b) => bound(a.labels) - bound(b.labels));
    const total = rising.at(-1)?.value ?? 0;
    const bucket = rising.find(({ value }) => value >= quantile * total);
    if (bucket === undefined || total === 0) return [];
    return [{ labels: { ...bucket.labels, le: '' }, value: bound(bucket.labels) }];
  });
}

function bound({ le = '' }: Sample['labels']): number {
  return le === '+Inf' ? Infinity : Number(le);
}

function picked(labels: Sample['labels'], names: readonly string[]): Sample['labels'] {
  return Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));
}

function keyOf(labels: Sample['labels']): string {
  const present = Object.entries(labels).filter(([, value]) => value !== '');
  return JSON.stringify(present.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
