/** Moves pods in a removal simulation: off their node, and on to the first that takes them, or to where they were put last. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { Destinations } from './destinations.ts';
import type { Load } from './loads.ts';
import { firstPod, inOrder } from './loads.ts';
import type { Movers } from './movers.ts';
import type { Parcel, Parcels, Whereabouts } from './parcels.ts';

/** The first pod that finds no place. */
export interface Homeless {
  readonly load: Load;
  readonly pod: PodFacts;
}

export class Relocation {
  readonly #cluster: Cluster;
  readonly #destinations: Destinations;
  readonly #movers: Movers;
  readonly #parcels: Parcels;

  constructor(cluster: Cluster, destinations: Destinations, movers: Movers, parcels: Parcels) {
    this.#cluster = cluster;
    this.#destinations = destinations;
    this.#movers = movers;
    this.#parcels = parcels;
  }

  /** Takes pods that others have a say about off the node: only so do they no longer count there. */
  lift(loads: readonly Load[], received: readonly Parcel[], slot: Slot): void {
    if (this.#movers.allPlain) return;
    const lifted: PodFacts[] = [];
    for (const load of loads) if (!this.#movers.isPlain(load.variant)) lifted.push(...load.pods);
    for (const parcel of received) {
      const load = this.#parcels.load(parcel);
      if (this.#movers.isPlain(load.variant)) continue;
      lifted.push(...inOrder(load).slice(this.#parcels.start(parcel), this.#parcels.end(parcel)));
    }
    this.#cluster.removeAll(lifted, slot);
  }

  /** Puts all pods of a node somewhere else. `before`: where each was put last, load after load. */
  sendAll(loads: readonly Load[], before: Whereabouts): Homeless | undefined {
    let first = 0;
    for (const load of loads) {
      const { length } = load.pods;
      const homeless = this.send(load, 0, length, before.length === 0 ? before : before.slice(first, first + length));
      if (homeless !== undefined) return homeless;
      first += length;
    }
    return undefined;
  }

  /** Puts what was put on a node on. */
  sendOnAll(received: readonly Parcel[]): Homeless | undefined {
    for (const parcel of received) {
      const first = this.#parcels.next;
      const { start, end } = { start: this.#parcels.start(parcel), end: this.#parcels.end(parcel) };
      const homeless = this.send(this.#parcels.load(parcel), start, end);
      if (homeless !== undefined) return homeless;
      this.#parcels.sentOn(parcel, { first, end: this.#parcels.next });
    }
    return undefined;
  }

  /** Puts these pods of the load, in the order of names, somewhere else. `before`: where each of the load was put last. */
  send(load: Load, start: number, end: number, before: Whereabouts = []): Homeless | undefined {
    let next = start;
    const put = (slot: Slot, pods: number): void => {
      this.#parcels.put(load, next, next + pods, slot);
      next += pods;
    };
    if (this.#movers.isPlain(load.variant)) {
      const { shape } = load.variant;
      for (const slot of before.length === 0 ? before : before.slice(start, end)) {
        if (slot === undefined || !this.#destinations.takeAlike(slot, shape)) break;
        put(slot, 1);
      }
      // A search for places for nobody would end at the end, and tell everybody else that there are none.
      const all = next === end || this.#destinations.placeAlike(shape, end - next, put);
      return all ? undefined : homelessOf(load, start);
    }
    for (const pod of inOrder(load).slice(start, end)) {
      const slot = this.#destinations.placeOne(pod, before[next]);
      if (slot === undefined) return { load, pod };
      put(slot, 1);
    }
    return undefined;
  }
}

/** Of alike pods it is the first in name. */
export function homelessOf(load: Load, start = 0): Homeless {
  const pod = start === 0 ? firstPod(load) : inOrder(load)[start];
  return { load, pod: pod ?? load.variant.example };
}
