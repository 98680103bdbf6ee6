/**
 * What the gRPC expander said, and what it is yet to be asked. The decision is synchronous and asks nobody itself: a
 * question without an answer is noted, the loop asks, and the decision is made anew with the answer among its inputs.
 *
 * 1. A question is known by its content, so that the same question gets the same answer however often the plan is made.
 * 2. While a question is open the expander has no say: what is decided then is not carried out.
 */
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';

export interface CounselOption {
  readonly groupId: string;
  readonly nodes: number;
  /** What the expanders before it say of the option. */
  readonly debug: string;
  readonly pods: readonly PodFacts[];
  /** What a new node would be. */
  readonly template: NodeFacts;
}

export interface CounselQuestion {
  readonly key: string;
  readonly options: readonly CounselOption[];
}

/** Ids of the groups that are best; `no-say`: the question failed, and others choose. */
export type CounselAnswer =
  { readonly kind: 'best'; readonly groupIds: readonly string[] } | { readonly kind: 'no-say'; readonly why: string };

/** By the questions' keys. */
export interface CounselAnswers {
  readonly known: ReadonlyMap<string, CounselAnswer>;
  /** Further questions may be put; else the service has no say about them. */
  readonly mayAsk: boolean;
}

export class Counsel {
  readonly #answers: CounselAnswers;
  #open: CounselQuestion | undefined;
  #refusedAll = false;

  constructor(answers: CounselAnswers) {
    this.#answers = answers;
  }

  /** The first question without an answer. */
  get open(): CounselQuestion | undefined {
    return this.#open;
  }

  /** Some answer named no group at all. */
  get refusedAll(): boolean {
    return this.#refusedAll;
  }

  /** What is known of the question; `undefined`: nothing yet, and it is noted. */
  answerTo(question: CounselQuestion): CounselAnswer | undefined {
    const answer = this.#answers.known.get(question.key);
    if (answer === undefined && this.#answers.mayAsk) this.#open ??= question;
    if (answer?.kind === 'best' && answer.groupIds.length === 0) this.#refusedAll = true;
    return answer;
  }
}
