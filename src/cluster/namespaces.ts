/** The namespaces and their labels, for terms that choose namespaces by label. */
import type { ClusterEvent, Labels, NamespaceFacts } from './facts.ts';

export class Namespaces {
  readonly #byName = new Map<string, NamespaceFacts>();
  #version = 0;

  /** Grows with every change: what was worked out from the labels holds while it stays. */
  get version(): number {
    return this.#version;
  }

  apply(event: Extract<ClusterEvent, { kind: 'namespace' | 'namespace-gone' }>): void {
    if (event.kind === 'namespace') this.#byName.set(event.namespace.name, event.namespace);
    else if (this.#byName.get(event.name)?.uid !== event.uid) return;
    else this.#byName.delete(event.name);
    this.#version += 1;
  }

  /** `undefined`: there is no such namespace. */
  labels(name: string): Labels | undefined {
    return this.#byName.get(name)?.labels;
  }

  values(): IterableIterator<NamespaceFacts> {
    return this.#byName.values();
  }

  names(): IterableIterator<string> {
    return this.#byName.keys();
  }
}
