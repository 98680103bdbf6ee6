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
import type { Coupling } from './coupling.ts';
import { DeviceClasses } from './device-classes.ts';
import { PrioritiesStore } from './expander-priorities.ts';
import type { ClusterEvent, ControllerFacts, NodeFacts, PodDisruptionBudgetFacts, PodFacts, Taint } from './facts.ts';
import type { FitIndex } from './fit-index.ts';
import { invariant } from './invariant.ts';
import type { Mark } from './journal.ts';
import { Journal } from './journal.ts';
import { Namespaces } from './namespaces.ts';
import type { NodeClass } from './node-classes.ts';
import type { NodeColumns } from './node-columns.ts';
import type { NodeEntry, NodeTable } from './node-table.ts';
import { Occupants } from './occupants.ts';
import { Placements } from './placements.ts';
import { countsAlike, isPlaced, PodTable } from './pod-table.ts';
import type { Demand, ResourceTable } from './resources.ts';
import type { ChangeLog } from './revisions.ts';
import { Surroundings } from './revisions.ts';
import { Safeguards } from './safeguards.ts';
import type { SchedulerProfile } from './scheduler-profile.ts';
import { DEFAULT_PROFILE } from './scheduler-profile.ts';
import { Storage } from './storage.ts';

export { isTerminal } from './pod-table.ts';

/** The number of a node within the model; stable while the node lives, reused after. */
export type Slot = number;

const NO_PODS = new Occupants();

export class Cluster {
  /** How its scheduler decides. */
  readonly profile: SchedulerProfile;
  readonly #journal = new Journal();
  readonly storage = new Storage(this.#journal);
  readonly namespaces = new Namespaces();
  readonly deviceClasses = new DeviceClasses();
  /** Which node groups go before others, by the ConfigMap of the expander priority. */
  readonly priorities = new PrioritiesStore();
  readonly #placements = new Placements(this.storage, (namespace) => this.namespaces.labels(namespace));
  readonly #nodes: NodeTable = this.#placements.nodes;
  readonly #columns: NodeColumns = this.#placements.columns;
  readonly resources: ResourceTable = this.#placements.resources;
  /** The first node with room. */
  readonly index: FitIndex = this.#placements.index;
  /** Who is where, by what selects them. */
  readonly coupling: Coupling = this.#placements.coupling;
  readonly #pods = new PodTable();
  /** When anything else has changed: volumes, namespaces, devices. */
  readonly surroundings = new Surroundings();
  /** The budgets and controllers of pods, and when they changed. */
  readonly safeguards = new Safeguards();

  constructor(profile: SchedulerProfile = DEFAULT_PROFILE) {
    this.profile = profile;
  }

  /** Brings the model up to date with one event. The same event twice changes nothing. */
  apply(event: ClusterEvent): void {
    invariant(!this.#journal.open, 'events are applied outside trials');
    this.surroundings.note(event);
    switch (event.kind) {
      case 'pod':
        this.#learnPod(event.pod);
        return;
      case 'pod-gone': {
        const known = this.#pods.get(event.namespace, event.name);
        if (known?.uid === event.uid) this.#dropPod(known);
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
      case 'pdb-gone':
      case 'controller':
      case 'controller-gone':
        this.safeguards.apply(event);
        return;
      case 'namespace':
      case 'namespace-gone': {
        const name = event.kind === 'namespace' ? event.namespace.name : event.name;
        this.coupling.changeNamespace(name, () => this.namespaces.apply(event));
        return;
      }
      case 'device-class':
      case 'device-class-gone':
        this.deviceClasses.apply(event);
        return;
      case 'priorities':
      case 'priorities-gone':
        this.priorities.apply(event);
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
    return this.#placements.entry(slot).facts;
  }

  /** The same number while nothing about the node or the pods on it has changed: see revisions.ts. */
  revisionOf(slot: Slot): number {
    return this.#placements.revisions.at(slot);
  }

  /** The slots of nodes whose revision became another one, for those who look from time to time. */
  get slotChanges(): ChangeLog<Slot> {
    return this.#placements.revisions.changes;
  }

  /** The same number while no node has come, gone or changed, whatever becomes of pods. */
  get nodeChanges(): number {
    return this.#placements.nodeChanges;
  }

  /** Whether pods on the node may be below the cutoff of priority, or ending: see rare-pods.ts. */
  mayHoldRarePods(slot: Slot, priorityCutoff: number): boolean {
    return priorityCutoff > 0 || this.#placements.rarePods.on(slot) > 0;
  }

  /** Whether the slot holds this node, as it was. */
  isStill(slot: Slot, facts: NodeFacts): boolean {
    return this.#nodes.at(slot)?.facts === facts;
  }

  /** What the node has in common with others: see node-classes.ts. */
  nodeClass(slot: Slot): NodeClass {
    return this.#placements.entry(slot).nodeClass;
  }

  nodeClasses(): IterableIterator<NodeClass> {
    return this.#nodes.classes.all();
  }

  /** Whether the slot holds a node that no trial added. */
  isReal(slot: Slot): boolean {
    return this.#nodes.at(slot)?.simulated === false;
  }

  /** Whether a trial added this node. */
  isSimulated(slot: Slot): boolean {
    return this.#placements.entry(slot).simulated;
  }

  /** The pods that occupy the node. Terminal pods are not among them. */
  podsOn(slot: Slot): Pick<Occupants, 'size' | 'values' | 'keys' | 'get' | 'has'> {
    return this.#nodes.at(slot)?.pods ?? NO_PODS;
  }

  pod(namespace: string, name: string): PodFacts | undefined {
    return this.#pods.get(namespace, name);
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
    return this.#pods.pending();
  }

  pendingCount(): number {
    return this.#pods.pendingCount;
  }

  podDisruptionBudgets(): IterableIterator<PodDisruptionBudgetFacts> {
    return this.safeguards.budgets.values();
  }

  controllers(): IterableIterator<ControllerFacts> {
    return this.safeguards.controllers.values();
  }

  controller(uid: string): ControllerFacts | undefined {
    return this.safeguards.controllers.get(uid);
  }

  // ---- Amounts, by slot and column (see resources.ts) -----------------------------------------------------------

  allocatable(slot: Slot, column: number): number {
    return this.#columns.allocatable(slot, column);
  }

  requested(slot: Slot, column: number): number {
    return this.#columns.requested(slot, column);
  }

  free(slot: Slot, column: number): number {
    return this.#columns.free(slot, column);
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
    this.#journal.record(this.#placements.place(pod, slot));
  }

  /** Within a trial: takes the pod off the node. */
  remove(pod: PodFacts, slot: Slot): void {
    this.removeAll([pod], slot);
  }

  /** Within a trial: takes the pods off the node. */
  removeAll(pods: readonly PodFacts[], slot: Slot): void {
    this.#journal.record(this.#placements.take(pods, slot));
  }

  /** Within a trial: takes the amounts of so many pods on the node that nobody else has a say about. */
  reserve(slot: Slot, demands: readonly Demand[], pods: number): void {
    this.#journal.record(this.#placements.reserve(slot, demands, pods));
  }

  /** Within a trial: the node is no domain any more, and not found by the index. Whatever counts where pods are has to be off it. */
  retire(slot: Slot): void {
    this.#journal.record(this.#placements.retire(slot));
  }

  /** Within a trial: spread constraints count the node as if it had the taint. Pods that they count have to be off it. */
  taint(slot: Slot, taint: Taint): void {
    this.#journal.record(this.#placements.taint(slot, taint));
  }

  /** Within a trial: adds an empty node and returns its slot. The name must be new. */
  addNode(facts: NodeFacts): Slot {
    const slot = this.#placements.addNode(facts, true);
    this.#journal.record(() => this.#placements.removeNode(this.#placements.entry(slot)));
    return slot;
  }

  // ---- Keeping it current ---------------------------------------------------------------------------------------

  #learnPod(pod: PodFacts): void {
    const known = this.#pods.get(pod.namespace, pod.name);
    if (known !== undefined && this.#stays(known, pod)) return;
    if (known !== undefined) this.#dropPod(known);
    this.#keepPod(pod);
  }

  /** Most of what is told of a running pod changes nothing about its place. */
  #stays(known: PodFacts, pod: PodFacts): boolean {
    const entry = countsAlike(known, pod) ? this.#nodes.named(pod.nodeName) : undefined;
    if (entry === undefined) return false;
    this.#pods.replace(pod);
    entry.pods.replaceAt(entry.pods.indexOf(known), pod);
    this.#placements.revisions.touch(entry.slot);
    return true;
  }

  #keepPod(pod: PodFacts): void {
    this.#pods.keep(pod);
    if (!isPlaced(pod)) return;
    const slot = this.slotOf(pod.nodeName);
    if (slot === undefined) this.#pods.leaveHomeless(pod);
    else this.#placements.occupy(pod, slot);
  }

  #dropPod(pod: PodFacts): void {
    this.#pods.drop(pod);
    if (!isPlaced(pod)) return;
    const slot = this.slotOf(pod.nodeName);
    if (slot === undefined) this.#pods.forgetHomeless(pod);
    else this.#placements.vacate(pod, slot);
  }

  #keepNode(facts: NodeFacts): void {
    const known = this.#nodes.named(facts.name);
    if (known !== undefined) {
      this.#placements.updateNode(known, facts);
      return;
    }
    const slot = this.#placements.addNode(facts, false);
    for (const pod of this.#pods.takeHomeless(facts.name)) this.#placements.occupy(pod, slot);
  }

  #dropNode(entry: NodeEntry): void {
    const pods = [...entry.pods.values()];
    for (const pod of pods) this.#placements.vacate(pod, entry.slot);
    this.#placements.removeNode(entry);
    for (const pod of pods) this.#pods.leaveHomeless(pod);
  }
}
