/**
 * The nodes that may take moved pods, and a quick first fit over them.
 *
 * 1. Nodes that stay come first, in the order of names; candidates last, the likeliest to go last of all: what is moved
 *    should not have to move again.
 * 2. Never a destination: simulated nodes, nodes that are going, not ready ones, and those accepted for removal.
 * 3. While pods are only added, a node that had no room for a pod has none for its sibling: the search goes on where it
 *    last ended. A rolled back trial takes its progress back with it.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { RejectionCount } from '../explain/reasons.ts';
import { placePod } from '../scheduling/place.ts';
import { checkFit, fits } from '../scheduling/runner.ts';

/** Where the search for pods like this one goes on. */
interface Progress {
  readonly labels: PodFacts['labels'];
  readonly namespace: string;
  next: number;
}

export class Destinations {
  readonly #cluster: Cluster;
  readonly #slots: readonly Slot[];
  readonly #closed = new Set<Slot>();
  readonly #progress = new Map<PodFacts['spec'], Progress[]>();
  /** How to take back the progress made since the last `keep` or `takeBack`. */
  #undo: (() => void)[] = [];

  constructor(cluster: Cluster, slots: readonly Slot[]) {
    this.#cluster = cluster;
    this.#slots = slots;
  }

  /** The node takes no more pods in this pass. */
  close(slot: Slot): void {
    this.#closed.add(slot);
  }

  /**
   * Puts the pod on the first node that it fits, other than `from`; `undefined`: it fits none. Within a trial, after
   * which either the trial is kept and `from` closed, or both are taken back.
   */
  place(pod: PodFacts, from: Slot | undefined): Slot | undefined {
    const progress = this.#progressOf(pod);
    const before = progress?.next ?? 0;
    for (let index = before; index < this.#slots.length; index++) {
      const slot = this.#slots[index];
      if (slot === undefined || slot === from || this.#closed.has(slot) || !fits(this.#cluster, pod, slot)) continue;
      this.#advance(progress, before, index);
      placePod(this.#cluster, pod, slot);
      return slot;
    }
    this.#advance(progress, before, this.#slots.length);
    return undefined;
  }

  /** Whether it is known, without looking, that no destination takes the pod. */
  isExhausted(pod: PodFacts): boolean {
    return (this.#progressOf(pod)?.next ?? 0) >= Math.max(1, this.#slots.length);
  }

  /** The progress of a trial that is kept. */
  keep(): void {
    this.#undo = [];
  }

  /** The trial was rolled back: nodes have the room again that they had before. */
  takeBack(): void {
    for (const undo of this.#undo.toReversed()) undo();
    this.#undo = [];
  }

  /** Why no destination takes the pod: how many say what, most frequent first. */
  rejections(pod: PodFacts, from: Slot | undefined): RejectionCount[] {
    const counts = new Map<string, { reason: RejectionCount['reason']; nodes: number }>();
    for (const slot of this.#slots) {
      if (slot === from || this.#closed.has(slot)) continue;
      const verdict = checkFit(this.#cluster, pod, slot);
      if (verdict.fits) continue;
      for (const reason of verdict.reasons) {
        const kind = `${reason.code}/${reason.code === 'InsufficientResource' ? reason.resource : ''}`;
        const known = counts.get(kind);
        if (known === undefined) counts.set(kind, { reason, nodes: 1 });
        else known.nodes += 1;
      }
    }
    return [...counts.values()].toSorted((a, b) => b.nodes - a.nodes);
  }

  #advance(progress: Progress | undefined, before: number, next: number): void {
    if (progress === undefined || next === before) return;
    this.#undo.push(() => (progress.next = before));
    progress.next = next;
  }

  /** `undefined` for pods that others have a say about: for them room can appear while pods are moved. */
  #progressOf({ spec, labels, namespace }: PodFacts): Progress | undefined {
    const isCoupled =
      spec.requiredPodAffinity.length + spec.requiredPodAntiAffinity.length + spec.topologySpread.length > 0;
    if (isCoupled) return undefined;
    let known = this.#progress.get(spec);
    if (known === undefined) this.#progress.set(spec, (known = []));
    let progress = known.find((other) => other.labels === labels && other.namespace === namespace);
    if (progress === undefined) known.push((progress = { labels, namespace, next: 0 }));
    return progress;
  }
}
