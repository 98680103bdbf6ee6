/**
 * The kinds of pods that have any pod placed, found by what selects them: of those of a namespace only the ones with a
 * label that the selections demand.
 *
 * By which labels to look is learnt from the selections: the first that demands a label has the kinds sorted by it, and
 * from then on they are kept so.
 */
import type { LabelDemand, PodSelection, SelectablePod } from './pod-selection.ts';
import { labelDemands, onlyNamespace } from './pod-selection.ts';

export class PlacedKinds<K extends SelectablePod> {
  readonly #byNamespace = new Map<string, KindsByLabel<K>>();

  enter(kind: K): void {
    let kinds = this.#byNamespace.get(kind.namespace);
    if (kinds === undefined) this.#byNamespace.set(kind.namespace, (kinds = new KindsByLabel()));
    kinds.enter(kind);
  }

  leave(kind: K): void {
    this.#byNamespace.get(kind.namespace)?.leave(kind);
  }

  /** Those that may be selected by all of these, among them all that are. */
  *suspects(selections: readonly PodSelection[]): Generator<K> {
    const namespace = onlyNamespace(selections);
    const demands = labelDemands(selections);
    const all = namespace === undefined ? this.#byNamespace.values() : [this.#byNamespace.get(namespace)];
    for (const ofNamespace of all) for (const kinds of ofNamespace?.suspects(demands) ?? []) yield* kinds;
  }
}

/** The kinds of one namespace. */
class KindsByLabel<K extends SelectablePod> {
  readonly #all = new Set<K>();
  /** By key, as far as anybody has asked for it, then by value. */
  readonly #having = new Map<string, Map<string, Set<K>>>();

  enter(kind: K): void {
    this.#all.add(kind);
    for (const [key, byValue] of this.#having) sortIn(kind, key, byValue);
  }

  leave(kind: K): void {
    this.#all.delete(kind);
    for (const [key, byValue] of this.#having) sortOut(kind, key, byValue);
  }

  /** Those that have the rarest of the labels, by its values. */
  suspects(demands: readonly LabelDemand[]): readonly ReadonlySet<K>[] {
    let fewest: readonly ReadonlySet<K>[] = [this.#all];
    for (const demand of demands) {
      const these = this.#withLabel(demand);
      if (sizeOf(these) < sizeOf(fewest)) fewest = these;
    }
    return fewest;
  }

  #withLabel({ key, values }: LabelDemand): readonly ReadonlySet<K>[] {
    let byValue = this.#having.get(key);
    if (byValue === undefined) {
      this.#having.set(key, (byValue = new Map<string, Set<K>>()));
      for (const kind of this.#all) sortIn(kind, key, byValue);
    }
    const kinds: ReadonlySet<K>[] = [];
    for (const value of new Set(values)) {
      const having = byValue.get(value);
      if (having !== undefined) kinds.push(having);
    }
    return kinds;
  }
}

function sortIn<K extends SelectablePod>(kind: K, key: string, byValue: Map<string, Set<K>>): void {
  if (!Object.hasOwn(kind.labels, key)) return;
  const value = kind.labels[key] ?? '';
  const having = byValue.get(value);
  if (having === undefined) byValue.set(value, new Set([kind]));
  else having.add(kind);
}

function sortOut<K extends SelectablePod>(kind: K, key: string, byValue: Map<string, Set<K>>): void {
  if (!Object.hasOwn(kind.labels, key)) return;
  const value = kind.labels[key] ?? '';
  const having = byValue.get(value);
  having?.delete(kind);
  if (having?.size === 0) byValue.delete(value);
}

function sizeOf(sets: readonly ReadonlySet<unknown>[]): number {
  return sets.reduce((sum, { size }) => sum + size, 0);
}
