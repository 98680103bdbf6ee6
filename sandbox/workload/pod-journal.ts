/**
 * The pod journal: when each pod was created, bound, running and finished, and how long pods had to wait. It watches the
 * store and touches nothing.
 *
 * A pod is *served* once it has run (or at least was seen Running, or finished). Its *wait* is from creation to Running; the
 * time from creation to binding, which leaves out image pulls, is kept beside it.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import { podSpec, podStatus, namespaceOf } from '../controllers/shapes.ts';
import type { KubeObject, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';

/** Times in milliseconds of the journal's clock; `undefined`: it has not come to that. */
export interface PodRecord {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAtMs: number;
  readonly nodeName: string | undefined;
  readonly boundAtMs: number | undefined;
  readonly runningAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  readonly goneAtMs: number | undefined;
}

/** Nearest-rank percentiles, milliseconds; all 0 when nothing was measured. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface WaitStatistics {
  readonly pods: number;
  /** Have run. */
  readonly served: number;
  /** Were gone before they ever ran. */
  readonly neverServed: number;
  /** Neither: they wait still. */
  readonly waiting: number;
  /** From creation to Running, of the served. */
  readonly waitMs: Percentiles;
  /** From creation to binding, of those that were bound. */
  readonly bindMs: Percentiles;
}

export interface PodJournalOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Which pods to record. Default: all outside kube-system. */
  readonly records?: (pod: KubeObject) => boolean;
}

/** Some 200 bytes each. Pods beyond are not recorded, and {@link PodJournal.unrecorded} says how many. */
const MOST_RECORDS = 1_000_000;

export class PodJournal {
  readonly #clock: Clock;
  readonly #wanted: (pod: KubeObject) => boolean;
  readonly #records = new Map<string, { -readonly [Field in keyof PodRecord]: PodRecord[Field] }>();
  readonly #unwatch: () => void;
  #unrecorded = 0;

  constructor({ store, clock, records }: PodJournalOptions) {
    this.#clock = clock;
    this.#wanted = records ?? ((pod) => pod.metadata.namespace !== 'kube-system');
    this.#unwatch = store.watch('pods', (event) => this.#onPod(event));
  }

  stop(): void {
    this.#unwatch();
  }

  /** In the order of creation. */
  records(): Iterable<PodRecord> {
    return this.#records.values();
  }

  get unrecorded(): number {
    return this.#unrecorded;
  }

  statistics(): WaitStatistics {
    const waits: number[] = [];
    const binds: number[] = [];
    let [served, neverServed] = [0, 0];
    for (const { createdAtMs, boundAtMs, runningAtMs, goneAtMs } of this.#records.values()) {
      if (boundAtMs !== undefined) binds.push(boundAtMs - createdAtMs);
      if (runningAtMs !== undefined) {
        served++;
        waits.push(runningAtMs - createdAtMs);
      } else if (goneAtMs !== undefined) {
        neverServed++;
      }
    }
    const pods = this.#records.size;
    const waiting = pods - served - neverServed;
    return { pods, served, neverServed, waiting, waitMs: percentiles(waits), bindMs: percentiles(binds) };
  }

  #onPod({ type, object }: StoreEvent): void {
    const record = this.#records.get(object.metadata.uid) ?? this.#begin(object);
    if (record === undefined) return;
    const nowMs = this.#clock.now();
    const { nodeName } = podSpec(object);
    const { phase } = podStatus(object);
    if (nodeName !== undefined && nodeName !== '') {
      record.nodeName ??= nodeName;
      record.boundAtMs ??= nowMs;
    }
    const finished = phase === 'Succeeded' || phase === 'Failed';
    if (phase === 'Running' || (finished && record.boundAtMs !== undefined)) record.runningAtMs ??= nowMs;
    if (finished) record.finishedAtMs ??= nowMs;
    if (type === 'DELETED') record.goneAtMs ??= nowMs;
  }

  #begin(pod: KubeObject): { -readonly [Field in keyof PodRecord]: PodRecord[Field] } | undefined {
    if (!this.#wanted(pod)) return undefined;
    if (this.#records.size >= MOST_RECORDS) {
      this.#unrecorded++;
      return undefined;
    }
    const record = {
      namespace: namespaceOf(pod),
      name: pod.metadata.name,
      uid: pod.metadata.uid,
      createdAtMs: this.#clock.now(),
      nodeName: undefined,
      boundAtMs: undefined,
      runningAtMs: undefined,
      finishedAtMs: undefined,
      goneAtMs: undefined,
    };
    this.#records.set(record.uid, record);
    return record;
  }
}

/** Percentiles by nearest rank: the smallest value that so many per cent of all do not exceed. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
