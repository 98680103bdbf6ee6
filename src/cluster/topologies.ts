/**
 * The nodes by topology: a topology for each key that was asked for, and the sets of nodes that spread constraints count
 * in one. All are kept in step as nodes come and go; a topology enters before what is counted in it, and leaves after it.
 */
import type { Labels, Taint } from './facts.ts';
import { CountedNodes } from './tally.ts';
import { Topology } from './topology.ts';

type Slot = number;

/** Some of the nodes. `key` is equal for equal sets. */
export interface SomeNodes {
  readonly key: string;
  /** As the node is, or with the taint. */
  readonly admits: (slot: Slot, taint?: Taint) => boolean;
}

export class Topologies {
  readonly #labelsAt: (slot: Slot) => Labels;
  readonly #slots = new Set<Slot>();
  readonly #byKey = new Map<string, Topology>();
  readonly #counted = new Map<string, CountedNodes>();

  constructor(labelsAt: (slot: Slot) => Labels) {
    this.#labelsAt = labelsAt;
  }

  of(key: string): Topology {
    let topology = this.#byKey.get(key);
    if (topology === undefined) {
      topology = new Topology(key);
      for (const slot of this.#slots) topology.enter(slot, this.#labelsAt(slot));
      this.#byKey.set(key, topology);
    }
    return topology;
  }

  /** Those of the nodes that are in the topology. */
  counted(topology: Topology, { key, admits }: SomeNodes): CountedNodes {
    const name = `${topology.key}\n${key}`;
    let counted = this.#counted.get(name);
    if (counted === undefined) {
      counted = new CountedNodes(topology, admits);
      for (const slot of this.#slots) counted.enter(slot);
      this.#counted.set(name, counted);
    }
    return counted;
  }

  enterNode(slot: Slot): void {
    this.#slots.add(slot);
    if (this.#byKey.size === 0) return;
    const labels = this.#labelsAt(slot);
    for (const topology of this.#byKey.values()) topology.enter(slot, labels);
    for (const counted of this.#counted.values()) counted.enter(slot);
  }

  leaveNode(slot: Slot): void {
    for (const counted of this.#counted.values()) counted.leave(slot);
    for (const topology of this.#byKey.values()) topology.leave(slot);
    this.#slots.delete(slot);
  }

  /** The node leaves the sets in which it would not be with the taint. */
  taintNode(slot: Slot, taint: Taint): void {
    for (const counted of this.#counted.values()) counted.taint(slot, taint);
  }

  /** It is in them again. */
  untaintNode(slot: Slot): void {
    for (const counted of this.#counted.values()) counted.enter(slot);
  }

  /** Forgets the sets of nodes, which can be asked for anew. */
  forgetCounted(): void {
    this.#counted.clear();
  }
}
