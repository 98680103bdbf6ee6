/**
 * How many pods of each workload are up, at every moment: the least there ever was since one began to watch, to be held
 * against its PodDisruptionBudget. By its own count: ready, and not asked to leave.
 */
import { isReady } from '../../sandbox/controllers/shapes.ts';
import type { KubeObject } from '../../sandbox/kubernetes/object.ts';
import type { ObjectStore } from '../../sandbox/kubernetes/store.ts';

export class Availability {
  readonly #store: ObjectStore;
  readonly #least = new Map<string, number>();
  readonly #unwatch: () => void;

  /** By the label `app`, in the namespace `default`. */
  constructor(store: ObjectStore) {
    this.#store = store;
    this.#count();
    this.#unwatch = store.watch('pods', () => this.#count());
  }

  /** The fewest pods of the workload that were up at once. */
  least(app: string): number {
    return this.#least.get(app) ?? 0;
  }

  stop(): void {
    this.#unwatch();
  }

  #count(): void {
    const up = new Map<string, number>();
    for (const pod of this.#store.list('pods', 'default')) {
      const app = pod.metadata.labels?.['app'] ?? pod.metadata.name;
      up.set(app, (up.get(app) ?? 0) + (isUp(pod) ? 1 : 0));
    }
    for (const [app, pods] of up) this.#least.set(app, Math.min(pods, this.#least.get(app) ?? Infinity));
  }
}

function isUp(pod: KubeObject): boolean {
  return isReady(pod) && pod.metadata.deletionTimestamp === undefined;
}
