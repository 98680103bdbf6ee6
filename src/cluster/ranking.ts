/** Some nodes in an order of their own, with a tree per class over them (fit-tree.ts). */
import { FitTree } from './fit-tree.ts';
import type { NodeClass } from './node-classes.ts';

/** The nodes of one class, in the order of the ranking. */
export interface RankedClass {
  readonly nodeClass: NodeClass;
  readonly tree: FitTree;
}

export class Ranking {
  readonly classes: readonly RankedClass[];
  readonly #slots: readonly number[];
  readonly #classOf: (slot: number) => NodeClass | undefined;
  readonly #ranks: number[] = [];
  readonly #trees = new Map<NodeClass, FitTree>();

  /** `classOf`: as the node is at any time; `undefined` where there is none. */
  constructor(slots: readonly number[], classOf: (slot: number) => NodeClass | undefined) {
    this.#slots = slots;
    this.#classOf = classOf;
    for (const [rank, slot] of slots.entries()) this.#ranks[slot] = rank;
    const byClass = Map.groupBy(slots, classOf);
    for (const [nodeClass, members] of byClass) {
      if (nodeClass !== undefined) this.#trees.set(nodeClass, new FitTree(members));
    }
    this.classes = [...this.#trees].map(([nodeClass, tree]) => ({ nodeClass, tree }));
  }

  /** `undefined`: the node is not among these. */
  rankOf(slot: number): number | undefined {
    return this.#ranks[slot];
  }

  /** Whether it is of these nodes, in this order, and each is of the class that it was of. */
  isOf(slots: readonly number[]): boolean {
    if (slots.length !== this.#slots.length) return false;
    return slots.every((slot, rank) => slot === this.#slots[rank] && this.#treeAt(slot)?.has(slot) === true);
  }

  /** Works in what has changed on the node. */
  update(slot: number): void {
    if (this.#ranks[slot] !== undefined) this.#treeAt(slot)?.update(slot);
  }

  #treeAt(slot: number): FitTree | undefined {
    const nodeClass = this.#classOf(slot);
    return nodeClass && this.#trees.get(nodeClass);
  }
}
