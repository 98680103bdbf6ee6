/**
 * Tries out one removal after the other: every pod that would have to move is given a place elsewhere.
 *
 * 1. Cumulative: a removal that works stays in the trial, so that the next one finds the room that is left. For any part
 *    of the accepted removals there is room as well: pods that move on from a later candidate only free it. What spreads
 *    and affinity make of a part may differ: a pod that they concern may then have to go elsewhere than planned.
 * 2. A removal that does not work leaves the trial as it was. Why its pod found no place is said of how things stand in
 *    the end: of the nodes that stay.
 * 3. Pods of removals that are under way hold their places and budgets first, and move on like any others when the node
 *    that is to take them turns out to be removable as well.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import { podKey } from '../cluster/facts.ts';
import type { NodeReason } from '../explain/reasons.ts';
import type { Destinations } from './destinations.ts';
import type { DisruptionBudgets } from './disruption-budgets.ts';
import type { BlockingPod } from './drainability.ts';
import { refusedByBudget } from './drainability.ts';
import type { Candidate } from './eligibility.ts';
import type { KeptPlaces, KeptPlacesByNode } from './kept-places.ts';
import { keptPlaces } from './kept-places.ts';
import type { Load } from './loads.ts';
import { firstPod, NO_NODE } from './loads.ts';
import type { Move, OwnParcels, Parcel, ParcelRange } from './parcels.ts';
import { Parcels } from './parcels.ts';
import type { NodePods } from './node-pods.ts';
import type { RecallParts } from './recall.ts';
import { Recall } from './recall.ts';
import type { Homeless } from './relocation.ts';
import { homelessOf, Relocation } from './relocation.ts';
import { Rejections } from './rejections.ts';
import { hasNoSuccessor, isHere, successorOf } from './successors.ts';

/** A removal that the simulation accepted. */
export interface Accepted {
  readonly candidate: Candidate;
  /** No pod has to move. */
  readonly empty: boolean;
  /** Its budgets do not allow all its pods to go at once, so its drain may take long. */
  readonly risky: boolean;
  /** Where its pods went. */
  readonly parcels: OwnParcels;
  /** They are where the pass before put them. */
  readonly kept: KeptPlaces | undefined;
}

/** Why a removal does not work. */
interface Refusal {
  readonly reason: NodeReason;
  /** Worth remembering for a while; otherwise the next pass may well find it different. */
  readonly lasting: boolean;
}

export interface Refused extends Refusal {
  readonly candidate: Candidate;
}

export interface SimulationParts extends RecallParts {
  readonly budgets: DisruptionBudgets;
}

type MovablePods = Extract<NodePods, { kind: 'movable' }>;

export class RemovalSimulation {
  readonly #cluster: Cluster;
  readonly #destinations: Destinations;
  readonly #budgets: DisruptionBudgets;
  readonly #parcels: Parcels;
  readonly #relocation: Relocation;
  readonly #rejections: Rejections;
  readonly #refused: Refused[] = [];
  readonly #recall: Recall;

  constructor({ cluster, destinations, movers, budgets, kept }: SimulationParts) {
    this.#cluster = cluster;
    this.#destinations = destinations;
    this.#budgets = budgets;
    this.#recall = new Recall({ cluster, destinations, movers, kept });
    this.#parcels = new Parcels(cluster);
    this.#relocation = new Relocation(cluster, destinations, movers, this.#parcels);
    this.#rejections = new Rejections(destinations, movers);
  }

  /** Gives the pods of a node that is being emptied places and budgets, as far as there are any. */
  reserve(pods: NodePods, slot: Slot): void {
    if (pods.kind === 'blocked') return;
    // A pod that is being deleted has been evicted: its budget is spent.
    this.#budgets.take([...pods.evict, ...pods.expendable].filter(isHere));
    this.#destinations.begin(slot);
    for (const load of pods.loads) this.#expect({ ...load, pods: load.pods.filter(hasNoSuccessor) });
  }

  /** Gives the successors of pods that have left their nodes places, as far as there are any. */
  expect(loads: readonly Load[]): void {
    this.#destinations.begin(NO_NODE);
    for (const load of loads) this.#expect(load);
  }

  /** Whether nothing has to be looked for: the node is empty, or places are known from the pass before. */
  knows(candidate: Candidate): boolean {
    return this.#recall.knows(candidate);
  }

  /** Tries to remove one node; what works stays. `undefined`: it does not work. */
  remove(candidate: Candidate): Accepted | undefined {
    const tried = this.#attempt(candidate);
    if ('parcels' in tried) return tried;
    this.#refused.push({ candidate, ...tried });
    return undefined;
  }

  /** Where the simulation put the node's own pods. */
  moves({ parcels }: Accepted): readonly Move[] {
    return this.#parcels.moves(parcels);
  }

  /** Whether pods of removed nodes are there now. */
  isUsed(slot: Slot): boolean {
    return this.#parcels.hardestAt(slot) !== undefined;
  }

  /** For the pass after: where the pods of these nodes are in the end. What is as it was is the same object. */
  places(accepted: readonly Accepted[]): KeptPlacesByNode {
    const places = new Map<string, KeptPlaces>();
    for (const { candidate, kept, parcels: own } of accepted) {
      const { node, pods } = candidate;
      if (pods.kind === 'blocked' || pods.loads.length === 0) continue;
      const isAsBefore = kept !== undefined && !this.#parcels.areSentOn(own);
      const found = (): KeptPlaces => keptPlaces(this.#cluster, node, pods.loads, { parcels: this.#parcels, own });
      places.set(node.name, isAsBefore ? kept : this.#recall.unlessKept(node, found()));
    }
    return this.#recall.keeping(places);
  }

  /** All that was refused, once nothing more is to be removed. */
  refused(): readonly Refused[] {
    return this.#refused.map((refused) => ({ ...refused, reason: this.#rejections.complete(refused) }));
  }

  #attempt(candidate: Candidate): Accepted | Refusal {
    const { slot, pods } = candidate;
    if (pods.kind === 'blocked') return blockedBy(pods);
    const blocked = refusedByBudget(pods, this.#budgets);
    if (blocked !== undefined) return blockedBy(blocked);
    const burden = this.#parcels.hardestAt(slot);
    const before = burden === undefined ? this.#asBefore(candidate, pods) : undefined;
    if (before !== undefined) return before;
    if (burden !== undefined && !pods.loads.some(isPending) && this.#destinations.lackRoomFor(pods.loads, slot)) {
      return { reason: this.#neededFor(burden), lasting: false };
    }
    const received = this.#parcels.at(slot);
    const first = this.#parcels.next;
    const hopeless = this.#hopeless(pods.loads, received);
    if (hopeless !== undefined) return this.#withoutPlace(candidate, hopeless, received);
    const mark = this.#destinations.begin(slot);
    this.#relocation.lift(pods.loads, received, slot);
    this.#destinations.drain(slot);
    const whereabouts = burden === undefined ? this.#recall.whereabouts(candidate, pods.loads) : [];
    const homeless = this.#relocation.sendAll(pods.loads, whereabouts);
    const own: ParcelRange = { first, end: this.#parcels.next };
    const stranded = homeless ?? this.#relocation.sendOnAll(received);
    if (stranded !== undefined) {
      this.#destinations.rollback(mark);
      this.#parcels.forget(first, received);
      return this.#withoutPlace(candidate, stranded, received);
    }
    this.#parcels.arrive({ first, end: this.#parcels.next });
    const kept = this.#parcels.areAt(own, whereabouts) ? this.#recall.keptOf(candidate) : undefined;
    return this.#accept(candidate, pods, own, kept);
  }

  /** Puts the pods where they were put in the pass before, where that has room. */
  #asBefore(candidate: Candidate, pods: MovablePods): Accepted | undefined {
    const recalled = this.#recall.of(candidate, pods.loads);
    if (recalled === undefined) return undefined;
    this.#destinations.begin(candidate.slot);
    this.#destinations.drain(candidate.slot);
    for (const { at, ask } of recalled.places) this.#destinations.keep(at, ask);
    return this.#accept(candidate, pods, this.#parcels.bundle(pods.loads, recalled.places), recalled.kept);
  }

  /** Gives the successors of the load's pods places, as far as there are any: nodes that then cannot go as well. */
  #expect(load: Load): void {
    const pods = load.pods.map(successorOf);
    // A search for places for nobody would end at the end, and tell everybody else that there are none.
    if (pods.length === 0) return;
    const first = this.#parcels.next;
    this.#relocation.send({ ...load, pods }, 0, pods.length);
    this.#parcels.arrive({ first, end: this.#parcels.next });
  }

  #accept(candidate: Candidate, pods: MovablePods, parcels: OwnParcels, kept?: KeptPlaces): Accepted {
    this.#destinations.close(candidate.slot);
    const risky = !this.#budgets.allowTogether(pods.evict) || !this.#budgets.allowTogether(pods.expendable);
    this.#budgets.take(pods.evict);
    this.#budgets.take(pods.expendable);
    return { candidate, empty: pods.evict.length === 0, risky, parcels, kept };
  }

  /** The first load of which it is known that no destination takes it. */
  #hopeless(loads: readonly Load[], received: readonly Parcel[]): Homeless | undefined {
    for (const load of loads) if (this.#destinations.isExhausted(load)) return homelessOf(load);
    for (const parcel of received) {
      const load = this.#parcels.load(parcel);
      if (this.#destinations.isExhausted(load)) return homelessOf(load, this.#parcels.start(parcel));
    }
    return undefined;
  }

  #withoutPlace(candidate: Candidate, { load, pod }: Homeless, received: readonly Parcel[]): Refusal {
    // What an earlier removal put here may have taken the last place there was.
    const [parcel] = received;
    if (parcel !== undefined && pod.nodeName !== '') {
      return { reason: this.#neededFor(this.#parcels.load(parcel)), lasting: false };
    }
    this.#rejections.ask(candidate, load.variant, pod);
    const name = podKey(pod);
    return pod.nodeName === ''
      ? { reason: { code: 'NeededByPendingPod', pod: name, rejections: [] }, lasting: false }
      : { reason: { code: 'NoPlaceToMovePods', pod: name, rejections: [] }, lasting: true };
  }

  #neededFor(load: Load): NodeReason {
    return load.from === NO_NODE
      ? { code: 'NeededByPendingPod', pod: podKey(firstPod(load) ?? load.variant.example), rejections: [] }
      : { code: 'ReceivesMovedPods', from: this.#cluster.node(load.from).name };
  }
}

function isPending({ variant }: Load): boolean {
  return variant.example.nodeName === '';
}

function blockedBy({ pod, reason, detail }: BlockingPod): Refusal {
  return { reason: { code: 'BlockedByPod', pod: podKey(pod), blocking: reason, detail }, lasting: true };
}
