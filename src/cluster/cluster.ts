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
import { FitIndex } from './fit-index.ts';
import { invariant } from './invariant.ts';
import { Coupling } from './coupling.ts';
import { DeviceClasses } from './device-classes.ts';
import { Journal } from './journal.ts';
import type { Mark } from './journal.ts';
import type { NodeClass } from './node-classes.ts';
import { NodeColumns } from './node-columns.ts';
import type { NodeEntry } from './node-table.ts';
import { NodeTable } from './node-table.ts';
import { Occupants } from './occupants.ts';
import { Namespaces } from './namespaces.ts';
import { ResourceTable } from './resources.ts';
import type { SchedulerProfile } from './scheduler-profile.ts';
import { DEFAULT_PROFILE } from './scheduler-profile.ts';
import { Storage } from './storage.ts';

/** The number of a node within the model; stable while the node lives, reused after. */
export type Slot = number;

const NO_PODS = new Occupants();

export class Cluster {
  /** How its scheduler decides. */
  readonly profile: SchedulerProfile;
  readonly resources = new ResourceTable();
  readonly #columns = new NodeColumns(this.resources);
  readonly #journal = new Journal();
  readonly storage = new Storage(this.#journal);
  readonly namespaces = new Namespaces();
  readonly deviceClasses = new DeviceClasses();
  readonly #nodes = new NodeTable();
  /** The first node with room. */
  readonly index = new FitIndex(this.#nodes, (column, slot) => this.free(slot, column));
  /** Who is where, by what selects them. */
  readonly coupling = new Coupling(
    (slot) => this.node(slot),
    (namespace) => this.namespaces.labels(namespace),
  );
  readonly #pods = new Map<string, PodFacts>();
  readonly #pending = new Map<string, PodFacts>();
  /** Pods whose node is not known (yet), by node name. */
  readonly #homeless = new Map<string, Map<string, PodFacts>>();
  readonly #pdbs = new Map<string, PodDisruptionBudgetFacts>();
  readonly #controllers = new Map<string, ControllerFacts>();

  constructor(profile: SchedulerProfile = DEFAULT_PROFILE) {
    this.profile = profile;
  }

  /** Brings the model up to date with one event. The same event twice changes nothing. */
  apply(event: ClusterEvent): void {
    invariant(!this.#journal.open, 'events are applied outside trials');
    switch (event.kind) {
      case 'pod':
        this.#learnPod(event.pod);
        return;
      case 'pod-gone': {
        const known = this.#pods.get(podKey(event));
        if (known?.uid === event.uid) this.#dropPod(known, podKey(event));
        return;
      }
      case 'node':
        this.#keepNode(event.node);
        return;
      case 'node-gone': {
        const entry = this.#nodes.named(event.name);
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
      case 'namespace':
      case 'namespace-gone':
        this.#learnNamespace(event);
        return;
      case 'device-class':
      case 'device-class-gone':
        this.deviceClasses.apply(event);
        return;
      default:
        this.storage.apply(event);
    }
  }

  // ---- What there is -------------------------------------------------------------------------------------------

  /** The slots of all nodes, those of the trial included, in the order of their names. */
  nodeSlots(): readonly Slot[] {
    return this.#nodes.order();
  }

  slotOf(nodeName: string): Slot | undefined {
    return this.#nodes.named(nodeName)?.slot;
  }

  node(slot: Slot): NodeFacts {
    return this.#entry(slot).facts;
  }

  /** What the node has in common with others: see node-classes.ts. */
  nodeClass(slot: Slot): NodeClass {
    return this.#entry(slot).nodeClass;
  }

  nodeClasses(): IterableIterator<NodeClass> {
    return this.#nodes.classes.all();
  }

  /** Whether a trial added this node. */
  isSimulated(slot: Slot): boolean {
    return this.#entry(slot).simulated;
  }

  /** The pods that occupy the node. Terminal pods are not among them. */
  podsOn(slot: Slot): Pick<Occupants, 'size' | 'values' | 'keys' | 'get' | 'has'> {
    return this.#nodes.at(slot)?.pods ?? NO_PODS;
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
    if (!this.#journal.open) this.coupling.tidy();
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
    const index = this.#vacate(pod, slot);
    this.#journal.record(() => {
      this.#entry(slot).pods.restoreAt(index, pod);
      this.#count(pod, slot, 1);
    });
  }

  /** Within a trial: takes the pods off the node. */
  removeAll(pods: readonly PodFacts[], slot: Slot): void {
    for (const pod of pods) this.remove(pod, slot);
  }

  /** Within a trial: adds an empty node and returns its slot. The name must be new. */
  addNode(facts: NodeFacts): Slot {
    const slot = this.#addNode(facts, true);
    this.#journal.record(() => this.#removeEntry(this.#entry(slot)));
    return slot;
  }

  // ---- Keeping it current ---------------------------------------------------------------------------------------

  #learnPod(pod: PodFacts): void {
    const key = podKey(pod);
    const known = this.#pods.get(key);
    if (known !== undefined && this.#stays(known, pod)) return;
    if (known !== undefined) this.#dropPod(known, key);
    this.#keepPod(pod, key);
  }

  /** Most of what is told of a running pod changes nothing about its place. */
  #stays(known: PodFacts, pod: PodFacts): boolean {
    const same =
      known.nodeName !== '' &&
      known.nodeName === pod.nodeName &&
      known.uid === pod.uid &&
      known.spec === pod.spec &&
      known.labels === pod.labels &&
      (known.deletion === undefined) === (pod.deletion === undefined) &&
      !isTerminal(known) &&
      !isTerminal(pod);
    const entry = same ? this.#nodes.named(pod.nodeName) : undefined;
    if (entry === undefined) return false;
    this.#pods.set(podKey(pod), pod);
    entry.pods.replaceAt(entry.pods.indexOf(known), pod);
    return true;
  }

  #keepPod(pod: PodFacts, key: string): void {
    this.#pods.set(key, pod);
    if (isTerminal(pod)) return;
    if (pod.nodeName === '') {
      this.#pending.set(key, pod);
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

  #dropPod(pod: PodFacts, key: string): void {
    this.#pods.delete(key);
    if (isTerminal(pod)) return;
    if (pod.nodeName === '') {
      this.#pending.delete(key);
      return;
    }
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
    const known = this.#nodes.named(facts.name);
    if (known !== undefined) {
      this.#updateNode(known, facts);
      return;
    }
    const slot = this.#addNode(facts, false);
    const waiting = this.#homeless.get(facts.name);
    this.#homeless.delete(facts.name);
    for (const pod of waiting?.values() ?? []) this.#occupy(pod, slot);
  }

  /** Its pods may be in other domains now, and count where they did not. */
  #updateNode(entry: NodeEntry, facts: NodeFacts): void {
    const { slot, pods } = entry;
    const moves = !sameJson(entry.facts.labels, facts.labels) || !sameClass(entry.facts, facts);
    if (moves) {
      for (const pod of pods.values()) this.coupling.change(pod, slot, -1);
      this.coupling.leaveNode(slot);
    }
    this.#nodes.update(entry, facts);
    this.#columns.setAllocatable(slot, facts.allocatable);
    this.index.note(slot);
    if (!moves) return;
    this.coupling.enterNode(slot);
    for (const pod of pods.values()) this.coupling.change(pod, slot, 1);
  }

  #dropNode(entry: NodeEntry): void {
    const pods = [...entry.pods.values()];
    for (const pod of pods) this.#vacate(pod, entry.slot);
    this.#removeEntry(entry);
    if (pods.length > 0) this.#homeless.set(entry.facts.name, new Map(pods.map((pod) => [pod.uid, pod])));
  }

  #addNode(facts: NodeFacts, simulated: boolean): Slot {
    const { slot } = this.#nodes.add(facts, simulated);
    this.#columns.open(slot);
    this.#columns.setAllocatable(slot, facts.allocatable);
    this.index.note(slot);
    this.coupling.enterNode(slot);
    return slot;
  }

  #removeEntry(entry: NodeEntry): void {
    this.coupling.leaveNode(entry.slot);
    this.#nodes.remove(entry);
  }

  #learnNamespace(event: Extract<ClusterEvent, { kind: 'namespace' | 'namespace-gone' }>): void {
    const name = event.kind === 'namespace' ? event.namespace.name : event.name;
    const before = this.coupling.namespaceLabels(name);
    this.namespaces.apply(event);
    if (!sameJson(before, this.coupling.namespaceLabels(name))) this.coupling.namespacesChanged();
  }

  #occupy(pod: PodFacts, slot: Slot): void {
    this.#entry(slot).pods.add(pod);
    this.#count(pod, slot, 1);
  }

  /** Returns which position it had. */
  #vacate(pod: PodFacts, slot: Slot): number {
    const { pods } = this.#entry(slot);
    const index = pods.indexOf(pod);
    invariant(index >= 0, `pod ${podKey(pod)} is on the node it is taken from`);
    pods.removeAt(index);
    this.#count(pod, slot, -1);
    return index;
  }

  #count(pod: PodFacts, slot: Slot, sign: 1 | -1): void {
    this.#columns.add(slot, this.resources.demands(pod.spec), sign);
    this.index.note(slot);
    this.coupling.change(pod, slot, sign);
    if (pod.spec.volumes.length > 0) this.storage.countUser(pod, sign);
  }

  #entry(slot: Slot): NodeEntry {
    const entry = this.#nodes.at(slot);
    invariant(entry !== undefined, `slot ${slot} holds a node`);
    return entry;
  }
}

/** A pod that has run to its end: it holds no resources and is never moved. */
export function isTerminal(pod: PodFacts): boolean {
  return pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

/** Whether a filter that looks at the nodes themselves can tell no difference. */
function sameClass(a: NodeFacts, b: NodeFacts): boolean {
  return a.unschedulable === b.unschedulable && sameJson(a.taints, b.taints);
}

function sameJson(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
