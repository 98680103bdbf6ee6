/**
 * The pods by name: all that are known, those that wait for a node, and those whose node is not known (yet), as the
 * watches are not ordered against each other.
 */
import type { PodFacts } from './facts.ts';
import { podKey } from './facts.ts';

export class PodTable {
  /** By namespace, then name: a key of both would have to be put together, and hashed, for every event. */
  readonly #pods = new Map<string, Map<string, PodFacts>>();
  #size = 0;
  readonly #pending = new Map<string, PodFacts>();
  /** By node name, then uid. */
  readonly #homeless = new Map<string, Map<string, PodFacts>>();

  get size(): number {
    return this.#size;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  get(namespace: string, name: string): PodFacts | undefined {
    return this.#pods.get(namespace)?.get(name);
  }

  *values(): Generator<PodFacts> {
    for (const pods of this.#pods.values()) yield* pods.values();
  }

  pending(): IterableIterator<PodFacts> {
    return this.#pending.values();
  }

  /** A pod that was not known. */
  keep(pod: PodFacts): void {
    let pods = this.#pods.get(pod.namespace);
    if (pods === undefined) this.#pods.set(pod.namespace, (pods = new Map<string, PodFacts>()));
    pods.set(pod.name, pod);
    this.#size += 1;
    if (isPending(pod)) this.#pending.set(podKey(pod), pod);
  }

  /** What is told of a known pod leaves it where it is. */
  replace(pod: PodFacts): void {
    this.#pods.get(pod.namespace)?.set(pod.name, pod);
  }

  /** A pod that was known. */
  drop(pod: PodFacts): void {
    const pods = this.#pods.get(pod.namespace);
    if (pods?.delete(pod.name) === true) this.#size -= 1;
    if (pods?.size === 0) this.#pods.delete(pod.namespace);
    if (isPending(pod)) this.#pending.delete(podKey(pod));
  }

  /** The pod's node is not known. */
  leaveHomeless(pod: PodFacts): void {
    let waiting = this.#homeless.get(pod.nodeName);
    if (waiting === undefined) this.#homeless.set(pod.nodeName, (waiting = new Map<string, PodFacts>()));
    waiting.set(pod.uid, pod);
  }

  forgetHomeless(pod: PodFacts): void {
    const waiting = this.#homeless.get(pod.nodeName);
    waiting?.delete(pod.uid);
    if (waiting?.size === 0) this.#homeless.delete(pod.nodeName);
  }

  /** The node has come: its pods have a home. */
  takeHomeless(nodeName: string): readonly PodFacts[] {
    const waiting = this.#homeless.get(nodeName);
    this.#homeless.delete(nodeName);
    return waiting === undefined ? [] : [...waiting.values()];
  }
}

/** A pod that has run to its end: it holds no resources and is never moved. */
export function isTerminal(pod: PodFacts): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

/** On a node, as far as the pod says. */
export function isPlaced(pod: PodFacts): boolean {
  return pod.nodeName !== '' && !isTerminal(pod);
}

/** Whether a pod on a node is counted the same after what is told of it. */
export function countsAlike(before: PodFacts, after: PodFacts): boolean {
  return (
    isPlaced(before) &&
    isPlaced(after) &&
    before.nodeName === after.nodeName &&
    before.uid === after.uid &&
    before.spec === after.spec &&
    before.labels === after.labels &&
    (before.deletion === undefined) === (after.deletion === undefined)
  );
}

function isPending(pod: PodFacts): boolean {
  return pod.nodeName === '' && !isTerminal(pod);
}
