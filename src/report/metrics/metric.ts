/** What a metric is. All metrics stand in tables of {@link Metric}; the registry, docs and dashboards follow from them. */

export type MetricType = 'gauge' | 'counter' | 'histogram' | 'summary';

export interface Metric {
  /** In full, prefix included. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, without `+Inf`. */
  readonly buckets?: readonly number[];
  /** Series that are there from the start, at 0, so that a rate over the first event is not lost. */
  readonly initial?: readonly LabelValues[];
  /** Why the series never shows, or only with a flag; for docs. */
  readonly remark?: string;
}

export type LabelValues = Readonly<Record<string, string>>;
