/**
 * Everything that tells operators what one process does, put together: metrics, health, decisions and explanations, and the
 * handlers that give them away over HTTP. It watches the loop and is told of records and outcomes; it decides nothing.
 */
import type { OnBehalf } from '../actuation/acting.ts';
import type { ActuationObservation } from '../actuation/observations.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { DecisionRecord } from '../explain/record.ts';
import type { DecisionInput, Found } from '../loop/decide.ts';
import type { LoopWatch, PassOutcome, PassPart } from '../loop/stopwatch.ts';
import type { Options } from '../options/options.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { DecisionLog } from './decision-log/decision-log.ts';
import type { LogFile, StoredDecision } from './decision-log/entries.ts';
import type { LogThread } from './decision-log/worker-thread.ts';
import { Decisions, MOST_DECISIONS } from './decisions.ts';
import { Explainer } from './explainer.ts';
import { Health } from './health.ts';
import type { Handler } from './http/answer.ts';
import { healthHandler, metricsHandler } from './http/basics.ts';
import { explanationHandler } from './http/explanations.ts';
import { shadowHandler } from './http/shadow.ts';
import { wholeSnapshotHandler } from './http/snapshots.ts';
import { snapshotHandler } from './http/snapshotz.ts';
import { Snapshotter } from './debugging/snapshotter.ts';
import { Metrics } from './metrics/metrics.ts';
import { PassMetrics } from './metrics/pass-metrics.ts';
import { type Cost, Money } from './money.ts';
import { Shadow } from './shadow.ts';
import type { Traces } from './traces/traces.ts';

export interface ReportingParts {
  readonly options: Options;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The live model. */
  readonly cluster: Cluster;
  readonly isLeader: () => boolean;
  /** Stands before everything but health and metrics. Absent: everybody may ask. */
  readonly gate?: Handler | undefined;
  /** What a pass would decide from now. */
  readonly decisionInput: () => DecisionInput | undefined;
  /** The product's version. */
  readonly version: string;
  /** Absent: there are none. */
  readonly traces?: Traces | undefined;
  /** Starts what writes the decision log. Absent: there is none, whatever the options say. */
  readonly startLogThread?: ((file: LogFile) => LogThread) | undefined;
}

/** A pass may take its time, and a wait for it be longer by that. */
const GRACE_MS = 30_000;

export class Reporting implements LoopWatch {
  readonly metrics = new Metrics();
  readonly handlers: readonly Handler[];
  readonly #passMetrics: PassMetrics;
  /** Makes the calls that acting asks for, so that traces know what they come of. */
  readonly onBehalf: OnBehalf | undefined;
  readonly #traces: Traces | undefined;
  readonly #money = new Money();
  readonly #health: Health;
  readonly #decisions: Decisions;
  readonly #log: DecisionLog | undefined;
  readonly #explainer: Explainer;
  readonly #snapshotter: Snapshotter | undefined;
  readonly #shadow: Shadow | undefined;
  readonly #logger: Logger;

  constructor(parts: ReportingParts) {
    const { options, clock, logger, cluster, isLeader, gate } = parts;
    const { limits, report } = options;
    const { metrics } = this;
    this.#passMetrics = new PassMetrics({
      metrics,
      clock,
      logger,
      limits,
      perNodeGroup: report.metricsPerNodeGroup,
      removalLatency: report.removalLatency,
    });
    this.#health = new Health(clock, options.http.health, isLeader);
    this.#log = logOf(parts, (decision) => this.#decisions.restore(decision));
    this.#decisions = new Decisions((pod) => nodeOf(cluster, pod), this.#log);
    this.#explainer = new Explainer(clock, cluster);
    const { debuggingSnapshot } = options.http;
    if (debuggingSnapshot) this.#snapshotter = new Snapshotter(clock, cluster, options.loop.scanIntervalMs + GRACE_MS);
    this.#shadow = options.loop.shadow ? new Shadow() : undefined;
    this.#logger = logger;
    this.#traces = parts.traces;
    this.onBehalf = parts.traces?.onBehalf;
    this.handlers = [
      healthHandler(this.#health),
      metricsHandler(metrics, clock),
      ...(gate === undefined ? [] : [gate]),
      explanationHandler({ explainer: this.#explainer, decisions: this.#decisions, isLeader }),
      wholeSnapshotHandler(parts),
      ...(this.#snapshotter === undefined ? [] : [snapshotHandler(this.#snapshotter, isLeader)]),
      ...(this.#shadow === undefined ? [] : [shadowHandler(this.#shadow)]),
    ];
  }

  reconfigure(options: Options): void {
    this.#passMetrics.reconfigure(options.limits);
  }

  record(record: DecisionRecord, { views, memory }: Found): void {
    this.#snapshotter?.record(record, views);
    this.#passMetrics.record(record);
    const saved = this.#money.advance(record);
    const { cost } = this.#money;
    if (cost !== undefined) this.#passMetrics.money(cost, saved);
    this.#explainer.record(record, memory.scaleDown.places);
    this.#decisions.record(record, cost);
    this.#traces?.record(record);
    for (const finding of this.#shadow?.record(record) ?? []) {
      const { verdict, what } = finding;
      this.metrics.count('vke_autoscaler_shadow_findings_total', 1, { what, verdict });
      this.#logger.info('in the shadow', { ...finding });
    }
  }

  outcome(seen: ActuationObservation): void {
    this.#passMetrics.outcome(seen);
    this.#decisions.outcome(seen);
  }

  /** What the nodes cost, by the last record; `undefined`: there was none. */
  get cost(): Cost | undefined {
    return this.#money.cost;
  }

  /** Writes what is left to be written. */
  async end(): Promise<void> {
    await Promise.all([this.#log?.end(), this.#traces?.end()]);
  }

  passBegan(): void {
    this.#traces?.passBegan();
    this.#passMetrics.passBegan();
    this.#health.passBegan();
    this.#snapshotter?.passBegan();
  }

  passEnded(outcome: PassOutcome): void {
    this.#passMetrics.passEnded(outcome);
    this.#health.passEnded(outcome);
    if (outcome.kind === 'not-leading') this.#money.pause();
    this.#traces?.passEnded(outcome);
    this.#snapshotter?.passEnded(outcome.kind);
  }

  time<T>(part: PassPart, work: () => T): T {
    return this.#passMetrics.time(part, work);
  }

  took(part: PassPart, ms: number): void {
    this.#passMetrics.took(part, ms);
    this.#traces?.took(part);
  }
}

function logOf(
  { options, clock, logger, startLogThread }: ReportingParts,
  onStored: (decision: StoredDecision) => void,
): DecisionLog | undefined {
  const { decisionLog } = options.report;
  if (decisionLog === undefined || startLogThread === undefined) return undefined;
  const thread = startLogThread({ ...decisionLog, mostStored: MOST_DECISIONS });
  return new DecisionLog({ thread, clock, logger, onStored });
}

function nodeOf(cluster: Cluster, pod: string): string | undefined {
  const slash = pod.indexOf('/');
  const nodeName = cluster.pod(pod.slice(0, slash), pod.slice(slash + 1))?.nodeName ?? '';
  return nodeName === '' ? undefined : nodeName;
}
