/**
 * The metrics of a process, held by the Prometheus client behind names that the tables define: a name, or a label, that
 * is not in the tables is an error of ours and fails at once.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, Summary } from '@prometheus-io/client';
import { invariant } from '../../cluster/invariant.ts';
import { CLUSTER_AUTOSCALER_METRICS } from './cluster-autoscaler-metrics.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LabelValues, Metric } from './metric.ts';
import { OWN_METRICS } from './own-metrics.ts';

const TABLE = [...CLUSTER_AUTOSCALER_METRICS, ...OWN_METRICS] as const;

type Row = (typeof TABLE)[number];
type NameOf<T extends Metric['type']> = Extract<Row, { readonly type: T }>['name'];

/**
 * How often the event loop is looked at. By itself the client does so 100 and 10 times a second, which takes 1 % of a
 * core for as long as the process runs.
 */
const LOOKS = { eventLoopMonitoringPrecision: 100, eventLoopUtilizationTimeout: 1000 };

/** In the order of the tables. */
export const METRICS: readonly Metric[] = TABLE;

/** So long, and in so many slices, a summary remembers. Each slice makes an exposition slower. */
const SUMMARY_AGE_SECONDS = 3600;
const SUMMARY_SLICES = 2;
const QUANTILES = [0.5, 0.9, 0.99];

const NO_LABELS: LabelValues = {};

type Held = Gauge<string> | Counter<string> | Histogram<string> | Summary<string>;

export class Metrics {
  readonly #registry = new Registry();
  readonly #held = new Map<string, Held>();

  constructor() {
    for (const metric of METRICS) this.#held.set(metric.name, this.#made(metric));
  }

  /** Adds what is known of the process itself: memory, CPU, the event loop, garbage collection. */
  addProcess(): void {
    collectDefaultMetrics({ register: this.#registry, ...LOOKS });
  }

  set(name: NameOf<'gauge'>, value: number, labels: LabelValues = NO_LABELS): void {
    const gauge = this.#held.get(name);
    invariant(gauge instanceof Gauge, `${name} is a gauge`);
    gauge.set(labels, value);
  }

  /** Only what is set from here on shows: for gauges whose series come and go. */
  forget(name: NameOf<'gauge'>): void {
    this.#held.get(name)?.reset();
  }

  count(name: NameOf<'counter'>, by = 1, labels: LabelValues = NO_LABELS): void {
    const counter = this.#held.get(name);
    invariant(counter instanceof Counter, `${name} is a counter`);
    counter.inc(labels, by);
  }

  observe(name: NameOf<'histogram' | 'summary'>, value: number, labels: LabelValues = NO_LABELS): void {
    const held = this.#held.get(name);
    invariant(held instanceof Histogram || held instanceof Summary, `${name} takes observations`);
    held.observe(labels, value);
  }

  /**
   * In the text format of Prometheus, as the registry writes it, each metric in a turn of its own: a pass that is due
   * meanwhile is not held up. Each metric is of one moment, all of them need not be.
   */
  async text(clock: Pick<Clock, 'nextTurn'>): Promise<string> {
    const texts: string[] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      texts.push(await this.#registry.getSingleMetricAsString(name));
      await clock.nextTurn();
    }
    return `${texts.join('\n\n')}\n`;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #made({ name, type, help, labels, buckets, initial }: Metric): Held {
    const config = { name, help, labelNames: [...labels], registers: [this.#registry] };
    switch (type) {
      case 'gauge':
        return new Gauge(config);
      case 'counter': {
        const counter = new Counter(config);
        for (const series of initial ?? []) counter.inc(series, 0);
        return counter;
      }
      case 'histogram':
        return new Histogram({ ...config, buckets: [...(buckets ?? [])] });
      case 'summary':
        return new Summary({
          ...config,
          percentiles: QUANTILES,
          maxAgeSeconds: SUMMARY_AGE_SECONDS,
          ageBuckets: SUMMARY_SLICES,
        });
      default:
        throw new Error(`unknown type of metric: ${String(type satisfies never)}`);
    }
  }
}
