/**
 * The model: every pod and node, kept current event by event, and the ground on which decisions are tried out.
 *
 * 1. Nodes live in numbered slots; amounts live in one typed array per resource, so a fit is a few array reads.
 * 2. A pod occupies its node from the moment it has a nodeName until it is gone or terminal; it may be known before
 *    its node is (the watches are not ordered against each other) and then occupies it when the node appears.
 * 3. `fork` opens a trial on the journal: placements, removals and added nodes are undone by `rollback` in time
 *    proportional to their number, after which the model equals the one before. Events are applied outside trials only.
 * 4. The order in which nodes are walked is the order of their names, whatever the order of events (I10).
 */
import type { ClusterEvent, ControllerFacts, NodeFacts, PodDisruptionBudgetFacts, PodFacts } from './facts.ts';
import { podKey } from './facts.ts';
import { invariant } from './invariant.ts';
import { Journal } from './journal.ts';
import type { Mark } from './journal.ts';
import { NodeColumns } from './node-columns.ts';
import { ResourceTable } from './resources.ts';

/** The number of a node within the model; stable while the node lives, reused after. */
export type Slot = number;

interface NodeEntry {
  readonly slot: Slot;
  facts: NodeFacts;
  /** By uid. */
  readonly pods: Map<string, PodFacts>;
  /** Added by a trial, not by the cluster. */
  readonly simulated: boolean;
}

const NO_PODS: ReadonlyMap<string, PodFacts> = new Map();

export class Cluster {
  readonly resources = new ResourceTable();
  readonly #columns = new NodeColumns(this.resources);
  readonly #journal = new Journal();
  readonly #nodes = new Map<string, NodeEntry>();
  readonly #slots: (NodeEntry | undefined)[] = [];
  readonly #freeSlots: Slot[] = [];
  #order: readonly Slot[] | undefined;
  readonly #pods = new Map<string, PodFacts>();
  readonly #pending = new Map<string, PodFacts>();
  /** Pods whose node is not known (yet), by node name. */
  readonly #homeless = new Map<string, Map<string, PodFacts>>();
  /** Placed pods that keep others away: where they are, by uid. */
  readonly #antiAffinity = new Map<string, Slot>();
  readonly #pdbs = new Map<string, PodDisruptionBudgetFacts>();
  readonly #controllers = new Map<string, ControllerFacts>();

  /** Brings the model up to date with one event. The same event twice changes nothing. */
  apply(event: ClusterEvent): void {
    invariant(!this.#journal.open, 'events are applied outside trials');
    switch (event.kind) {
      case 'pod':
        this.#dropPod(this.#pods.get(podKey(event.pod)));
        this.#keepPod(event.pod);
        return;
      case 'pod-gone': {
        const known = this.#pods.get(podKey(event));
        if (known?.uid === event.uid) this.#dropPod(known);
        return;
      }
      case 'node':
        this.#keepNode(event.node);
        return;
      case 'node-gone': {
        const entry = this.#nodes.get(event.name);
        if (entry?.facts.uid === event.uid) this.#dropNode(entry);
        return;
      }
      case 'pdb':
        this.#pdbs.set(podKey(event.pdb), event.pdb);
        return;
      case 'pdb-gone':
        if (this.#pdbs.get(podKey(event))?.uid === event.uid) this.#pdbs.delete(podKey(event));
        return;
      case 'controller':
        this.#controllers.set(event.controller.uid, event.controller);
        return;
      case 'controller-gone':
        this.#controllers.delete(event.uid);
        return;
    }
  }

  // ---- What there is -------------------------------------------------------------------------------------------

  /** The slots of all nodes, those of the trial included, in the order of their names. */
  nodeSlots(): readonly Slot[] {
    this.#order ??= [...this.#nodes.values()]
      .toSorted((a, b) => (a.facts.name < b.facts.name ? -1 : 1))
      .map((entry) => entry.slot);
    return this.#order;
  }

  slotOf(nodeName: string): Slot | undefined {
    return this.#nodes.get(nodeName)?.slot;
  }

  node(slot: Slot): NodeFacts {
    return this.#entry(slot).facts;
  }

  /** Whether a trial added this node. */
  isSimulated(slot: Slot): boolean {
    return this.#entry(slot).simulated;
  }

  /** The pods that occupy the node, by uid, in the order in which they came. Terminal pods are not among them. */
  podsOn(slot: Slot): ReadonlyMap<string, PodFacts> {
    return this.#slots[slot]?.pods ?? NO_PODS;
  }

  /** The slots of the placed pods that have a required anti-affinity, by uid. */
  podsWithAntiAffinity(): ReadonlyMap<string, Slot> {
    return this.#antiAffinity;
  }

  pod(namespace: string, name: string): PodFacts | undefined {
    return this.#pods.get(podKey({ namespace, name }));
  }

  /** Every pod that is known, terminal ones included. */
  pods(): IterableIterator<PodFacts> {
    return this.#pods.values();
  }

  podCount(): number {
    return this.#pods.size;
  }

  nodeCount(): number {
    return this.#nodes.size;
  }

  /** Pods that wait for a node: no nodeName, not terminal. In the order of `namespace/name` keys' arrival. */
  pendingPods(): IterableIterator<PodFacts> {
    return this.#pending.values();
  }

  pendingCount(): number {
    return this.#pending.size;
  }

  podDisruptionBudgets(): IterableIterator<PodDisruptionBudgetFacts> {
    return this.#pdbs.values();
  }

  controllers(): IterableIterator<ControllerFacts> {
    return this.#controllers.values();
  }

  controller(uid: string): ControllerFacts | undefined {
    return this.#controllers.get(uid);
  }

  // ---- Amounts, by slot and column (see resources.ts) -----------------------------------------------------------

  allocatable(slot: Slot, column: number): number {
    return this.#columns.allocatable(slot, column);
  }

  requested(slot: Slot, column: number): number {
    return this.#columns.requested(slot, column);
  }

  free(slot: Slot, column: number): number {
    return this.#columns.allocatable(slot, column) - this.#columns.requested(slot, column);
  }

  // ---- Trials ---------------------------------------------------------------------------------------------------

  /** Opens a trial (they nest). Everything done until `rollback(mark)` is undone by it. */
  fork(): Mark {
    return this.#journal.fork();
  }

  rollback(mark: Mark): void {
    this.#journal.rollback(mark);
  }

  /** Runs `trial` and undoes what it did to the model, also when it throws. */
  trial<T>(trial: () => T): T {
    const mark = this.fork();
    try {
      return trial();
    } finally {
      this.rollback(mark);
    }
  }

  /** Within a trial: puts the pod on the node. */
  place(pod: PodFacts, slot: Slot): void {
    this.#journal.record(() => this.#vacate(pod, slot));
    this.#occupy(pod, slot);
  }

  /** Within a trial: takes the pod off the node. */
  remove(pod: PodFacts, slot: Slot): void {
    this.removeAll([pod], slot);
  }

  /** Within a trial: takes the pods off the node. */
  removeAll(pods: readonly PodFacts[], slot: Slot): void {
    // Re-adding puts a pod last; the order within a node is restored with the whole map.
    const entry = this.#entry(slot);
    const before = [...entry.pods];
    this.#journal.record(() => {
      for (const pod of pods) this.#occupy(pod, slot);
      entry.pods.clear();
      for (const [uid, occupant] of before) entry.pods.set(uid, occupant);
    });
    for (const pod of pods) this.#vacate(pod, slot);
  }

  /** Within a trial: adds an empty node and returns its slot. The name must be new. */
  addNode(facts: NodeFacts): Slot {
    const slot = this.#addNode(facts, true);
    this.#journal.record(() => this.#removeEntry(this.#entry(slot)));
    return slot;
  }

  // ---- Keeping it current ---------------------------------------------------------------------------------------

  #keepPod(pod: PodFacts): void {
    this.#pods.set(podKey(pod), pod);
    if (isTerminal(pod)) return;
    if (pod.nodeName === '') {
      this.#pending.set(podKey(pod), pod);
      return;
    }
    const slot = this.slotOf(pod.nodeName);
    if (slot !== undefined) {
      this.#occupy(pod, slot);
      return;
    }
    let waiting = this.#homeless.get(pod.nodeName);
    if (waiting === undefined) this.#homeless.set(pod.nodeName, (waiting = new Map<string, PodFacts>()));
    waiting.set(pod.uid, pod);
  }

  #dropPod(pod: PodFacts | undefined): void {
    if (pod === undefined) return;
    this.#pods.delete(podKey(pod));
    this.#pending.delete(podKey(pod));
    if (pod.nodeName === '' || isTerminal(pod)) return;
    const slot = this.slotOf(pod.nodeName);
    if (slot !== undefined) {
      this.#vacate(pod, slot);
      return;
    }
    const waiting = this.#homeless.get(pod.nodeName);
    waiting?.delete(pod.uid);
    if (waiting?.size === 0) this.#homeless.delete(pod.nodeName);
  }

  #keepNode(facts: NodeFacts): void {
    const known = this.#nodes.get(facts.name);
    if (known !== undefined) {
      known.facts = facts;
      this.#columns.setAllocatable(known.slot, facts.allocatable);
      return;
    }
    const slot = this.#addNode(facts, false);
    const waiting = this.#homeless.get(facts.name);
    this.#homeless.delete(facts.name);
    for (const pod of waiting?.values() ?? []) this.#occupy(pod, slot);
  }

  #dropNode(entry: NodeEntry): void {
    const pods = new Map(entry.pods);
    for (const pod of pods.values()) this.#vacate(pod, entry.slot);
    this.#removeEntry(entry);
    if (pods.size > 0) this.#homeless.set(entry.facts.name, pods);
  }

  #addNode(facts: NodeFacts, simulated: boolean): Slot {
    invariant(!this.#nodes.has(facts.name), `a node named ${facts.name} exists`);
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    const entry: NodeEntry = { slot, facts, pods: new Map(), simulated };
    this.#slots[slot] = entry;
    this.#nodes.set(facts.name, entry);
    this.#columns.open(slot);
    this.#columns.setAllocatable(slot, facts.allocatable);
    this.#order = undefined;
    return slot;
  }

  #removeEntry(entry: NodeEntry): void {
    this.#nodes.delete(entry.facts.name);
    this.#slots[entry.slot] = undefined;
    this.#freeSlots.push(entry.slot);
    this.#order = undefined;
  }

  #occupy(pod: PodFacts, slot: Slot): void {
    this.#entry(slot).pods.set(pod.uid, pod);
    if (pod.spec.requiredPodAntiAffinity.length > 0) this.#antiAffinity.set(pod.uid, slot);
    this.#columns.add(slot, this.resources.demands(pod.spec), 1);
  }

  #vacate(pod: PodFacts, slot: Slot): void {
    invariant(this.#entry(slot).pods.delete(pod.uid), `pod ${podKey(pod)} is on the node it is taken from`);
    if (pod.spec.requiredPodAntiAffinity.length > 0) this.#antiAffinity.delete(pod.uid);
    this.#columns.add(slot, this.resources.demands(pod.spec), -1);
  }

  #entry(slot: Slot): NodeEntry {
    const entry = this.#slots[slot];
    invariant(entry !== undefined, `slot ${slot} holds a node`);
    return entry;
  }
}

/** A pod that has run to its end: it holds no resources and is never moved. */
export function isTerminal(pod: PodFacts): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}
