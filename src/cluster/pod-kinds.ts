/**
 * Kinds of pods: pods that no selector tells apart are of one kind, so that what counts a pod is worked out once for all
 * of them. Each kind knows where its pods are.
 *
 * A kind lives as long as the labels that its pods share, which the door makes one object (facts.ts).
 */
import type { Labels, PodAffinityTerm, PodFacts } from './facts.ts';
import { PlacedKinds } from './placed-kinds.ts';
import type { PodSelection } from './pod-selection.ts';
import type { Tally } from './tally.ts';

type Slot = number;

/** Pods that no selector tells apart. */
export interface PodKind {
  readonly namespace: string;
  readonly labels: Labels;
  /** Being deleted: topology spread does not count it. */
  readonly leaving: boolean;
  /** The anti-affinity by which it keeps others away. */
  readonly apart: readonly PodAffinityTerm[];
}

/** Placed pods with one anti-affinity term: they keep what it selects off their domains. */
export interface Repellent {
  readonly selection: PodSelection;
  readonly tally: Tally;
}

/** What counts a kind. */
export interface KindCounters {
  readonly counters: Tally[];
  readonly repelledBy: Repellent[];
  /** The tallies of its own anti-affinity. */
  own: readonly Tally[];
  epoch: number;
  /** The newest of those that have been looked at for it. */
  readonly seen: { counter: number; repellent: number };
}

/** A kind with what is known of it. */
export interface KnownKind extends PodKind, KindCounters {
  /** Pods by slot. */
  readonly places: Map<Slot, number>;
  /** Another kind with the same labels. */
  next: KnownKind | undefined;
}

export class PodKinds {
  readonly #countersOf: (kind: PodKind) => KindCounters;
  readonly #byLabels = new WeakMap<Labels, KnownKind>();
  readonly #placed = new PlacedKinds<KnownKind>();

  /** `countersOf` begins to count a kind that was not known before. */
  constructor(countersOf: (kind: PodKind) => KindCounters) {
    this.#countersOf = countersOf;
  }

  of({ labels, namespace, deletion, spec }: PodFacts): KnownKind {
    const apart = spec.requiredPodAntiAffinity;
    const leaving = deletion !== undefined;
    const first = this.#byLabels.get(labels);
    for (let kind = first; kind !== undefined; kind = kind.next) {
      if (kind.namespace === namespace && kind.leaving === leaving && sameTerms(kind.apart, apart)) return kind;
    }
    const made = this.#make({ namespace, labels, leaving, apart });
    if (first === undefined) {
      this.#byLabels.set(labels, made);
    } else {
      made.next = first.next;
      first.next = made;
    }
    return made;
  }

  /** The kind, which was handed out by {@link of}, with what is known of it. */
  known(kind: PodKind): KnownKind {
    for (let known = this.#byLabels.get(kind.labels); known !== undefined; known = known.next) {
      if (known === kind) return known;
    }
    return this.#make(kind);
  }

  /** Pods of the kind come to a node or leave it. */
  move(kind: KnownKind, slot: Slot, pods: 1 | -1): void {
    const { places } = kind;
    const here = (places.get(slot) ?? 0) + pods;
    if (here === 0) {
      places.delete(slot);
      if (places.size === 0) this.#placed.leave(kind);
      return;
    }
    places.set(slot, here);
    if (pods === 1 && here === 1 && places.size === 1) this.#placed.enter(kind);
  }

  /** The kinds that have pods somewhere and may be selected by all of these, among them all that are. */
  suspects(selections: readonly PodSelection[]): Iterable<KnownKind> {
    return this.#placed.suspects(selections);
  }

  #make(kind: PodKind): KnownKind {
    return { ...kind, ...this.#countersOf(kind), places: new Map<Slot, number>(), next: undefined };
  }
}

function sameTerms(a: readonly PodAffinityTerm[], b: readonly PodAffinityTerm[]): boolean {
  return a === b || (a.length === 0 && b.length === 0);
}
