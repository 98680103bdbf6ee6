/**
 * The priorities of node groups, as the ConfigMap `cluster-autoscaler-priority-expander` has them: priority → patterns.
 * What cannot be read is told, and the last that could be stays in force.
 */

/** Highest first. */
export interface ExpanderPriorities {
  readonly tiers: readonly PriorityTier[];
}

export interface PriorityTier {
  readonly priority: number;
  readonly patterns: readonly PriorityPattern[];
}

export interface PriorityPattern {
  /** As written. */
  readonly text: string;
  readonly matches: (name: string) => boolean;
}

/** The ConfigMap as last seen. */
export interface PrioritiesFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly read:
    | { readonly kind: 'priorities'; readonly priorities: ExpanderPriorities }
    | { readonly kind: 'unreadable'; readonly problem: string };
}

export type PrioritiesEvent =
  | { readonly kind: 'priorities'; readonly priorities: PrioritiesFacts }
  | { readonly kind: 'priorities-gone'; readonly uid: string };

export class PrioritiesStore {
  #last: PrioritiesFacts | undefined;
  #inForce: ExpanderPriorities | undefined;

  apply(event: PrioritiesEvent): void {
    if (event.kind === 'priorities') {
      this.#last = event.priorities;
      if (event.priorities.read.kind === 'priorities') this.#inForce = event.priorities.read.priorities;
    } else if (this.#last === undefined || this.#last.uid === event.uid) {
      this.#last = undefined;
      this.#inForce = undefined;
    }
  }

  /** The last that could be read while the ConfigMap was there; `undefined`: none. */
  get inForce(): ExpanderPriorities | undefined {
    return this.#inForce;
  }

  /** The events that make a store like this one: what could not be read came after what is in force. */
  *retold(): Generator<PrioritiesEvent> {
    if (this.#last === undefined) return;
    const { read } = this.#last;
    if (read.kind === 'unreadable' && this.#inForce !== undefined) {
      const before: PrioritiesFacts = { ...this.#last, read: { kind: 'priorities', priorities: this.#inForce } };
      yield { kind: 'priorities', priorities: before };
    }
    yield { kind: 'priorities', priorities: this.#last };
  }

  /** The ConfigMap, whether or not it could be read; `undefined`: there is none. */
  get last(): PrioritiesFacts | undefined {
    return this.#last;
  }
}
