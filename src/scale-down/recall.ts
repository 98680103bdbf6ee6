/** Whether what a pass found for a node's pods still holds: they are the same pods, and there is room where they went. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { sameJson } from '../cluster/same-json.ts';
import type { Destinations } from './destinations.ts';
import type { Candidate } from './eligibility.ts';
import type { Ask, KeptPlaces, KeptPlacesByNode } from './kept-places.ts';
import { asksFor } from './kept-places.ts';
import type { Load } from './loads.ts';
import type { NodeIdentity } from './memory.ts';
import type { Movers } from './movers.ts';
import type { Whereabouts } from './parcels.ts';

export interface RecallParts {
  readonly cluster: Cluster;
  readonly destinations: Destinations;
  readonly movers: Movers;
  /** What the pass before has found. */
  readonly kept: KeptPlacesByNode;
}

/** The places of a node's pods, which have room for them. */
export interface Recalled {
  readonly kept: KeptPlaces;
  readonly places: readonly RecalledPlace[];
}

export interface RecalledPlace {
  readonly at: Slot;
  readonly ask: Ask;
}

export class Recall {
  readonly #cluster: Cluster;
  readonly #destinations: Destinations;
  readonly #movers: Movers;
  readonly #kept: KeptPlacesByNode;

  constructor({ cluster, destinations, movers, kept }: RecallParts) {
    this.#cluster = cluster;
    this.#destinations = destinations;
    this.#movers = movers;
    this.#kept = kept;
  }

  /** Whether the node is empty, or its pods are those for which places were found. */
  knows({ node, pods }: Candidate): boolean {
    if (pods.kind === 'blocked') return false;
    return pods.loads.length === 0 || this.#asks(node, pods.loads) !== undefined;
  }

  /** `undefined`: its pods are others now, others have a say about them, or they do not all fit where they were put. */
  of({ node }: Candidate, loads: readonly Load[]): Recalled | undefined {
    const kept = this.#kept.get(node.name);
    const asks = this.#asks(node, loads);
    const isPlain = this.#movers.allPlain || loads.every(({ variant }) => this.#movers.isPlain(variant));
    if (kept === undefined || asks === undefined || !isPlain) return undefined;
    const places: RecalledPlace[] = [];
    for (const ask of asks) {
      const at = this.#slotOf(ask);
      if (at === undefined || !this.#hasRoom(at, ask)) return undefined;
      places.push({ at, ask });
    }
    return { kept, places };
  }

  /**
   * Where each of the node's pods was put, load after load in the order of names, whether or not there is room now;
   * nowhere: its pods are others now, or it is not known of all.
   */
  whereabouts({ node }: Candidate, loads: readonly Load[]): Whereabouts {
    const slots: (Slot | undefined)[] = [];
    for (const ask of this.#asks(node, loads) ?? []) {
      const at = this.#slotOf(ask);
      for (const { first, start, end } of ask.parts) {
        for (let index = first; index < first + end - start; index += 1) slots[index] = at;
      }
    }
    return slots;
  }

  /** What the pass before has found for the node. */
  keptOf({ node }: Candidate): KeptPlaces | undefined {
    return this.#kept.get(node.name);
  }

  /** The places, or what was kept where that says the same. */
  unlessKept({ name }: NodeIdentity, places: KeptPlaces): KeptPlaces {
    const kept = this.#kept.get(name);
    return kept !== undefined && sameJson(kept, places) ? kept : places;
  }

  /** `places`, or what was kept where that says the same. */
  keeping(places: KeptPlacesByNode): KeptPlacesByNode {
    const isSame = places.size === this.#kept.size && [...places].every(([name, one]) => this.#kept.get(name) === one);
    return isSame ? this.#kept : places;
  }

  #asks({ name, uid }: NodeIdentity, loads: readonly Load[]): readonly Ask[] | undefined {
    const kept = this.#kept.get(name);
    return kept === undefined || kept.uid !== uid ? undefined : asksFor(kept, loads);
  }

  /** The node, as long as it is the same. */
  #slotOf({ node: { name, uid }, last }: Ask): Slot | undefined {
    if (last !== undefined && this.#cluster.isStill(last.slot, last.facts)) return last.slot;
    const slot = this.#cluster.slotOf(name);
    return slot !== undefined && this.#cluster.node(slot).uid === uid ? slot : undefined;
  }

  #hasRoom(slot: Slot, ask: Ask): boolean {
    if (!this.#destinations.hasRoom(slot, ask.demands)) return false;
    const facts = this.#cluster.node(slot);
    if (ask.last?.facts === facts) return true;
    if (!this.#destinations.admits(slot, ask.shapes)) return false;
    ask.last = { slot, facts };
    return true;
  }
}
