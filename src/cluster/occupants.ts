/**
 * The pods on one node.
 *
 * Taking a pod off lets the last one take its position, so that putting it back restores exactly what was there, and
 * neither costs more on a fuller node. A pod is found by looking through the node, which holds a few hundred at most.
 */
import type { PodFacts } from './facts.ts';

export class Occupants {
  readonly #pods: PodFacts[] = [];

  get size(): number {
    return this.#pods.length;
  }

  values(): IterableIterator<PodFacts> {
    return this.#pods.values();
  }

  /** Their uids. */
  *keys(): Generator<string> {
    for (const { uid } of this.#pods) yield uid;
  }

  get(uid: string): PodFacts | undefined {
    return this.#pods.find((pod) => pod.uid === uid);
  }

  has(uid: string): boolean {
    return this.get(uid) !== undefined;
  }

  /** -1 when it is not here. */
  indexOf(pod: PodFacts): number {
    // What is undone came last.
    if (this.#pods.at(-1) === pod) return this.#pods.length - 1;
    const index = this.#pods.indexOf(pod);
    return index >= 0 ? index : this.#pods.findIndex(({ uid }) => uid === pod.uid);
  }

  add(pod: PodFacts): void {
    this.#pods.push(pod);
  }

  replaceAt(index: number, pod: PodFacts): void {
    this.#pods[index] = pod;
  }

  /** The last pod takes its position. */
  removeAt(index: number): void {
    const last = this.#pods.pop();
    if (last !== undefined && index < this.#pods.length) this.#pods[index] = last;
  }

  /** Undoes {@link removeAt}, when everything that was done after it is undone already. */
  restoreAt(index: number, pod: PodFacts): void {
    const displaced = this.#pods[index];
    this.#pods[index] = pod;
    if (displaced !== undefined) this.#pods.push(displaced);
  }
}
