/**
 * What selects pods, found by the pod: of many selections only those are asked about it that may select it.
 *
 * 1. Most selections demand a label with one value, or one of a few, and are kept under these: the rarest, where they
 *    demand several labels.
 * 2. All have numbers in the order in which they came: whoever has seen those up to one sees the rest at little cost.
 */
import type { LabelDemand, PodSelection, SelectablePod } from './pod-selection.ts';
import { labelDemands, onlyNamespace } from './pod-selection.ts';

/** Whatever selects by the selections that it was added with. */
interface Entry<T> {
  readonly number: number;
  readonly item: T;
}

export class SelectorIndex<T> {
  readonly #byNamespace = new Map<string, EntriesByLabel<T>>();
  /** Those that look further than at the name of one namespace. */
  #ofAnyNamespace = new EntriesByLabel<T>();
  #newest = 0;

  /** The number of what came last. */
  get newest(): number {
    return this.#newest;
  }

  /** It selects the pods that all of these select. */
  add(selections: readonly PodSelection[], item: T): void {
    this.#newest += 1;
    this.#entriesOf(onlyNamespace(selections)).add(labelDemands(selections), { number: this.#newest, item });
  }

  /** What came after that number and may select the pod, in the order in which it came. */
  since(number: number, pod: SelectablePod): readonly T[] {
    const found: Entry<T>[] = [];
    this.#byNamespace.get(pod.namespace)?.collect(number, pod, found);
    this.#ofAnyNamespace.collect(number, pod, found);
    return found.toSorted((a, b) => a.number - b.number).map(({ item }) => item);
  }

  /** The numbers go on. */
  clear(): void {
    this.#byNamespace.clear();
    this.#ofAnyNamespace = new EntriesByLabel();
  }

  #entriesOf(namespace: string | undefined): EntriesByLabel<T> {
    if (namespace === undefined) return this.#ofAnyNamespace;
    let entries = this.#byNamespace.get(namespace);
    if (entries === undefined) this.#byNamespace.set(namespace, (entries = new EntriesByLabel()));
    return entries;
  }
}

/** Each list is in the order of numbers. */
class EntriesByLabel<T> {
  /** By key, then by value. */
  readonly #demanding = new Map<string, Map<string, Entry<T>[]>>();
  /** Those that demand no label. */
  readonly #others: Entry<T>[] = [];

  add(demands: readonly LabelDemand[], entry: Entry<T>): void {
    let lists: readonly Entry<T>[][] | undefined;
    for (const demand of demands) {
      const these = this.#listsOf(demand);
      if (lists === undefined || lengthOf(these) < lengthOf(lists)) lists = these;
    }
    for (const list of lists ?? [this.#others]) list.push(entry);
  }

  collect(after: number, { labels }: SelectablePod, found: Entry<T>[]): void {
    collectNewer(this.#others, after, found);
    for (const [key, byValue] of this.#demanding) {
      if (Object.hasOwn(labels, key)) collectNewer(byValue.get(labels[key] ?? ''), after, found);
    }
  }

  #listsOf({ key, values }: LabelDemand): readonly Entry<T>[][] {
    let byValue = this.#demanding.get(key);
    if (byValue === undefined) this.#demanding.set(key, (byValue = new Map<string, Entry<T>[]>()));
    const lists: Entry<T>[][] = [];
    for (const value of new Set(values)) {
      let list = byValue.get(value);
      if (list === undefined) byValue.set(value, (list = []));
      lists.push(list);
    }
    return lists;
  }
}

function lengthOf(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((sum, { length }) => sum + length, 0);
}

function collectNewer<T>(list: readonly Entry<T>[] | undefined, than: number, found: Entry<T>[]): void {
  for (let index = (list?.length ?? 0) - 1; index >= 0; index -= 1) {
    const entry = list?.[index];
    if (entry === undefined || entry.number <= than) return;
    found.push(entry);
  }
}
