/**
 * Delivers changes to their listeners, in the order of their revisions.
 *
 * Invariants: a listener is never called while a delivery is under way (a change made from inside a listener waits its
 * turn); each subscriber gets each change after its start exactly once.
 */
import type { Change } from './change-history.ts';
import type { ResourceName } from './object.ts';

interface Subscriber {
  readonly listener: (change: Change) => void;
  /** Changes up to this revision were part of what the subscriber got at its start. */
  readonly startRevision: number;
  active: boolean;
}

interface WaitingChange {
  readonly resource: ResourceName;
  readonly change: Change;
}

export class ChangeFeed {
  readonly #subscribers = new Map<ResourceName, Set<Subscriber>>();
  #waiting: WaitingChange[] = [];
  /** Where in `#waiting` the next change to deliver is. */
  #next = 0;
  #delivering = false;

  /** Returns the function that ends the subscription. */
  subscribe(resource: ResourceName, startRevision: number, listener: (change: Change) => void): () => void {
    const subscriber: Subscriber = { listener, startRevision, active: true };
    const subscribers = this.#subscribers.get(resource) ?? new Set();
    this.#subscribers.set(resource, subscribers);
    subscribers.add(subscriber);
    return () => {
      subscriber.active = false;
      subscribers.delete(subscriber);
    };
  }

  publish(resource: ResourceName, change: Change): void {
    this.#waiting.push({ resource, change });
    if (!this.#delivering) this.#deliver();
  }

  /** Runs `work`, during which changes wait; then delivers them. */
  hold(work: () => void): void {
    if (this.#delivering) {
      work();
      return;
    }
    this.#delivering = true;
    try {
      work();
    } finally {
      this.#deliver();
    }
  }

  /** The revision of the oldest change that some subscriber may still wait for. */
  oldestWaiting(): number | undefined {
    return this.#waiting[this.#next]?.change.revision;
  }

  #deliver(): void {
    this.#delivering = true;
    try {
      for (let next = this.#waiting[this.#next]; next !== undefined; next = this.#waiting[this.#next]) this.#call(next);
      this.#waiting = [];
      this.#next = 0;
    } finally {
      this.#delivering = false;
    }
  }

  #call({ resource, change }: WaitingChange): void {
    try {
      for (const subscriber of this.#subscribers.get(resource) ?? []) {
        if (subscriber.active && change.revision > subscriber.startRevision) subscriber.listener(change);
      }
    } finally {
      // Also when a listener throws: the change must not come twice.
      this.#next += 1;
    }
  }
}
