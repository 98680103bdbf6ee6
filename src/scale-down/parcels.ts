/**
 * Where moved pods are: a parcel is a part of a load that was put on one node. When that node is removed as well, its
 * parcels are put on, in parts.
 *
 * There are many, so a parcel is a number, and what is known of it stands in lists.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { Load } from './loads.ts';
import { inOrder } from './loads.ts';

export type Parcel = number;

/** Parcels from the first up to the one before `end`. */
export interface ParcelRange {
  readonly first: Parcel;
  readonly end: Parcel;
}

export interface Move {
  readonly pod: string;
  readonly to: string;
}

export class Parcels {
  readonly #cluster: Cluster;
  readonly #loads: Load[] = [];
  /** Which pods of the load, in the order of names: from the `start`-th up to the `end`-th. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #slots: Slot[] = [];
  /** What became of those whose node was removed. */
  readonly #parts = new Map<Parcel, ParcelRange>();
  /** The parcels at each node, the last to arrive first. */
  readonly #lastAt: (Parcel | undefined)[] = [];
  readonly #previous: (Parcel | undefined)[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The next parcel that is put somewhere. */
  get next(): Parcel {
    return this.#loads.length;
  }

  put(load: Load, start: number, end: number, slot: Slot): void {
    this.#loads.push(load);
    this.#starts.push(start);
    this.#ends.push(end);
    this.#slots.push(slot);
  }

  /** Takes back all that was put since; these are where they were. */
  forget(next: Parcel, sentOn: readonly Parcel[]): void {
    for (const parcel of sentOn) this.#parts.delete(parcel);
    for (const list of [this.#loads, this.#starts, this.#ends, this.#slots]) list.length = next;
  }

  /** These stay where they were put. */
  arrive({ first, end }: ParcelRange): void {
    for (let parcel = first; parcel < end; parcel += 1) {
      const slot = this.#slots[parcel] ?? -1;
      this.#previous[parcel] = this.#lastAt[slot];
      this.#lastAt[slot] = parcel;
    }
  }

  /** The parcel was put on. */
  sentOn(parcel: Parcel, parts: ParcelRange): void {
    this.#parts.set(parcel, parts);
  }

  /** What other nodes' removals have put here, the hardest to place first. */
  at(slot: Slot): readonly Parcel[] {
    const parcels: Parcel[] = [];
    for (let parcel = this.#lastAt[slot]; parcel !== undefined; parcel = this.#previous[parcel]) parcels.push(parcel);
    return parcels.toSorted((a, b) => this.load(b).share - this.load(a).share || a - b);
  }

  load(parcel: Parcel): Load {
    const load = this.#loads[parcel];
    if (load === undefined) throw new RangeError(`there is no parcel ${parcel}`);
    return load;
  }

  start(parcel: Parcel): number {
    return this.#starts[parcel] ?? 0;
  }

  end(parcel: Parcel): number {
    return this.#ends[parcel] ?? 0;
  }

  /** Where each pod of these parcels is, in the order of `namespace/name`. */
  moves({ first, end }: ParcelRange): readonly Move[] {
    const moves: Move[] = [];
    let pods: readonly PodFacts[] = [];
    let loads = 0;
    for (let parcel = first; parcel < end; parcel += 1) {
      if (parcel === first || this.load(parcel) !== this.load(parcel - 1)) {
        pods = inOrder(this.load(parcel));
        loads += 1;
      }
      this.#list(parcel, pods, moves);
    }
    // The pods of one load are in order already.
    return loads < 2 ? moves : moves.toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
  }

  #list(parcel: Parcel, pods: readonly PodFacts[], moves: Move[]): void {
    const parts = this.#parts.get(parcel);
    if (parts !== undefined) {
      for (let part = parts.first; part < parts.end; part += 1) this.#list(part, pods, moves);
      return;
    }
    const to = this.#cluster.node(this.#slots[parcel] ?? -1).name;
    for (let index = this.start(parcel); index < this.end(parcel); index += 1) {
      const pod = pods[index];
      if (pod !== undefined) moves.push({ pod: podKey(pod), to });
    }
  }
}
