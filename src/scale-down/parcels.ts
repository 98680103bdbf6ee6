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
import type { RecalledPlace } from './recall.ts';

export type Parcel = number;

/** Parcels from the first up to the one before `end`. */
export interface ParcelRange {
  readonly first: Parcel;
  readonly end: Parcel;
}

/** Where each pod of a node was put last, load after load in the order of names; nothing: it is not known. */
export type Whereabouts = readonly (Slot | undefined)[];

export interface Move {
  readonly pod: string;
  readonly to: string;
}

/** All parcels of one node: listed, or where they were in the pass before. */
export type OwnParcels = ParcelRange | Bundle;

/** What is where it was in the pass before: its parcels are listed once somebody asks for them, which is seldom. */
export interface Bundle {
  readonly loads: readonly Load[];
  readonly places: readonly RecalledPlace[];
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

  /** The parts of bundles, in the order in which they came: of which it is one, and which came to the node before it. */
  readonly #bundles: Bundle[] = [];
  readonly #places: RecalledPlace[] = [];
  readonly #lastBundledAt: (number | undefined)[] = [];
  readonly #previousBundled: (number | undefined)[] = [];
  readonly #listed = new Map<Bundle, ParcelRange>();

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

  /** Puts the pods of these loads where they were. */
  bundle(loads: readonly Load[], places: readonly RecalledPlace[]): Bundle {
    const bundle = { loads, places };
    for (const place of places) {
      this.#previousBundled.push(this.#lastBundledAt[place.at]);
      this.#lastBundledAt[place.at] = this.#bundles.length;
      this.#bundles.push(bundle);
      this.#places.push(place);
    }
    return bundle;
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

  /** Of what other nodes' removals have put here, what is hardest to place. */
  hardestAt(slot: Slot): Load | undefined {
    let hardest: Load | undefined;
    for (let part = this.#lastBundledAt[slot]; part !== undefined; part = this.#previousBundled[part]) {
      hardest = harder(this.#hardestOf(part), hardest);
    }
    for (let parcel = this.#lastAt[slot]; parcel !== undefined; parcel = this.#previous[parcel]) {
      hardest = harder(hardest, this.load(parcel));
    }
    return hardest;
  }

  /** What other nodes' removals have put here, the hardest to place first. */
  at(slot: Slot): readonly Parcel[] {
    for (const bundle of this.#unlistedAt(slot)) this.#list(bundle);
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

  /** Whether any of these was put on. */
  areSentOn(own: OwnParcels): boolean {
    const listed = 'places' in own ? this.#listed.get(own) : own;
    if (listed === undefined || this.#parts.size === 0) return false;
    const { first, end } = listed;
    for (let parcel = first; parcel < end; parcel += 1) if (this.#parts.has(parcel)) return true;
    return false;
  }

  /** Whether that is where a node's own pods were put: it is known of all of them, or of none. */
  areAt({ first, end }: ParcelRange, whereabouts: Whereabouts): boolean {
    let pod = 0;
    for (let parcel = first; parcel < end; parcel += 1) {
      for (let index = this.start(parcel); index < this.end(parcel); index += 1) {
        if (whereabouts[pod] !== this.#slots[parcel]) return false;
        pod += 1;
      }
    }
    return true;
  }

  /** Where the pods of these parcels are in the end. */
  forEachPlaced(own: OwnParcels, tell: (load: Load, start: number, end: number, slot: Slot) => void): void {
    const { first, end } = this.#list(own);
    for (let parcel = first; parcel < end; parcel += 1) {
      const parts = this.#parts.get(parcel);
      if (parts === undefined) tell(this.load(parcel), this.start(parcel), this.end(parcel), this.#slots[parcel] ?? -1);
      else this.forEachPlaced(parts, tell);
    }
  }

  /** Where each pod of these parcels is, in the order of `namespace/name`. */
  moves(own: OwnParcels): readonly Move[] {
    const { first, end } = this.#list(own);
    const moves: Move[] = [];
    let pods: readonly PodFacts[] = [];
    let loads = 0;
    for (let parcel = first; parcel < end; parcel += 1) {
      if (parcel === first || this.load(parcel) !== this.load(parcel - 1)) {
        pods = inOrder(this.load(parcel));
        loads += 1;
      }
      this.#tell(parcel, pods, moves);
    }
    // The pods of one load are in order already.
    return loads < 2 ? moves : moves.toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
  }

  /** The loads of a node are in order, the hardest first. */
  #hardestOf(part: number): Load | undefined {
    const parts = this.#places[part]?.ask.parts ?? [];
    const first = parts.reduce((least, { load }) => Math.min(least, load), Infinity);
    return this.#bundles[part]?.loads[first];
  }

  #unlistedAt(slot: Slot): readonly Bundle[] {
    const unlisted: Bundle[] = [];
    for (let part = this.#lastBundledAt[slot]; part !== undefined; part = this.#previousBundled[part]) {
      const bundle = this.#bundles[part];
      if (bundle !== undefined && !this.#listed.has(bundle)) unlisted.push(bundle);
    }
    return unlisted.toReversed();
  }

  #list(own: OwnParcels): ParcelRange {
    if (!('places' in own)) return own;
    let listed = this.#listed.get(own);
    if (listed === undefined) {
      listed = this.#open(own);
      this.#listed.set(own, listed);
    }
    return listed;
  }

  #open({ loads, places }: Bundle): ParcelRange {
    const first = this.next;
    for (const { at, ask } of places) {
      for (const { load, start, end } of ask.parts) {
        const own = loads[load];
        if (own !== undefined) this.put(own, start, end, at);
      }
    }
    const range = { first, end: this.next };
    this.arrive(range);
    return range;
  }

  #tell(parcel: Parcel, pods: readonly PodFacts[], moves: Move[]): void {
    const parts = this.#parts.get(parcel);
    if (parts !== undefined) {
      for (let part = parts.first; part < parts.end; part += 1) this.#tell(part, pods, moves);
      return;
    }
    const to = this.#cluster.node(this.#slots[parcel] ?? -1).name;
    for (let index = this.start(parcel); index < this.end(parcel); index += 1) {
      const pod = pods[index];
      if (pod !== undefined) moves.push({ pod: podKey(pod), to });
    }
  }
}

/** Of two loads the one whose pods take more of a node; of alike ones the first. */
function harder(a: Load | undefined, b: Load | undefined): Load | undefined {
  return a === undefined || (b !== undefined && b.share > a.share) ? b : a;
}
