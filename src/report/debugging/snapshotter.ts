/**
 * Takes a snapshot of the next pass for whoever asks, one at a time.
 *
 *     idle → (asked) → waiting → (a pass decides) → answered → idle
 *
 * 1. Nothing is gathered while nobody asks.
 * 2. Whoever asks while another waits is told so. An asker who leaves makes room, and so does one who has waited for too long.
 */
import type { Cluster } from '../../cluster/cluster.ts';
import type { DecisionRecord } from '../../explain/record.ts';
import type { NodeGroupView } from '../../node-groups/view.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatPreciseTimestamp } from '../../runtime/timestamps.ts';
import { type SnapshotDocument, contentsOf } from './snapshot.ts';

export type SnapshotAnswer =
  | { readonly kind: 'taken'; readonly document: SnapshotDocument }
  /** The pass came to nothing; the document says why. */
  | { readonly kind: 'failed'; readonly document: SnapshotDocument }
  /** Somebody else waits already. */
  | { readonly kind: 'busy' }
  /** No pass came, or the asker left. */
  | { readonly kind: 'none' };

export class Snapshotter {
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  readonly #longestWaitMs: number;
  #waiting: ((answer: SnapshotAnswer) => void) | undefined;
  #passBeganAtMs: number | undefined;

  /** @param longestWaitMs - Longer than passes are apart. */
  constructor(clock: Clock, cluster: Cluster, longestWaitMs: number) {
    this.#clock = clock;
    this.#cluster = cluster;
    this.#longestWaitMs = longestWaitMs;
  }

  next(left?: AbortSignal): Promise<SnapshotAnswer> {
    if (this.#waiting !== undefined) return Promise.resolve({ kind: 'busy' });
    if (left?.aborted === true) return Promise.resolve({ kind: 'none' });
    const { promise, resolve } = Promise.withResolvers<SnapshotAnswer>();
    const giveUp = (): void => this.#answer({ kind: 'none' });
    const timer = this.#clock.setTimer(this.#longestWaitMs, giveUp);
    left?.addEventListener('abort', giveUp);
    this.#waiting = (answer) => {
      timer.cancel();
      left?.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    return promise;
  }

  passBegan(): void {
    this.#passBeganAtMs = this.#clock.now();
  }

  record(record: DecisionRecord, views: readonly NodeGroupView[]): void {
    if (this.#waiting === undefined) return;
    const contents = contentsOf(this.#cluster, record, views);
    this.#answer({ kind: 'taken', document: { ...contents, ...this.#times() } });
  }

  /** A pass that decided has answered already, but for who asked after that: the next one answers. */
  passEnded(outcome: string): void {
    if (this.#waiting === undefined || outcome === 'decided') return;
    const Error = `Unable to collect any data: the pass ended as ${outcome}`;
    const nothing = { NodeList: [], UnscheduledPodsCanBeScheduled: [], TemplateNodes: {} };
    this.#answer({ kind: 'failed', document: { ...nothing, Error, ...this.#times() } });
  }

  #times(): Pick<SnapshotDocument, 'StartTimestamp' | 'EndTimestamp'> {
    const now = this.#clock.now();
    return {
      StartTimestamp: formatPreciseTimestamp(this.#passBeganAtMs ?? now),
      EndTimestamp: formatPreciseTimestamp(now),
    };
  }

  #answer(answer: SnapshotAnswer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }
}
