/**
 * What is counted while new nodes are packed: one counter for each set of pods that a term of affinity, anti-affinity or
 * spread is about, in one topology. Terms that are about the same pods share their counter.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodKind } from '../cluster/coupling.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import type { PodSelection } from '../cluster/pod-selection.ts';
import type { Tally } from '../cluster/tally.ts';

export interface Counter {
  readonly topologyKey: string;
  /** Each new node is a domain of its own; otherwise those of one place share theirs. */
  readonly perNode: boolean;
  /** Whether a pod of that kind counts. */
  readonly selects: (kind: PodKind) => boolean;
  /** `key=value` of labels, of which a pod that counts has at least one; `undefined`: not known. */
  readonly oneOf: readonly string[] | undefined;
}

const known = new WeakMap<Tally, Counter>();

/** The counter of what the tally counts among placed pods: the same for as long as that is kept. */
export function counterOf(cluster: Cluster, tally: Tally, selections: readonly PodSelection[]): Counter {
  let counter = known.get(tally);
  if (counter === undefined) {
    const topologyKey = tally.topology.key;
    counter = {
      topologyKey,
      perNode: OWN_LABELS.has(topologyKey),
      selects: (kind) => cluster.coupling.isSelected(kind, selections),
      oneOf: labelsOfSelected(selections),
    };
    known.set(tally, counter);
  }
  return counter;
}

function labelsOfSelected(selections: readonly PodSelection[]): readonly string[] | undefined {
  for (const { labels } of selections) {
    for (const { key, operator, values } of labels?.requirements ?? []) {
      if (operator === 'In') return values.map((value) => labelPair(key, value));
    }
  }
  return undefined;
}

function labelPair(key: string, value: string): string {
  return `${key}=${value}`;
}

/** Counters by whom they are about, without asking each of them about each kind of pod. */
export class Counters {
  readonly #byLabel = new Map<string, Counter[]>();
  readonly #others: Counter[] = [];
  readonly #counting = new Map<PodKind, readonly Counter[]>();

  constructor(all: Iterable<Counter>) {
    for (const counter of new Set(all)) {
      if (counter.oneOf === undefined) this.#others.push(counter);
      for (const pair of counter.oneOf ?? []) {
        const alike = this.#byLabel.get(pair);
        if (alike === undefined) this.#byLabel.set(pair, [counter]);
        else alike.push(counter);
      }
    }
  }

  /** The counters that count pods of the kind. */
  counting(kind: PodKind): readonly Counter[] {
    let counting = this.#counting.get(kind);
    if (counting === undefined) {
      const asked = new Set(this.#others);
      for (const [key, value] of Object.entries(kind.labels)) {
        for (const counter of this.#byLabel.get(labelPair(key, value)) ?? []) asked.add(counter);
      }
      counting = [...asked].filter((counter) => counter.selects(kind));
      this.#counting.set(kind, counting);
    }
    return counting;
  }
}
