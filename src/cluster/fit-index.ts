/**
 * The first node with room, found without looking at each: per class of nodes a tree (fit-tree.ts), over all members in the
 * order of names, and over some of them in an order that is given.
 *
 * 1. What changes on a node is noted, and worked into the trees when next asked: a trial that asks nothing pays nothing.
 * 2. Nodes of trials have trees of their own, so that adding them leaves those of the real nodes as they are.
 */
import type { Measure, Need } from './fit-tree.ts';
import { FitTree, NOWHERE } from './fit-tree.ts';
import { invariant } from './invariant.ts';
import type { NodeClass, Members } from './node-classes.ts';
import type { NodeTable } from './node-table.ts';
import { Ranking } from './ranking.ts';
import type { Demand } from './resources.ts';
import type { Tally } from './tally.ts';

export interface Search {
  readonly needs: readonly Need[];
  /** In the order of names, or among those of a ranking in its order: the one that was made last. */
  readonly among: 'real' | 'simulated' | 'all' | Ranking;
  /** Whether nodes of the class are to be looked at; the slot is the first of them that has what is needed. */
  admits(nodeClass: NodeClass, slot: number): boolean;
  /** The last word on a node that has what is needed. */
  accepts(slot: number): boolean;
}

export class FitIndex {
  readonly #nodes: NodeTable;
  readonly #free: (column: number, slot: number) => number;
  readonly #freeMeasures: Measure[] = [];
  readonly #rooms = new WeakMap<readonly Demand[], readonly Need[]>();
  readonly #few = new WeakMap<Tally, Measure>();
  readonly #some = new WeakMap<Tally, Measure>();
  readonly #trees = new WeakMap<Members, { readonly tree: FitTree; readonly revision: number }>();
  #ranking: Ranking | undefined;
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

  /** These nodes in their order, to be searched until another ranking is made: one at a time is kept current. */
  rank(slots: readonly number[]): Ranking {
    if (this.#ranking?.isOf(slots) !== true) {
      this.#ranking = new Ranking(slots, (slot) => this.#nodes.at(slot)?.nodeClass);
    }
    return this.#ranking;
  }

  /** The first in order that has what is needed and is accepted. */
  first(search: Search): number | undefined {
    this.#workIn();
    const { among } = search;
    let best: number | undefined;
    if (among instanceof Ranking) {
      invariant(among === this.#ranking, 'the ranking that is searched is the last that was made');
      for (const { nodeClass, tree } of among.classes) best = this.#firstOf(nodeClass, tree, search, best);
      return best;
    }
    for (const nodeClass of this.#nodes.classes.all()) {
      const { real, simulated } = nodeClass;
      if (among !== 'simulated' && real.slots.size > 0) {
        best = this.#firstOf(nodeClass, this.#treeOf(real), search, best);
      }
      if (among !== 'real' && simulated.slots.size > 0) {
        best = this.#firstOf(nodeClass, this.#treeOf(simulated), search, best);
      }
    }
    return best;
  }

  /** The first of these that comes before `best`; `best` when there is none. */
  #firstOf(nodeClass: NodeClass, tree: FitTree, search: Search, best: number | undefined): number | undefined {
    const { among, needs } = search;
    if (this.#isTooLate(tree.slots[0] ?? -1, best, among)) return best;
    let isAdmitted = false;
    for (let position = tree.first(needs); position !== NOWHERE; position = tree.next(needs, position)) {
      const slot = tree.slots[position];
      if (slot === undefined || this.#isTooLate(slot, best, among)) return best;
      isAdmitted ||= search.admits(nodeClass, slot);
      if (!isAdmitted) return best;
      if (search.accepts(slot)) return slot;
    }
    return best;
  }

  #isTooLate(slot: number, best: number | undefined, among: Search['among']): boolean {
    if (best === undefined) return false;
    if (among instanceof Ranking) return (among.rankOf(slot) ?? Infinity) > (among.rankOf(best) ?? Infinity);
    return this.#nameOf(slot) > this.#nameOf(best);
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
    let known = this.#trees.get(members);
    if (known?.revision !== members.revision) {
      const slots = [...members.slots].toSorted((a, b) => (this.#nameOf(a) < this.#nameOf(b) ? -1 : 1));
      known = { tree: new FitTree(slots), revision: members.revision };
      this.#trees.set(members, known);
    }
    return known.tree;
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
    const known = this.#trees.get(members);
    if (known?.revision === members.revision) known.tree.update(slot);
    this.#ranking?.update(slot);
  }
}
