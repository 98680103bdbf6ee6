/**
 * Why pods find no place, counted over the nodes that stay: once for alike pods, and once everything is decided.
 */
import type { Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { NodeReason, RejectionCount } from '../explain/reasons.ts';
import type { Destinations } from './destinations.ts';
import type { Candidate } from './eligibility.ts';
import type { Shape, Variant } from './loads.ts';
import type { Movers } from './movers.ts';

/**
 * So many verdicts on pods that others have a say about are worth it in one pass; each takes about a microsecond. Past
 * them a reason names the pod, and the counts come with the pass that looks at the node again.
 */
const MOST_VERDICTS = 100_000;

interface Question {
  readonly variant: Variant;
  readonly pod: PodFacts;
}

export class Rejections {
  readonly #destinations: Destinations;
  readonly #movers: Movers;
  readonly #asked = new Map<Candidate, Question>();
  readonly #known = new Map<Shape, readonly RejectionCount[]>();
  #verdicts = 0;

  constructor(destinations: Destinations, movers: Movers) {
    this.#destinations = destinations;
    this.#movers = movers;
  }

  /** The candidate stays since this pod of it finds no place. */
  ask(candidate: Candidate, variant: Variant, pod: PodFacts): void {
    this.#asked.set(candidate, { variant, pod });
  }

  /** The reason with the counts, where it has any. */
  complete({ candidate, reason }: { readonly candidate: Candidate; readonly reason: NodeReason }): NodeReason {
    const question = this.#asked.get(candidate);
    if (question === undefined || !('rejections' in reason)) return reason;
    return { ...reason, rejections: this.#count(question, candidate) };
  }

  #count({ variant, pod }: Question, { slot }: Candidate): readonly RejectionCount[] {
    if (!this.#movers.isPlain(variant)) return this.#countOne(pod, slot);
    // Where its own node would turn the pod away too, that is not to be counted: the node is no place for it anyway.
    if (this.#destinations.rejectsAt(pod, slot)) return this.#destinations.rejections(pod, slot);
    let counts = this.#known.get(variant.shape);
    if (counts === undefined) this.#known.set(variant.shape, (counts = this.#destinations.rejections(pod, slot)));
    return counts;
  }

  #countOne(pod: PodFacts, slot: Slot): readonly RejectionCount[] {
    if (this.#verdicts >= MOST_VERDICTS) return [];
    this.#verdicts += this.#destinations.count;
    return this.#destinations.rejections(pod, slot);
  }
}
