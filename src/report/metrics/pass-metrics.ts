/** Fills the metrics of one process: told of each pass, each record and what came of each action. */
import type { ActuationObservation } from '../../actuation/observations.ts';
import type { DecisionRecord } from '../../explain/record.ts';
import type { LoopWatch, PassOutcome, PassPart } from '../../loop/stopwatch.ts';
import type { LimitsOptions } from '../../node-groups/options.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Cost, Savings } from '../money.ts';
import type { Metrics } from './metrics.ts';
import { OperationMetrics } from './operation-metrics.ts';
import { RemovalLatency } from './removal-latency.ts';
import { setGroups, setLimits, setState } from './state-metrics.ts';

export interface PassMetricsOptions {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LimitsOptions;
  /** `--emit-per-nodegroup-metrics` */
  readonly perNodeGroup: boolean;
  /** `--node-removal-latency-tracking-enabled` */
  readonly removalLatency: boolean;
}

/** A part of a pass that takes longer is told in the log. */
const LONG_PART_MS = 5000;

export class PassMetrics implements LoopWatch {
  readonly #options: PassMetricsOptions;
  #limits: LimitsOptions;
  readonly #operations: OperationMetrics;
  readonly #latency: RemovalLatency | undefined;
  readonly #backoffReasons = new Map<string, Set<string>>();

  constructor(options: PassMetricsOptions) {
    const { limits, metrics, removalLatency } = options;
    this.#options = options;
    this.#limits = limits;
    this.#operations = new OperationMetrics(metrics);
    this.#latency = removalLatency ? new RemovalLatency(metrics) : undefined;
    setLimits(metrics, limits);
  }

  reconfigure(limits: LimitsOptions): void {
    this.#limits = limits;
    setLimits(this.#options.metrics, limits);
  }

  record(record: DecisionRecord): void {
    const { metrics, perNodeGroup } = this.#options;
    setState(metrics, record, this.#limits.maxNodes);
    if (perNodeGroup) setGroups(metrics, record.groups, this.#backoffReasons);
    this.#operations.record(record);
    this.#latency?.record(record);
    this.#active('autoscaling');
    if (record.cluster.healthy && record.pods.length > 0) this.#active('scaleUp');
    if (record.cluster.healthy) this.#active('scaleDown');
  }

  /** What the nodes cost now, and what was saved since that was told last. */
  money({ pools, unpricedNodes }: Cost, saved: Savings): void {
    const { metrics } = this.#options;
    metrics.forget('vke_autoscaler_hourly_price_dollars');
    for (const [name, price] of Object.entries(pools)) {
      metrics.set('vke_autoscaler_hourly_price_dollars', price, { node_group: name });
    }
    metrics.set('vke_autoscaler_unpriced_nodes', unpricedNodes);
    metrics.count('vke_autoscaler_saved_dollars_total', saved.againstMaximum, { against: 'maximum' });
    metrics.count('vke_autoscaler_saved_dollars_total', saved.againstNoScaleDown, { against: 'no-scale-down' });
  }

  outcome(seen: ActuationObservation): void {
    this.#operations.outcome(seen);
  }

  passBegan(): void {
    this.#active('main');
  }

  passEnded(outcome: PassOutcome): void {
    const { metrics } = this.#options;
    metrics.count('vke_autoscaler_passes_total', 1, { outcome: outcome.kind });
    metrics.set('vke_autoscaler_leader', outcome.kind === 'not-leading' ? 0 : 1);
    if (outcome.kind === 'cloud-unreadable') {
      metrics.count('cluster_autoscaler_errors_total', 1, { type: 'cloudProviderError' });
      metrics.count('vke_autoscaler_cloud_errors_total', 1, { kind: outcome.error.kind });
    }
    if (outcome.kind === 'decided') this.#active('mainSuccessful');
  }

  time<T>(part: PassPart, work: () => T): T {
    const { clock } = this.#options;
    const sinceMs = clock.monotonic();
    const result = work();
    this.took(part, clock.monotonic() - sinceMs);
    return result;
  }

  took(part: PassPart, ms: number): void {
    const { logger, metrics } = this.#options;
    const labels = { function: part };
    metrics.observe('cluster_autoscaler_function_duration_seconds', ms / 1000, labels);
    metrics.observe('cluster_autoscaler_function_duration_quantile_seconds', ms / 1000, labels);
    if (part === 'main') metrics.observe('vke_autoscaler_pass_duration_seconds', ms / 1000);
    if (part !== 'loopWait' && ms > LONG_PART_MS) logger.debug('a part of a pass took long', { part, ms });
  }

  #active(activity: string): void {
    const seconds = Math.floor(this.#options.clock.now() / 1000);
    this.#options.metrics.set('cluster_autoscaler_last_activity', seconds, { activity });
  }
}
