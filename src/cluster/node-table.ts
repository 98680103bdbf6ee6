/** The nodes by slot, by name and in order of their names; a slot is reused after its node is gone. */
import type { NodeFacts } from './facts.ts';
import { invariant } from './invariant.ts';
import type { NodeClass } from './node-classes.ts';
import { NodeClasses } from './node-classes.ts';
import { Occupants } from './occupants.ts';

export interface NodeEntry {
  readonly slot: number;
  facts: NodeFacts;
  nodeClass: NodeClass;
  readonly pods: Occupants;
  /** Added by a trial, not by the cluster. */
  readonly simulated: boolean;
}

export class NodeTable {
  readonly classes = new NodeClasses();
  readonly #byName = new Map<string, NodeEntry>();
  readonly #bySlot: (NodeEntry | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** As of the last time that the order was asked for; `#added` came since, and some may have gone. */
  #ordered: readonly NodeEntry[] = [];
  #added: NodeEntry[] = [];
  #order: readonly number[] | undefined;

  get size(): number {
    return this.#byName.size;
  }

  named(name: string): NodeEntry | undefined {
    return this.#byName.get(name);
  }

  at(slot: number): NodeEntry | undefined {
    return this.#bySlot[slot];
  }

  /** Slots in the order of names. What was handed out stays as it is when nodes come and go. */
  order(): readonly number[] {
    this.#order ??= this.#merge();
    return this.#order;
  }

  add(facts: NodeFacts, simulated: boolean): NodeEntry {
    invariant(!this.#byName.has(facts.name), `a node named ${facts.name} exists`);
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    const nodeClass = this.classes.join(slot, facts, simulated);
    const entry: NodeEntry = { slot, facts, nodeClass, pods: new Occupants(), simulated };
    this.#bySlot[slot] = entry;
    this.#byName.set(facts.name, entry);
    this.#added.push(entry);
    this.#order = undefined;
    return entry;
  }

  /** Returns whether it is of another class now. */
  update(entry: NodeEntry, facts: NodeFacts): boolean {
    const { slot, nodeClass, simulated } = entry;
    entry.facts = facts;
    if (this.classes.isStill(nodeClass, facts)) return false;
    this.classes.leave(slot, nodeClass, simulated);
    entry.nodeClass = this.classes.join(slot, facts, simulated);
    return true;
  }

  remove(entry: NodeEntry): void {
    this.classes.leave(entry.slot, entry.nodeClass, entry.simulated);
    this.#byName.delete(entry.facts.name);
    this.#bySlot[entry.slot] = undefined;
    this.#freeSlots.push(entry.slot);
    this.#order = undefined;
    if (this.#added.at(-1) === entry) this.#added.pop();
  }

  /** What is still there, with what came sorted in: no more than what came is sorted. */
  #merge(): readonly number[] {
    const isThere = (entry: NodeEntry): boolean => this.#bySlot[entry.slot] === entry;
    const added = this.#added.filter(isThere).toSorted((a, b) => (a.facts.name < b.facts.name ? -1 : 1));
    const merged: NodeEntry[] = [];
    let next = 0;
    for (const entry of this.#ordered) {
      if (!isThere(entry)) continue;
      for (let first = added[next]; first !== undefined && first.facts.name < entry.facts.name; first = added[next]) {
        merged.push(first);
        next += 1;
      }
      merged.push(entry);
    }
    for (; next < added.length; next += 1) {
      const entry = added[next];
      if (entry !== undefined) merged.push(entry);
    }
    this.#ordered = merged;
    this.#added = [];
    return merged.map(({ slot }) => slot);
  }
}
