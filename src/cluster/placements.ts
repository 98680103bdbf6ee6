/**
 * What runs where: the nodes in their slots with the pods on them, and everything that follows from it, kept in step:
 * the amounts that are requested, the index of the nodes with room, and the counts of pods by what selects them.
 *
 * 1. Each method is one change and its inverse is another, so that a journal can undo it.
 * 2. A node's labels, taints and class change with its pods off the counts, as they may count elsewhere afterwards.
 */
import { Coupling } from './coupling.ts';
import type { Labels, NodeFacts, PodFacts, Taint } from './facts.ts';
import { podKey } from './facts.ts';
import { FitIndex } from './fit-index.ts';
import { invariant } from './invariant.ts';
import { NodeColumns } from './node-columns.ts';
import type { NodeEntry } from './node-table.ts';
import { NodeTable } from './node-table.ts';
import { RarePods } from './rare-pods.ts';
import type { Demand } from './resources.ts';
import { ResourceTable } from './resources.ts';
import { Revisions } from './revisions.ts';
import { sameJson } from './same-json.ts';
import type { Storage } from './storage.ts';

type Slot = number;

export class Placements {
  readonly resources = new ResourceTable();
  readonly columns = new NodeColumns(this.resources);
  readonly nodes = new NodeTable();
  readonly index = new FitIndex(this.nodes, (column, slot) => this.columns.free(slot, column));
  readonly coupling: Coupling;
  readonly revisions = new Revisions();
  readonly rarePods = new RarePods();
  /** Grows with every node that comes, goes or changes, whatever becomes of its pods. */
  nodeChanges = 0;
  readonly #storage: Storage;

  constructor(storage: Storage, labelsOfNamespace: (name: string) => Labels | undefined) {
    this.#storage = storage;
    this.coupling = new Coupling((slot) => this.entry(slot).facts, labelsOfNamespace);
  }

  entry(slot: Slot): NodeEntry {
    const entry = this.nodes.at(slot);
    // Asked at every turn: put into words only where it is so.
    if (entry === undefined) invariant(false, `slot ${slot} holds a node`);
    return entry;
  }

  // ---- Nodes ----------------------------------------------------------------------------------------------------

  /** An empty node; its name is new. */
  addNode(facts: NodeFacts, simulated: boolean): Slot {
    const { slot } = this.nodes.add(facts, simulated);
    this.columns.open(slot);
    this.columns.setAllocatable(slot, facts.allocatable);
    this.index.note(slot);
    this.coupling.enterNode(slot);
    this.revisions.touch(slot);
    this.nodeChanges += 1;
    return slot;
  }

  /** The node has no pods any more. */
  removeNode(entry: NodeEntry): void {
    this.coupling.leaveNode(entry.slot);
    this.nodes.remove(entry);
    this.nodeChanges += 1;
  }

  updateNode(entry: NodeEntry, facts: NodeFacts): void {
    const { slot, pods } = entry;
    this.nodeChanges += 1;
    this.revisions.touch(slot);
    const moves = countsElsewhere(entry.facts, facts);
    if (moves) {
      for (const pod of pods.values()) this.coupling.change(pod, slot, -1);
      this.coupling.leaveNode(slot);
    }
    this.nodes.update(entry, facts);
    this.columns.setAllocatable(slot, facts.allocatable);
    this.index.note(slot);
    if (!moves) return;
    this.coupling.enterNode(slot);
    for (const pod of pods.values()) this.coupling.change(pod, slot, 1);
  }

  // ---- Pods -----------------------------------------------------------------------------------------------------

  occupy(pod: PodFacts, slot: Slot): void {
    this.entry(slot).pods.add(pod);
    this.#count(pod, slot, 1);
  }

  /** Returns which position it had. */
  vacate(pod: PodFacts, slot: Slot): number {
    const { pods } = this.entry(slot);
    const index = pods.indexOf(pod);
    if (index < 0) invariant(false, `pod ${podKey(pod)} is on the node it is taken from`);
    pods.removeAt(index);
    this.#count(pod, slot, -1);
    return index;
  }

  /** {@link occupy}, and how to undo it. */
  place(pod: PodFacts, slot: Slot): () => void {
    const revision = this.revisions.at(slot);
    this.occupy(pod, slot);
    return () => {
      this.vacate(pod, slot);
      this.revisions.returnTo(slot, revision);
    };
  }

  /** {@link vacate} of all of these, and how to undo it when everything that was done after it is undone already. */
  take(pods: readonly PodFacts[], slot: Slot): () => void {
    const revision = this.revisions.at(slot);
    const taken = pods.map((pod) => ({ pod, index: this.vacate(pod, slot) }));
    return () => {
      for (const { pod, index } of taken.toReversed()) this.#restore(pod, slot, index);
      this.revisions.returnTo(slot, revision);
    };
  }

  /** Takes the amounts that so many pods demand, whoever they are, and tells how to give them back. */
  reserve(slot: Slot, demands: readonly Demand[], pods: number): () => void {
    const revision = this.revisions.at(slot);
    const reserve = (count: number): void => {
      this.columns.add(slot, demands, count);
      this.index.note(slot);
    };
    reserve(pods);
    this.revisions.touch(slot);
    return () => {
      reserve(-pods);
      this.revisions.returnTo(slot, revision);
    };
  }

  /**
   * The node is in no domain any more, and the index does not find it; and how to undo it. Pods that are left there stay
   * counted where they were.
   */
  retire(slot: Slot): () => void {
    this.coupling.leaveNode(slot);
    this.index.hide(slot, true);
    return () => {
      this.index.hide(slot, false);
      this.coupling.enterNode(slot);
    };
  }

  /** Spread constraints count the node as if it had the taint; and how to undo it. */
  taint(slot: Slot, taint: Taint): () => void {
    this.coupling.taintNode(slot, taint);
    return () => this.coupling.untaintNode(slot);
  }

  #restore(pod: PodFacts, slot: Slot, index: number): void {
    this.entry(slot).pods.restoreAt(index, pod);
    this.#count(pod, slot, 1);
  }

  #count(pod: PodFacts, slot: Slot, sign: 1 | -1): void {
    this.columns.add(slot, this.resources.demands(pod.spec), sign);
    this.index.note(slot);
    this.coupling.change(pod, slot, sign);
    this.rarePods.count(pod, slot, sign);
    this.revisions.touch(slot);
    if (pod.spec.volumes.length > 0) this.#storage.countUser(pod, sign);
  }
}

/** Whether the node is in other domains now, or of another class to a filter that looks at the node itself. */
function countsElsewhere(before: NodeFacts, after: NodeFacts): boolean {
  return (
    before.unschedulable !== after.unschedulable ||
    !sameJson(before.labels, after.labels) ||
    !sameJson(before.taints, after.taints)
  );
}
