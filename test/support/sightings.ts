/**
 * Since when each pod has been waiting for a node and each node has been there, by the store itself, and until when: what
 * somebody who sees the cluster with a delay may still or not yet believe.
 */
import { controllerOf, isReady, isTerminal, podSpec } from '../../sandbox/controllers/shapes.ts';
import type { KubeObject, StoreEvent } from '../../sandbox/kubernetes/object.ts';
import type { ObjectStore } from '../../sandbox/kubernetes/store.ts';
import type { Clock } from '../../src/runtime/clock.ts';

/** Of a pod: it waits. Of a node: it exists, or it is ready. Monotonic times; `untilMs` while it lasts is Infinity. */
export interface Sighting {
  readonly object: KubeObject;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Past sightings older than this are dropped. */
const MEMORY_MS = 30 * 60_000;

class Timeline {
  readonly #clock: Clock;
  readonly #open = new Map<string, Sighting>();
  #closed: Sighting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(object: KubeObject, holds: boolean): void {
    const { uid } = object.metadata;
    const open = this.#open.get(uid);
    const nowMs = this.#clock.monotonic();
    if (holds) {
      this.#open.set(uid, { object, sinceMs: open?.sinceMs ?? nowMs, untilMs: Infinity });
    } else if (open !== undefined) {
      this.#open.delete(uid);
      this.#closed = this.#closed.filter(({ untilMs }) => untilMs > nowMs - MEMORY_MS);
      this.#closed.push({ ...open, untilMs: nowMs });
    }
  }

  /** At any time within the last so many milliseconds. */
  lately(withinMs: number): readonly Sighting[] {
    const fromMs = this.#clock.monotonic() - withinMs;
    return [...this.#open.values(), ...this.#closed.filter(({ untilMs }) => untilMs >= fromMs)];
  }

  /** All through the last so many milliseconds. */
  through(withinMs: number): readonly Sighting[] {
    const fromMs = this.#clock.monotonic() - withinMs;
    return [...this.#open.values()].filter(({ sinceMs }) => sinceMs < fromMs);
  }
}

export class Sightings {
  readonly waitingPods: Timeline;
  readonly nodes: Timeline;
  readonly readyNodes: Timeline;
  readonly #unwatch: readonly (() => void)[];

  constructor(store: ObjectStore, clock: Clock) {
    this.waitingPods = new Timeline(clock);
    this.nodes = new Timeline(clock);
    this.readyNodes = new Timeline(clock);
    this.#unwatch = [
      store.watch('pods', (event) => this.waitingPods.set(event.object, exists(event) && isWaiting(event.object))),
      store.watch('nodes', (event) => {
        this.nodes.set(event.object, exists(event));
        this.readyNodes.set(event.object, exists(event) && isReady(event.object));
      }),
    ];
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }
}

function exists({ type }: StoreEvent): boolean {
  return type !== 'DELETED';
}

/** No node yet, and none of a DaemonSet, which makes its own. */
function isWaiting(pod: KubeObject): boolean {
  const bound = podSpec(pod).nodeName ?? '';
  const going = pod.metadata.deletionTimestamp !== undefined || isTerminal(pod);
  return bound === '' && !going && controllerOf(pod)?.kind !== 'DaemonSet';
}

/** `Kind namespace/name` of the pod's controller; '' for a pod without one. */
export function ownerOf(pod: KubeObject): string {
  const owner = controllerOf(pod);
  return owner === undefined ? '' : `${owner.kind} ${pod.metadata.namespace ?? ''}/${owner.name}`;
}
