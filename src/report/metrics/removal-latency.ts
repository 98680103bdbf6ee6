/**
 * How long nodes stay although they could go: from the end of their unneeded time until their removal began, or until they
 * were needed again. `--node-removal-latency-tracking-enabled`
 */
import type { DecisionRecord, NodeExplanation } from '../../explain/record.ts';
import type { Metrics } from './metrics.ts';
import { unremovableReason } from './unremovable.ts';

interface Tracked {
  readonly dueAtMs: number;
  /** What has held it up last, beside its own time. */
  readonly delay: string;
}

/** That its time is not up delays no node. */
const ITS_OWN_TIME: ReadonlySet<string> = new Set(['NotUnneededLongEnough', 'NotUnreadyLongEnough']);

export class RemovalLatency {
  readonly #metrics: Metrics;
  #tracked = new Map<string, Tracked>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  record({ atMs, nodes }: DecisionRecord): void {
    const next = new Map<string, Tracked>();
    for (const node of nodes) {
      // Most nodes of a cluster were not unneeded before, and are not now.
      if (this.#tracked.size === 0 && node.outcome.kind !== 'unneeded') continue;
      const tracked = this.#followed(node, atMs);
      if (tracked !== undefined) next.set(node.node, tracked);
      else this.#end(node, atMs);
    }
    this.#tracked = next;
  }

  /** Still unneeded, with what holds it up; `undefined`: it goes now, or is needed. */
  #followed({ node, outcome }: NodeExplanation, now: number): Tracked | undefined {
    if (outcome.kind !== 'unneeded') return undefined;
    const { reason } = outcome;
    const before = this.#tracked.get(node);
    const dueAtMs = ITS_OWN_TIME.has(reason.code) && 'untilMs' in reason ? reason.untilMs : undefined;
    const delay = ITS_OWN_TIME.has(reason.code) ? undefined : unremovableReason(reason);
    return { dueAtMs: dueAtMs ?? before?.dueAtMs ?? now, delay: delay ?? before?.delay ?? 'none' };
  }

  #end({ node, outcome }: NodeExplanation, now: number): void {
    const tracked = this.#tracked.get(node);
    if (tracked === undefined || now <= tracked.dueAtMs) return;
    const isGoing = outcome.kind === 'removed' || outcome.kind === 'being-removed';
    this.#metrics.observe('cluster_autoscaler_node_removal_latency_seconds', (now - tracked.dueAtMs) / 1000, {
      deleted: String(isGoing),
      delay_reason: tracked.delay,
    });
  }
}
