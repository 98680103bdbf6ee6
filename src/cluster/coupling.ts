/**
 * What couples pods: who is where, counted by what selects them, for affinity, anti-affinity and topology spread.
 *
 * 1. A tally that someone asked for is kept current from then on, by events and trials alike; asking again costs a
 *    look-up. The pods that keep others away (required anti-affinity) are tallied from the start.
 * 2. Pods that selectors cannot tell apart are of one kind; what counts a pod is worked out once per kind.
 * 3. A new tally looks at kinds, not at pods, and only at those of its namespaces.
 * 4. Nodes enter before their pods and leave after them.
 */
import type { Labels, NodeFacts, PodAffinityTerm, PodFacts, Taint } from './facts.ts';
import type { KindCounters, KnownKind, PodKind, Repellent } from './pod-kinds.ts';
import { PodKinds } from './pod-kinds.ts';
import type { PodSelection } from './pod-selection.ts';
import { selectionKey, selectionOf, selects } from './pod-selection.ts';
import { sameJson } from './same-json.ts';
import { Tally } from './tally.ts';
import type { SomeNodes } from './topologies.ts';
import { Topologies } from './topologies.ts';
import type { Topology } from './topology.ts';

export type { PodKind, Repellent } from './pod-kinds.ts';

type Slot = number;

/** A bound on what is kept for pods that may be long gone. Past it all is forgotten, to be asked for anew. */
const MOST_TALLIES = 16_384;

/** What is to be counted. */
export interface TallyRequest {
  readonly topologyKey: string;
  /** A pod counts when all of these select it. */
  readonly selections: readonly PodSelection[];
  readonly countsLeaving: boolean;
  /** Only the pods of these nodes count. */
  readonly among?: SomeNodes;
}

interface Counter extends TallyRequest {
  readonly tally: Tally;
}

/** Lists by namespace; '' holds those that look further than at names. */
type ByNamespace<T> = Map<string, T[]>;
const ANY_NAMESPACE = '';

export class Coupling {
  readonly #labelsOfNamespace: (name: string) => Labels | undefined;
  readonly #topologies: Topologies;
  readonly #kinds = new PodKinds((kind) => this.#newCounters(kind));
  readonly #tallies = new Map<string, Tally>();
  #counters: ByNamespace<Counter> = new Map();
  readonly #repellents = new Map<string, Repellent>();
  readonly #repellentsFor: ByNamespace<Repellent> = new Map();
  #epoch = 0;

  constructor(nodeAt: (slot: Slot) => NodeFacts, labelsOfNamespace: (name: string) => Labels | undefined) {
    this.#topologies = new Topologies((slot) => nodeAt(slot).labels);
    this.#labelsOfNamespace = labelsOfNamespace;
  }

  // ---- Questions ------------------------------------------------------------------------------------------------

  /** Changes when tallies that were handed out are no longer kept current. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The same object for pods that no selector tells apart, for as long as their labels are the same object. */
  kindOf(pod: PodFacts): PodKind {
    return this.#kinds.of(pod);
  }

  /** How many pods of the kind each domain holds; kept current from now on. */
  tally(request: TallyRequest): Tally {
    const key = requestKey(request);
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = this.#count(request);
      this.#tallies.set(key, tally);
    }
    return tally;
  }

  /** The anti-affinity of placed pods that selects the kind. Some of it may have no pod (any more). */
  repelling(kind: PodKind): readonly Repellent[] {
    const known = this.#kinds.known(kind);
    this.#catchUp(known);
    return known.repelledBy;
  }

  /** The tallies that count pods of the kind. */
  countersOf(kind: PodKind): readonly Tally[] {
    const known = this.#kinds.known(kind);
    this.#catchUp(known);
    return known.counters;
  }

  /** Whether there is none; some may be left of which no pod is placed any more. */
  get isWithoutRepellents(): boolean {
    return this.#repellents.size === 0;
  }

  /** All anti-affinity of placed pods. */
  repellents(): IterableIterator<Repellent> {
    return this.#repellents.values();
  }

  /** Whether a pod of the kind is selected by all of these. */
  isSelected(kind: PodKind, selections: readonly PodSelection[]): boolean {
    const namespaceLabels = this.namespaceLabels(kind.namespace);
    return selections.every((selection) => selects(selection, kind, namespaceLabels));
  }

  /** A namespace that is not known has at least the label that the API server gives it. */
  namespaceLabels(name: string): Labels {
    return this.#labelsOfNamespace(name) ?? { 'kubernetes.io/metadata.name': name };
  }

  topology(key: string): Topology {
    return this.#topologies.of(key);
  }

  // ---- Keeping it current ---------------------------------------------------------------------------------------

  enterNode(slot: Slot): void {
    this.#topologies.enterNode(slot);
  }

  leaveNode(slot: Slot): void {
    this.#topologies.leaveNode(slot);
  }

  /** Spread constraints count the node as if it had the taint. */
  taintNode(slot: Slot, taint: Taint): void {
    this.#topologies.taintNode(slot, taint);
  }

  untaintNode(slot: Slot): void {
    this.#topologies.untaintNode(slot);
  }

  /** A pod comes to a node (1) or leaves it (-1). */
  change(pod: PodFacts, slot: Slot, pods: 1 | -1): void {
    const kind = this.#kinds.of(pod);
    this.#kinds.move(kind, slot, pods);
    if (this.#tallies.size > 0 || kind.epoch !== this.#epoch) this.#catchUp(kind);
    for (const tally of kind.counters) tally.add(slot, pods);
    for (const tally of kind.own) tally.add(slot, pods);
  }

  /** Where the namespace has other labels after the change, which pods are selected is worked out anew. */
  changeNamespace(name: string, change: () => void): void {
    const before = this.namespaceLabels(name);
    change();
    if (!sameJson(before, this.namespaceLabels(name))) this.#forget();
  }

  /** Forgets what has become too much. Outside trials only. */
  tidy(): void {
    if (this.#tallies.size + this.#repellents.size > MOST_TALLIES) this.#forget();
  }

  // ---- Kinds ----------------------------------------------------------------------------------------------------

  #newCounters(kind: PodKind): KindCounters {
    return {
      counters: [],
      repelledBy: [],
      own: this.#ownTallies(kind),
      epoch: this.#epoch,
      seen: { requests: 0, anyRequests: 0, repellents: 0, anyRepellents: 0 },
    };
  }

  /** Looks through the tallies and repellents that the kind has not seen yet. */
  #catchUp(kind: KnownKind): void {
    const { seen, namespace } = kind;
    if (kind.epoch !== this.#epoch) {
      kind.epoch = this.#epoch;
      kind.counters.length = 0;
      kind.repelledBy.length = 0;
      kind.own = this.#ownTallies(kind);
      Object.assign(seen, { requests: 0, anyRequests: 0, repellents: 0, anyRepellents: 0 });
    }
    seen.requests = this.#seeCounters(kind, this.#counters.get(namespace), seen.requests);
    seen.anyRequests = this.#seeCounters(kind, this.#counters.get(ANY_NAMESPACE), seen.anyRequests);
    seen.repellents = this.#seeRepellents(kind, this.#repellentsFor.get(namespace), seen.repellents);
    seen.anyRepellents = this.#seeRepellents(kind, this.#repellentsFor.get(ANY_NAMESPACE), seen.anyRepellents);
  }

  #seeCounters(kind: KnownKind, counters: readonly Counter[] | undefined, from: number): number {
    if (counters === undefined) return from;
    for (let index = from; index < counters.length; index += 1) {
      const counter = counters[index];
      if (counter !== undefined && this.#counts(counter, kind)) kind.counters.push(counter.tally);
    }
    return counters.length;
  }

  #seeRepellents(kind: KnownKind, repellents: readonly Repellent[] | undefined, from: number): number {
    if (repellents === undefined) return from;
    for (let index = from; index < repellents.length; index += 1) {
      const repellent = repellents[index];
      if (repellent !== undefined && this.isSelected(kind, [repellent.selection])) kind.repelledBy.push(repellent);
    }
    return repellents.length;
  }

  // ---- Tallies --------------------------------------------------------------------------------------------------

  #counts(request: TallyRequest, kind: PodKind): boolean {
    return (request.countsLeaving || !kind.leaving) && this.isSelected(kind, request.selections);
  }

  #count(request: TallyRequest): Tally {
    const topology = this.topology(request.topologyKey);
    const { among } = request;
    const tally = new Tally(topology, among === undefined ? undefined : this.#topologies.counted(topology, among));
    const namespace = onlyNamespace(request.selections);
    for (const kind of this.#kinds.placed(namespace === ANY_NAMESPACE ? undefined : namespace)) {
      if (!this.#counts(request, kind)) continue;
      for (const [slot, pods] of kind.places) tally.add(slot, pods);
    }
    entry(this.#counters, namespace, newArray<Counter>).push({ ...request, tally });
    return tally;
  }

  #ownTallies({ apart, namespace }: PodKind): Tally[] {
    return apart.map((term) => this.#repellent(term, namespace).tally);
  }

  #repellent(term: PodAffinityTerm, namespace: string): Repellent {
    const selection = selectionOf(term, namespace);
    return entry(this.#repellents, `${term.topologyKey}\n${selectionKey(selection)}`, () => {
      const repellent = { selection, tally: new Tally(this.topology(term.topologyKey)) };
      this.#list(repellent);
      return repellent;
    });
  }

  #list(repellent: Repellent): void {
    entry(this.#repellentsFor, onlyNamespace([repellent.selection]), newArray<Repellent>).push(repellent);
  }

  /** Lets go of all that can be worked out anew. */
  #forget(): void {
    this.#epoch += 1;
    this.#tallies.clear();
    this.#topologies.forgetCounted();
    this.#counters = new Map();
    this.#repellentsFor.clear();
    for (const [key, repellent] of this.#repellents) {
      if (repellent.tally.total === 0) this.#repellents.delete(key);
      else this.#list(repellent);
    }
  }
}

/** The one namespace that all pods selected by these are in, if it is known to be one. */
function onlyNamespace(selections: readonly PodSelection[]): string {
  for (const { namespaces, namespaceSelector } of selections) {
    const [only] = namespaces;
    if (namespaceSelector === undefined && namespaces.length === 1 && only !== undefined) return only;
  }
  return ANY_NAMESPACE;
}

function requestKey({ topologyKey, selections, countsLeaving, among }: TallyRequest): string {
  const selected = selections.map(selectionKey).toSorted();
  return JSON.stringify([topologyKey, selected, countsLeaving, among?.key ?? '']);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function newArray<T>(): T[] {
  return [];
}
