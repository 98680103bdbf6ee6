/**
 * The nodes that may take moved pods, and the search for the first that does.
 *
 * 1. Nodes that stay come first, in the order of names; then those that stay only for now; candidates last, the likeliest
 *    to go last of all: what is moved should not have to move again, and should find the same place with each pass.
 * 2. Never a destination: simulated nodes, nodes that are going, not ready ones, and those accepted for removal.
 * 3. Pods that others have a say about are placed on the model; the rest by arithmetic (room.ts), of which the model is
 *    told only where such pods are about.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts, Taint } from '../cluster/facts.ts';
import type { Measure, Need } from '../cluster/fit-index.ts';
import type { Mark } from '../cluster/journal.ts';
import type { Demand } from '../cluster/resources.ts';
import type { RejectionCount } from '../explain/reasons.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { Within } from '../scheduling/first-fit.ts';
import { firstFitOf } from '../scheduling/first-fit.ts';
import { placePod } from '../scheduling/place.ts';
import { countRejections } from '../scheduling/rejections.ts';
import { fits } from '../scheduling/runner.ts';
import type { Ask } from './kept-places.ts';
import type { Load, Shape } from './loads.ts';
import { NO_NODE } from './loads.ts';
import type { Movers } from './movers.ts';
import type { Placed, RoomMark } from './room.ts';
import { Room } from './room.ts';

/** Which nodes are looked at first. */
const STAYS = 2;
const MAY_GO = 1;
const CLOSED = 0;

/** What a node has when it goes; the value is the time. */
const REMOVAL: Taint = { key: TO_BE_DELETED_TAINT, value: '', effect: 'NoSchedule' };

/** The nodes that may take moved pods, in their order of preference. */
export interface DestinationNodes {
  readonly staying: readonly Slot[];
  readonly mayGo: readonly Slot[];
  /** All that may look for places there, of each node and of pods that have left theirs. */
  readonly loads: readonly (readonly Load[])[];
  /** Whether nodes that are only thought of are among them. */
  readonly among?: 'real' | 'all';
}

export interface DestinationsMark {
  readonly room: RoomMark;
  readonly model: Mark | undefined;
}

export class Destinations {
  readonly #cluster: Cluster;
  readonly #room: Room;
  readonly #movers: Movers;
  readonly #tiers: Tiers | undefined;
  /** What is looked at for pods that others have a say about: the nodes that stay, then all. */
  readonly #ranks: readonly Within[];
  /** The node whose pods are looking for places now. */
  #from: Slot = NO_NODE;
  #isSettled = false;

  constructor(cluster: Cluster, movers: Movers, { staying, mayGo, loads, among = 'real' }: DestinationNodes) {
    this.#cluster = cluster;
    this.#movers = movers;
    this.#room = new Room(cluster, [...staying, ...mayGo], loads);
    this.#ranks = [];
    if (movers.allPlain) return;
    const tiers = tiersOf(cluster);
    tiers.begin(staying, mayGo);
    this.#tiers = tiers;
    this.#ranks = [STAYS, MAY_GO].map((tier) => ({
      among,
      admits: (slot) => slot !== this.#from && tiers.at(slot) >= tier,
      room: (demands) => tiers.room(demands, tier),
    }));
  }

  /** Whether it is known, without looking, that no destination takes a pod of the load. */
  isExhausted({ variant }: Load): boolean {
    return this.#movers.isPlain(variant) && this.#room.isExhausted(variant.shape);
  }

  /** Places for so many pods of a plain shape. Whether all found one. */
  placeAlike(shape: Shape, pods: number, placed: Placed): boolean {
    if (this.#tiers === undefined) return this.#room.place(shape, pods, placed);
    return this.#room.place(shape, pods, (slot, count) => {
      this.#cluster.reserve(slot, shape.demands, count);
      placed(slot, count);
    });
  }

  /** Puts one pod of a plain shape where it was put last. Whether there is room for it still. */
  takeAlike(before: Slot, shape: Shape): boolean {
    if (before === this.#from || !this.hasRoom(before, shape.demands)) return false;
    if (!this.#room.admits(before, shape)) return false;
    if (this.#tiers !== undefined) this.#cluster.reserve(before, shape.demands, 1);
    this.#room.take(before, shape.demands);
    return true;
  }

  /** Whether the node still takes pods, and has so much left. */
  hasRoom(slot: Slot, demands: readonly Demand[]): boolean {
    return this.#room.has(slot, demands);
  }

  /** Whether the node would take plain pods of these shapes were it empty. */
  admits(slot: Slot, shapes: readonly Shape[]): boolean {
    return shapes.every((shape) => this.#room.admits(slot, shape));
  }

  /** Whether there is, without looking, too little room for these, the node's own, and all that was put there. */
  lackRoomFor(loads: readonly Load[], slot: Slot): boolean {
    return this.#room.isTooLittleFor(loads, slot);
  }

  /** They are put there, for good. */
  keep(slot: Slot, { demands }: Ask): void {
    if (this.#tiers !== undefined) this.#cluster.reserve(slot, demands, 1);
    this.#room.keep(slot, demands);
  }

  /**
   * A place for a pod that others have a say about; it is off its old node. `before`: where it was put last, which is
   * asked first. `undefined`: there is none.
   */
  placeOne(pod: PodFacts, before: Slot | undefined): Slot | undefined {
    const slot = before !== undefined && this.#takes(before, pod) ? before : this.#firstFor(pod);
    if (slot === undefined) return undefined;
    this.#room.take(slot, this.#cluster.resources.demands(pod.spec));
    placePod(this.#cluster, pod, slot);
    return slot;
  }

  #firstFor(pod: PodFacts): Slot | undefined {
    const find = firstFitOf(this.#cluster, pod);
    for (const rank of this.#ranks) {
      const slot = find(rank);
      if (slot !== undefined) return slot;
    }
    return undefined;
  }

  #takes(slot: Slot, pod: PodFacts): boolean {
    return slot !== this.#from && this.#room.isOpen(slot) && fits(this.#cluster, pod, slot);
  }

  /** The node, without the pods that are to move, as spreads will count it while they do: tainted, and empty. */
  drain(slot: Slot): void {
    if (this.#tiers === undefined) return;
    const rest = [...this.#cluster.podsOn(slot).values()].filter((example) => this.#movers.isCounted({ example }));
    this.#cluster.removeAll(rest, slot);
    this.#cluster.taint(slot, REMOVAL);
  }

  /** The node, drained, takes no more pods in this pass, and is no domain any more. */
  close(slot: Slot): void {
    this.#room.close(slot);
    if (this.#tiers === undefined) return;
    this.#tiers.set(slot, CLOSED);
    this.#cluster.retire(slot);
  }

  /** The node, a candidate, has turned out to stay. */
  staysAfterAll(slot: Slot): void {
    if (this.#tiers?.at(slot) === MAY_GO) this.#tiers.set(slot, STAYS);
  }

  /** From now on the pods of this node look for places. */
  begin(from: Slot): DestinationsMark {
    this.#from = from;
    return { room: this.#room.begin(from), model: this.#tiers === undefined ? undefined : this.#cluster.fork() };
  }

  rollback({ room, model }: DestinationsMark): void {
    this.#room.rollback(room);
    if (model !== undefined) this.#cluster.rollback(model);
  }

  /** Lets the model see all that was moved, so that it can be asked why a pod finds no place. */
  #settle(): void {
    if (this.#isSettled || this.#tiers !== undefined) return;
    this.#isSettled = true;
    this.#room.forEachTaken((slot, demands) => this.#cluster.reserve(slot, demands, 1));
  }

  /** Why no destination takes the pod: how many say what, most frequent first. Once nothing more is moved. */
  rejections(pod: PodFacts, from: Slot): RejectionCount[] {
    this.#settle();
    const others = this.#room.open().filter((slot) => slot !== from);
    return countRejections(this.#cluster, pod, others);
  }

  /** Whether the node is a destination, and turns such a pod away. Once nothing more is moved. */
  rejectsAt(pod: PodFacts, slot: Slot): boolean {
    this.#settle();
    return this.#room.isOpen(slot) && !fits(this.#cluster, pod, slot);
  }

  /** How many there are, at the most. */
  get count(): number {
    return this.#room.size;
  }
}

/**
 * The rank of each node. What is free on nodes of a rank is a measure of the index by itself: where those that stay are full
 * and those that may go are not, neither the rank nor what is free would lead past them.
 */
class Tiers {
  readonly #cluster: Cluster;
  /** By rank, then by column. */
  readonly #free: Measure[][] = [];
  readonly #rooms: WeakMap<readonly Demand[], readonly Need[]>[] = [];
  #bySlot: number[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  at(slot: Slot): number {
    return this.#bySlot[slot] ?? CLOSED;
  }

  /** That so much is free where the rank is at least that. */
  room(demands: readonly Demand[], tier: number): readonly Need[] {
    const rooms = (this.#rooms[tier] ??= new WeakMap<readonly Demand[], readonly Need[]>());
    let room = rooms.get(demands);
    if (room === undefined) {
      room = demands.map(({ column, amount }) => ({ measure: this.#freeAt(column, tier), atLeast: amount }));
      rooms.set(demands, room);
    }
    return room;
  }

  #freeAt(column: number, tier: number): Measure {
    const { index } = this.#cluster;
    const measures = (this.#free[tier] ??= []);
    return (measures[column] ??= {
      at: (slot) => (this.at(slot) >= tier ? index.free(column).at(slot) : -Infinity),
      passing: false,
    });
  }

  set(slot: Slot, tier: number): void {
    if (this.at(slot) === tier) return;
    this.#bySlot[slot] = tier;
    this.#cluster.index.note(slot);
  }

  begin(staying: readonly Slot[], mayGo: readonly Slot[]): void {
    const before = this.#bySlot;
    this.#bySlot = [];
    for (const slot of staying) this.#bySlot[slot] = STAYS;
    for (const slot of mayGo) this.#bySlot[slot] = MAY_GO;
    for (const slot of this.#cluster.nodeSlots()) {
      if (this.at(slot) !== (before[slot] ?? CLOSED)) this.#cluster.index.note(slot);
    }
  }
}

/** One for each model: the index keeps a tree for each measure that it is asked about. */
const known = new WeakMap<Cluster, Tiers>();

function tiersOf(cluster: Cluster): Tiers {
  let tiers = known.get(cluster);
  if (tiers === undefined) known.set(cluster, (tiers = new Tiers(cluster)));
  return tiers;
}
