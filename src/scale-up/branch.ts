/**
 * What a plan in the making knows from others that began in the same way: what a group would do for the pods that are left
 * depends on nothing but the steps taken so far. Plans that are varied share most of it.
 */
import type { Candidate } from './growth-plan.ts';
import type { Prospect } from './prospects.ts';

export class Branch {
  readonly #candidates = new Map<Prospect, Map<number, Candidate | undefined>>();
  readonly #after = new Map<Candidate, Branch>();

  /** What the group would do with so many nodes at the most; `make` works it out. */
  candidate(prospect: Prospect, most: number, make: () => Candidate | undefined): Candidate | undefined {
    let byMost = this.#candidates.get(prospect);
    if (byMost === undefined) this.#candidates.set(prospect, (byMost = new Map<number, Candidate | undefined>()));
    if (byMost.has(most)) return byMost.get(most);
    const candidate = make();
    byMost.set(most, candidate);
    return candidate;
  }

  /** Once this candidate was taken. */
  after(taken: Candidate): Branch {
    let branch = this.#after.get(taken);
    if (branch === undefined) this.#after.set(taken, (branch = new Branch()));
    return branch;
  }
}
