/**
 * What couples pods: who is where, counted by what selects them, for affinity, anti-affinity and topology spread.
 *
 * 1. A tally that someone asked for is kept current from then on, by events and trials alike; asking again costs a
 *    look-up. The pods that keep others away (required anti-affinity) are tallied from the start.
 * 2. Pods that selectors cannot tell apart are of one kind; what counts a pod is worked out once per kind.
 * 3. A new tally looks at kinds, not at pods, and only at those that have a label which it demands; a kind looks only at
 *    what came since it last looked, and demands a label that it has.
 * 4. Nodes enter before their pods and leave after them.
 */
import type { Labels, NodeFacts, PodAffinityTerm, PodFacts, Taint } from './facts.ts';
import type { KindCounters, KnownKind, PodKind, Repellent } from './pod-kinds.ts';
import { PodKinds } from './pod-kinds.ts';
import type { PodSelection } from './pod-selection.ts';
import { selectionKey, selectionOf, selects } from './pod-selection.ts';
import { sameJson } from './same-json.ts';
import { SelectorIndex } from './selector-index.ts';
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

export class Coupling {
  readonly #labelsOfNamespace: (name: string) => Labels | undefined;
  readonly #topologies: Topologies;
  readonly #kinds = new PodKinds((kind) => this.#newCounters(kind));
  readonly #tallies = new Map<string, Tally>();
  readonly #counters = new SelectorIndex<Counter>();
  readonly #repellents = new Map<string, Repellent>();
  readonly #repelling = new SelectorIndex<Repellent>();
  #epoch = 0;
  #lastKind: { readonly pod: PodFacts; readonly kind: KnownKind } | undefined;

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
    return this.#kindOf(pod);
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
    this.#seeRepellents(known);
    return known.repelledBy;
  }

  /** The tallies that count pods of the kind. */
  countersOf(kind: PodKind): readonly Tally[] {
    const known = this.#kinds.known(kind);
    this.#seeCounters(known);
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
    const kind = this.#kindOf(pod);
    this.#kinds.move(kind, slot, pods);
    this.#seeCounters(kind);
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

  #kindOf(pod: PodFacts): KnownKind {
    // While a place is looked for, one pod is asked about at every turn, and moved.
    if (this.#lastKind?.pod !== pod) this.#lastKind = { pod, kind: this.#kinds.of(pod) };
    return this.#lastKind.kind;
  }

  #newCounters(kind: PodKind): KindCounters {
    return {
      counters: [],
      repelledBy: [],
      own: this.#ownTallies(kind),
      epoch: this.#epoch,
      seen: { counter: 0, repellent: 0 },
    };
  }

  /** Looks at the tallies that the kind has not seen yet. */
  #seeCounters(kind: KnownKind): void {
    const { seen, counters } = kind;
    if (kind.epoch === this.#epoch && seen.counter === this.#counters.newest) return;
    this.#renew(kind);
    for (const counter of this.#counters.since(seen.counter, kind)) {
      if (this.#counts(counter, kind)) counters.push(counter.tally);
    }
    seen.counter = this.#counters.newest;
  }

  /** Looks at the repellents that the kind has not seen yet. */
  #seeRepellents(kind: KnownKind): void {
    const { seen, repelledBy } = kind;
    if (kind.epoch === this.#epoch && seen.repellent === this.#repelling.newest) return;
    this.#renew(kind);
    for (const repellent of this.#repelling.since(seen.repellent, kind)) {
      if (this.isSelected(kind, [repellent.selection])) repelledBy.push(repellent);
    }
    seen.repellent = this.#repelling.newest;
  }

  /** What the kind knows from before all was forgotten is not kept current any more. */
  #renew(kind: KnownKind): void {
    if (kind.epoch === this.#epoch) return;
    kind.epoch = this.#epoch;
    kind.counters.length = 0;
    kind.repelledBy.length = 0;
    kind.own = this.#ownTallies(kind);
    Object.assign(kind.seen, { counter: 0, repellent: 0 });
  }

  // ---- Tallies --------------------------------------------------------------------------------------------------

  #counts(request: TallyRequest, kind: PodKind): boolean {
    return (request.countsLeaving || !kind.leaving) && this.isSelected(kind, request.selections);
  }

  #count(request: TallyRequest): Tally {
    const topology = this.topology(request.topologyKey);
    const { among } = request;
    const tally = new Tally(topology, among === undefined ? undefined : this.#topologies.counted(topology, among));
    for (const kind of this.#kinds.suspects(request.selections)) {
      if (!this.#counts(request, kind)) continue;
      for (const [slot, pods] of kind.places) tally.add(slot, pods);
    }
    this.#counters.add(request.selections, { ...request, tally });
    return tally;
  }

  #ownTallies({ apart, namespace }: PodKind): Tally[] {
    return apart.map((term) => this.#repellent(term, namespace).tally);
  }

  #repellent(term: PodAffinityTerm, namespace: string): Repellent {
    const selection = selectionOf(term, namespace);
    const key = `${term.topologyKey}\n${selectionKey(selection)}`;
    let repellent = this.#repellents.get(key);
    if (repellent === undefined) {
      repellent = { selection, tally: new Tally(this.topology(term.topologyKey)) };
      this.#repellents.set(key, repellent);
      this.#repelling.add([selection], repellent);
    }
    return repellent;
  }

  /** Lets go of all that can be worked out anew. */
  #forget(): void {
    this.#epoch += 1;
    this.#tallies.clear();
    this.#topologies.forgetCounted();
    this.#counters.clear();
    this.#repelling.clear();
    for (const [key, repellent] of this.#repellents) {
      if (repellent.tally.total === 0) this.#repellents.delete(key);
      else this.#repelling.add([repellent.selection], repellent);
    }
  }
}

function requestKey({ topologyKey, selections, countsLeaving, among }: TallyRequest): string {
  // No part has a line break in it: JSON has none, nor has the name of a label.
  const selected = selections.map(selectionKey).toSorted();
  return [topologyKey, countsLeaving ? 'all' : 'staying', among?.key ?? '', ...selected].join('\n');
}
