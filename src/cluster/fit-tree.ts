/**
 * The first of some nodes that has what is needed: a tree over them in their order, whose every vertex knows the best of
 * each measure (amount free, pods of a kind) below it. A measure is kept from the time that it is first asked for.
 */

/** Something that can be read off each node; more is better. */
export interface Measure {
  readonly at: (slot: number) => number;
  /** Whether it may be dropped to make place for another. */
  readonly passing: boolean;
}

/** The node has at least so much of the measure. */
export interface Need {
  readonly measure: Measure;
  readonly atLeast: number;
}

/** No member has it. */
export const NOWHERE = -1;

/** Measures of tallies that a tree keeps at a time: 16 bytes per node each. */
const MOST_PASSING_MEASURES = 32;

/** A tree in one array per measure: vertex i has the children 2i and 2i+1, the leaves start at `size`. */
export class FitTree {
  /** The members in their order. */
  readonly slots: readonly number[];
  readonly #size: number;
  readonly #positions = new Map<number, number>();
  readonly #best = new Map<Measure, Float64Array>();
  /** What was last looked for; no member before `#passed` has it. */
  #lastNeeds: readonly Need[] = [];
  #passed = 0;
  /** Of the search that is going on, as far as it has needs: kept to be used again. */
  readonly #asked: Float64Array[] = [];

  constructor(slots: readonly number[]) {
    this.slots = slots;
    this.#size = 2 ** Math.ceil(Math.log2(Math.max(1, slots.length)));
    for (const [position, slot] of slots.entries()) this.#positions.set(slot, position);
  }

  /** The position of the first that has what is needed. */
  first(needs: readonly Need[]): number {
    if (!this.#ask(needs)) return NOWHERE;
    const from = this.#resume(needs);
    if (from >= this.slots.length) return NOWHERE;
    const position = this.#search(needs, from === 0 ? 1 : this.#size + from);
    this.#passed = position === NOWHERE ? this.slots.length : position;
    return position;
  }

  /** The position of the next after one that was found by the same search, with nothing changed since. */
  next(needs: readonly Need[], position: number): number {
    return this.#search(needs, nextVertex(this.#size + position));
  }

  /** Sets out to look for these. Whether any may have them all. */
  #ask(needs: readonly Need[]): boolean {
    for (let index = 0; index < needs.length; index += 1) {
      const need = needs[index];
      if (need === undefined) continue;
      const best = this.#bestOf(need.measure);
      if ((best[1] ?? -Infinity) < need.atLeast) return false;
      this.#asked[index] = best;
    }
    return true;
  }

  /** The first at the vertex, below it, or to the right of it. */
  #search(needs: readonly Need[], start: number): number {
    const size = this.#size;
    let vertex = start;
    while (vertex > 0) {
      if (!hasAll(needs, this.#asked, vertex)) vertex = nextVertex(vertex);
      else if (vertex < size) vertex *= 2;
      else return vertex - size;
    }
    return NOWHERE;
  }

  /** From where on to look: alike pods come one after the other. */
  #resume(needs: readonly Need[]): number {
    if (!areSame(needs, this.#lastNeeds)) {
      this.#lastNeeds = needs;
      this.#passed = 0;
    }
    return this.#passed;
  }

  has(slot: number): boolean {
    return this.#positions.has(slot);
  }

  /** Works in what has changed on the member. */
  update(slot: number): void {
    const position = this.#positions.get(slot);
    if (position === undefined) return;
    for (const [measure, best] of this.#best) {
      let vertex = position + this.#size;
      const before = best[vertex] ?? 0;
      const now = measure.at(slot);
      if (now === before) continue;
      best[vertex] = now;
      if (now > before) this.#passed = Math.min(this.#passed, position);
      for (vertex = Math.floor(vertex / 2); vertex > 0; vertex = Math.floor(vertex / 2)) {
        const above = Math.max(best[2 * vertex] ?? 0, best[2 * vertex + 1] ?? 0);
        if (best[vertex] === above) break;
        best[vertex] = above;
      }
    }
  }

  #bestOf(measure: Measure): Float64Array {
    let best = this.#best.get(measure);
    if (best === undefined) {
      if (measure.passing) this.#makePlace();
      // While it was not kept, what became better by it went unnoticed.
      this.#lastNeeds = [];
      best = new Float64Array(2 * this.#size).fill(-Infinity);
      for (const [position, slot] of this.slots.entries()) best[this.#size + position] = measure.at(slot);
      for (let vertex = this.#size - 1; vertex > 0; vertex -= 1) {
        best[vertex] = Math.max(best[2 * vertex] ?? 0, best[2 * vertex + 1] ?? 0);
      }
      this.#best.set(measure, best);
    }
    return best;
  }

  /** Drops the passing measure that came first, when there are too many. */
  #makePlace(): void {
    const passing = [...this.#best.keys()].filter((measure) => measure.passing);
    const [oldest] = passing;
    if (oldest !== undefined && passing.length >= MOST_PASSING_MEASURES) this.#best.delete(oldest);
  }
}

function areSame(a: readonly Need[], b: readonly Need[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (a[index]?.measure !== b[index]?.measure || a[index]?.atLeast !== b[index]?.atLeast) return false;
  }
  return true;
}

function hasAll(needs: readonly Need[], bests: readonly Float64Array[], vertex: number): boolean {
  for (let index = 0; index < needs.length; index += 1) {
    const best = bests[index];
    const need = needs[index];
    if (best === undefined || need === undefined || (best[vertex] ?? -Infinity) < need.atLeast) return false;
  }
  return true;
}

/** The vertex to the right, past all below this one; 0 at the end. */
function nextVertex(vertex: number): number {
  let next = vertex;
  while ((next & 1) === 1) next >>= 1;
  return next === 0 ? 0 : next + 1;
}
