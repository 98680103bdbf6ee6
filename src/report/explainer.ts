/**
 * Answers questions about the last pass: why a pod waits, why a node stays, what a pool is at. The pods are looked up in
 * the live model, so that one of ten thousand alike pods finds the entry that speaks of it.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import {
  answered,
  type Move,
  nodeAnswer,
  podAnswer,
  poolAnswer,
  type NodeAnswer,
  type PodAnswer,
  type PoolAnswer,
  type Telling,
} from '../explain/answers.ts';
import type { DecisionRecord, PodsExplanation } from '../explain/record.ts';
import type { Clock } from '../runtime/clock.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { type KeptPlacesByNode, NOTHING_KEPT, placesByPod } from '../scale-down/kept-places.ts';
import { type Overview, overviewOf } from './overview.ts';

/** Of several entries about alike pods, the one that says the most is given for each of them. */
const WEIGHT = { 'cannot-be-helped': 3, 'partly-helped': 2, waits: 1, helped: 0 } as const;

export class Explainer {
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  #record: DecisionRecord | undefined;
  #places: KeptPlacesByNode = NOTHING_KEPT;
  /** The example pods of the record's entries, as they were then. */
  #examples: readonly (PodFacts | undefined)[] = [];

  constructor(clock: Clock, cluster: Cluster) {
    this.#clock = clock;
    this.#cluster = cluster;
  }

  /** `places`: where the pods of nodes that may go find places. */
  record(record: DecisionRecord, places: KeptPlacesByNode): void {
    this.#record = record;
    this.#places = places;
    this.#examples = record.pods.map(({ example }) => this.#pod(example));
  }

  /** When the pass was made that answers are taken from; `undefined`: there was none. */
  get decidedAtMs(): number | undefined {
    return this.#record?.atMs;
  }

  /** `undefined`: there is no such pod. */
  pod(key: string): PodAnswer | undefined {
    const pod = this.#pod(key);
    const telling = this.#telling();
    if (pod === undefined || telling === undefined) return undefined;
    if (pod.nodeName !== '') {
      const summary = `It has its node: ${pod.nodeName}.`;
      return { ...answered(telling), kind: 'pod', pod: key, state: 'bound', node: pod.nodeName, summary };
    }
    const entry = this.#entryOf(pod, telling.record);
    if (entry !== undefined) return podAnswer(telling, key, entry);
    return {
      ...answered(telling),
      kind: 'pod',
      pod: key,
      state: 'not-seen-yet',
      summary: 'No pass has looked at it yet.',
    };
  }

  node(name: string): NodeAnswer | undefined {
    const telling = this.#telling();
    const explanation = telling?.record.nodes.find(({ node }) => node === name);
    if (telling === undefined || explanation === undefined) return undefined;
    return nodeAnswer(telling, explanation, this.#movesFrom(name));
  }

  /** By the pool's label or its id. */
  pool(name: string): PoolAnswer | undefined {
    const telling = this.#telling();
    const group = telling?.record.groups.find((one) => one.name === name || one.id === name);
    return telling === undefined || group === undefined ? undefined : poolAnswer(telling, group);
  }

  /** `undefined`: no pass was made. */
  overview(): Overview | undefined {
    const telling = this.#telling();
    return telling === undefined ? undefined : overviewOf(this.#cluster, telling);
  }

  podNames(): Iterable<string> {
    return Array.from(this.#cluster.pendingPods(), podKey);
  }

  nodeNames(): Iterable<string> {
    return (this.#record?.nodes ?? []).map(({ node }) => node);
  }

  poolNames(): Iterable<string> {
    return (this.#record?.groups ?? []).map(({ name }) => name);
  }

  /** Where the node's pods would go. */
  #movesFrom(name: string): readonly Move[] {
    const kept = this.#places.get(name);
    const slot = this.#cluster.slotOf(name);
    if (kept === undefined || slot === undefined) return [];
    const places = placesByPod(kept);
    const moves = [...this.#cluster.podsOn(slot).values()].flatMap((pod) => {
      const to = places.get(pod.uid);
      return to === undefined ? [] : [{ pod: podKey(pod), to }];
    });
    return moves.toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
  }

  #pod(key: string): PodFacts | undefined {
    const slash = key.indexOf('/');
    return this.#cluster.pod(key.slice(0, slash), key.slice(slash + 1));
  }

  #entryOf(pod: PodFacts, { pods }: DecisionRecord): PodsExplanation | undefined {
    const key = podKey(pod);
    let best: PodsExplanation | undefined;
    for (const [index, entry] of pods.entries()) {
      if (entry.example === key) return entry;
      if (entry.count === 1 || !isAlike(pod, this.#examples[index])) continue;
      if (best === undefined || WEIGHT[entry.outcome.kind] > WEIGHT[best.outcome.kind]) best = entry;
    }
    return best;
  }

  #telling(): Telling | undefined {
    const record = this.#record;
    return record === undefined ? undefined : { record, now: this.#clock.now(), moment: formatTimestamp };
  }
}

/** Of one controller and of the same content, which the decoders keep as one object. */
function isAlike(a: PodFacts, b: PodFacts | undefined): boolean {
  return (
    a.controller !== undefined && a.controller.uid === b?.controller?.uid && a.spec === b.spec && a.labels === b.labels
  );
}
