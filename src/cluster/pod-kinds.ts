/**
 * Kinds of pods: pods that no selector tells apart are of one kind, so that what counts a pod is worked out once for all
 * of them. Each kind knows where its pods are.
 *
 * A kind lives as long as the labels that its pods share, which the door makes one object (facts.ts).
 */
import type { Labels, PodAffinityTerm, PodFacts } from './facts.ts';
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
  /** How far the lists of what may count it have been looked through. */
  readonly seen: { requests: number; anyRequests: number; repellents: number; anyRepellents: number };
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
  /** Those of which any pod is placed, by namespace. */
  readonly #placed = new Map<string, Set<KnownKind>>();

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
    const { places, namespace } = kind;
    const here = (places.get(slot) ?? 0) + pods;
    if (here === 0) {
      places.delete(slot);
      if (places.size === 0) this.#placed.get(namespace)?.delete(kind);
      return;
    }
    places.set(slot, here);
    if (pods === 1 && here === 1 && places.size === 1) this.#enter(kind);
  }

  /** The kinds that have pods somewhere, of one namespace or of all. */
  *placed(namespace?: string): Generator<KnownKind> {
    if (namespace !== undefined) yield* this.#placed.get(namespace) ?? [];
    else for (const kinds of this.#placed.values()) yield* kinds;
  }

  #enter(kind: KnownKind): void {
    const kinds = this.#placed.get(kind.namespace);
    if (kinds === undefined) this.#placed.set(kind.namespace, new Set([kind]));
    else kinds.add(kind);
  }

  #make(kind: PodKind): KnownKind {
    return { ...kind, ...this.#countersOf(kind), places: new Map<Slot, number>(), next: undefined };
  }
}

function sameTerms(a: readonly PodAffinityTerm[], b: readonly PodAffinityTerm[]): boolean {
  return a === b || (a.length === 0 && b.length === 0);
}
