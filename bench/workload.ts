/** What a benchmark is: a named workload that yields figures, each with its bar. */
import { timed } from './stopwatch.ts';

export interface Figure {
  /** The workload's name, with a suffix where it yields several figures: `reaction-p50`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The figure must not be above it. */
  readonly bar: number;
}

export interface Workload {
  readonly name: string;
  /** What is measured, with its size: printed before the figures. */
  readonly about: string;
  /** Takes so long that the short form leaves it out. */
  readonly slow?: boolean;
  /** A figure of it is so near its bar that the machine decides: the short form, by which changes are judged, leaves it out. */
  readonly near?: boolean;
  /** Runs once. In the short form it may repeat less; its size and its bars stay. */
  run(short: boolean): Promise<readonly Figure[]>;
}

/** The median of several timings of `work`, in milliseconds. The first run warms up and is not counted. */
export function medianMs(repetitions: number, work: () => void): number {
  work();
  const timings: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const [ms] = timed(work);
    timings.push(ms);
  }
  return percentile(timings, 0.5);
}

/** The value below which the given share of `values` lies (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}
