/**
 * The first node with room, found without looking at each: per class of nodes a tree over the members in the order of
 * names, whose every vertex knows the best of each measure (amount free, pods of a kind) below it.
 *
 * 1. What changes on a node is noted, and worked into the trees when next asked: a trial that asks nothing pays nothing.
 * 2. A measure has a tree from the time that it is first asked for.
 * 3. Nodes of trials have trees of their own, so that adding them leaves those of the real nodes as they are.
 */
import type { NodeClass, Members } from './node-classes.ts';
import type { NodeTable } from './node-table.ts';
import type { Demand } from './resources.ts';
import type { Tally } from './tally.ts';

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

export interface Search {
  readonly needs: readonly Need[];
  readonly among: 'real' | 'simulated' | 'all';
  /** Whether nodes of the class are to be looked at; the slot is the first of them that has what is needed. */
  readonly admits: (nodeClass: NodeClass, slot: number) => boolean;
  /** The last word on a node that has what is needed. */
  readonly accepts: (slot: number) => boolean;
}

const NOWHERE = -1;

/** Measures of tallies that a tree keeps at a time: 16 bytes per node each. */
const MOST_PASSING_MEASURES = 32;

export class FitIndex {
  readonly #nodes: NodeTable;
  readonly #free: (column: number, slot: number) => number;
  readonly #freeMeasures: Measure[] = [];
  readonly #rooms = new WeakMap<readonly Demand[], readonly Need[]>();
  readonly #few = new WeakMap<Tally, Measure>();
  readonly #some = new WeakMap<Tally, Measure>();
  readonly #trees = new WeakMap<Members, FitTree>();
  readonly #isChanged: boolean[] = [];
  readonly #changed: number[] = [];
  readonly #isHidden: boolean[] = [];

  constructor(nodes: NodeTable, free: (column: number, slot: number) => number) {
    this.#nodes = nodes;
    this.#free = free;
  }

  /** Something about the node, its amounts or counts, is different. */
  note(slot: number): void {
    if (this.#isChanged[slot] === true) return;
    this.#isChanged[slot] = true;
    this.#changed.push(slot);
  }

  /** The node, which is not to be found any more, has nothing free; or it has again. */
  hide(slot: number, isHidden: boolean): void {
    this.#isHidden[slot] = isHidden;
    this.note(slot);
  }

  /** How much of the resource is free. */
  free(column: number): Measure {
    return (this.#freeMeasures[column] ??= {
      at: (slot) => (this.#isHidden[slot] === true ? -Infinity : this.#free(column, slot)),
      passing: false,
    });
  }

  /** That so much is free. */
  room(demands: readonly Demand[]): readonly Need[] {
    let room = this.#rooms.get(demands);
    if (room === undefined) {
      room = demands.map(({ column, amount }) => ({ measure: this.free(column), atLeast: amount }));
      this.#rooms.set(demands, room);
    }
    return room;
  }

  /**
   * How few pods the node's domain holds: what is counted, below zero. Subtracted, not negated: that would make -0 of none,
   * which V8 keeps as another kind of number, and compiles all that touches it over and over.
   */
  fewOf(tally: Tally): Measure {
    return this.#measure(this.#few, tally, (slot) => 0 - tally.at(slot));
  }

  /** How many pods the node's domain holds. */
  someOf(tally: Tally): Measure {
    return this.#measure(this.#some, tally, (slot) => tally.at(slot));
  }

  /** The first in the order of names that has what is needed and is accepted. */
  first(search: Search): number | undefined {
    this.#workIn();
    const { among } = search;
    let best: number | undefined;
    for (const nodeClass of this.#nodes.classes.all()) {
      if (among !== 'simulated') best = this.#firstOf(nodeClass, nodeClass.real, search, best);
      if (among !== 'real') best = this.#firstOf(nodeClass, nodeClass.simulated, search, best);
    }
    return best;
  }

  /** The first of these that comes before `best`; `best` when there is none. */
  #firstOf(
    nodeClass: NodeClass,
    members: Members,
    { needs, admits, accepts }: Search,
    best: number | undefined,
  ): number | undefined {
    if (members.slots.size === 0) return best;
    const tree = this.#treeOf(members);
    if (this.#isTooLate(tree.slots[0] ?? -1, best)) return best;
    let isAdmitted = false;
    for (let position = tree.first(needs); position !== NOWHERE; position = tree.next(needs, position)) {
      const slot = tree.slots[position];
      if (slot === undefined || this.#isTooLate(slot, best)) return best;
      isAdmitted ||= admits(nodeClass, slot);
      if (!isAdmitted) return best;
      if (accepts(slot)) return slot;
    }
    return best;
  }

  #isTooLate(slot: number, best: number | undefined): boolean {
    return best !== undefined && this.#nameOf(slot) > this.#nameOf(best);
  }

  #nameOf(slot: number): string {
    return this.#nodes.at(slot)?.facts.name ?? '';
  }

  #measure(known: WeakMap<Tally, Measure>, tally: Tally, at: Measure['at']): Measure {
    let measure = known.get(tally);
    if (measure === undefined) {
      known.set(tally, (measure = { at, passing: true }));
      tally.listen((slots) => {
        for (const slot of slots) this.note(slot);
      });
    }
    return measure;
  }

  #treeOf(members: Members): FitTree {
    let tree = this.#trees.get(members);
    if (tree?.revision !== members.revision) {
      const slots = [...members.slots].toSorted((a, b) => (this.#nameOf(a) < this.#nameOf(b) ? -1 : 1));
      tree = new FitTree(slots, members.revision);
      this.#trees.set(members, tree);
    }
    return tree;
  }

  #workIn(): void {
    for (const slot of this.#changed) this.#workInNode(slot);
    this.#changed.length = 0;
  }

  #workInNode(slot: number): void {
    this.#isChanged[slot] = false;
    const entry = this.#nodes.at(slot);
    if (entry === undefined) return;
    const members = entry.simulated ? entry.nodeClass.simulated : entry.nodeClass.real;
    const tree = this.#trees.get(members);
    if (tree?.revision === members.revision) tree.update(slot);
  }
}

/** A tree in one array per measure: vertex i has the children 2i and 2i+1, the leaves start at `size`. */
class FitTree {
  readonly slots: readonly number[];
  readonly revision: number;
  readonly #size: number;
  readonly #positions = new Map<number, number>();
  readonly #best = new Map<Measure, Float64Array>();
  /** What was last looked for; no member before `#passed` has it. */
  #lastNeeds: readonly Need[] = [];
  #passed = 0;
  /** Of the search that is going on, as far as it has needs: kept to be used again. */
  readonly #asked: Float64Array[] = [];

  constructor(slots: readonly number[], revision: number) {
    this.slots = slots;
    this.revision = revision;
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
