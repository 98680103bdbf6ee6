/**
 * The nodes that may take moved pods, and the search for the first that does.
 *
 * 1. Nodes that stay come first, in the order of names; then those that stay only for now; candidates last, the likeliest
 *    to go last of all: what is moved should not have to move again, and should find the same place with each pass.
 * 2. Never a destination: nodes that are going, not ready ones, and those accepted for removal. Simulated nodes are one
 *    only where whoever asks has put them there (replacement-trial.ts).
 * 3. Pods that others have a say about are placed on the model; the rest by arithmetic (room.ts), of which the model is
 *    told only where such pods are about.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts, Taint } from '../cluster/facts.ts';
import type { Mark } from '../cluster/journal.ts';
import type { Demand } from '../cluster/resources.ts';
import type { RejectionCount } from '../explain/reasons.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { Within } from '../scheduling/first-fit.ts';
import { firstFit } from '../scheduling/first-fit.ts';
import { placePod } from '../scheduling/place.ts';
import { countRejections } from '../scheduling/rejections.ts';
import { fits } from '../scheduling/runner.ts';
import type { Ask } from './kept-places.ts';
import type { Load, Shape } from './loads.ts';
import { NO_NODE } from './loads.ts';
import type { Movers } from './movers.ts';
import type { Placed, RoomMark } from './room.ts';
import { Room } from './room.ts';

/** What a node has when it goes; the value is the time. */
const REMOVAL: Taint = { key: TO_BE_DELETED_TAINT, value: '', effect: 'NoSchedule' };

const NOWHERE: Within = { among: 'all', admits: () => false };

/** The nodes that may take moved pods, in their order of preference. */
export interface DestinationNodes {
  readonly staying: readonly Slot[];
  readonly mayGo: readonly Slot[];
  /** All that may look for places there, of each node and of pods that have left theirs. */
  readonly loads: readonly (readonly Load[])[];
}

export interface DestinationsMark {
  readonly room: RoomMark;
  readonly model: Mark | undefined;
}

export class Destinations {
  readonly #cluster: Cluster;
  readonly #room: Room;
  readonly #movers: Movers;
  /** Where pods that others have a say about may go, if there are any. */
  readonly #within: Within = NOWHERE;
  /** The node whose pods are looking for places now. */
  #from: Slot = NO_NODE;
  #isSettled = false;

  constructor(cluster: Cluster, movers: Movers, { staying, mayGo, loads }: DestinationNodes) {
    this.#cluster = cluster;
    this.#movers = movers;
    const inOrder = [...staying, ...mayGo];
    this.#room = new Room(cluster, inOrder, loads);
    if (movers.allPlain) return;
    const among = cluster.index.rank(inOrder);
    this.#within = { among, admits: (slot) => slot !== this.#from && this.#room.isOpen(slot) };
  }

  /** Whether it is known, without looking, that no destination takes a pod of the load. */
  isExhausted({ variant }: Load): boolean {
    return this.#movers.isPlain(variant) && this.#room.isExhausted(variant.shape);
  }

  /** Places for so many pods of a plain shape. Whether all found one. */
  placeAlike(shape: Shape, pods: number, placed: Placed): boolean {
    if (this.#movers.allPlain) return this.#room.place(shape, pods, placed);
    return this.#room.place(shape, pods, (slot, count) => {
      this.#cluster.reserve(slot, shape.demands, count);
      placed(slot, count);
    });
  }

  /** Puts one pod of a plain shape where it was put last. Whether there is room for it still. */
  takeAlike(before: Slot, shape: Shape): boolean {
    if (before === this.#from || !this.hasRoom(before, shape.demands)) return false;
    if (!this.#room.admits(before, shape)) return false;
    if (!this.#movers.allPlain) this.#cluster.reserve(before, shape.demands, 1);
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
    if (!this.#movers.allPlain) this.#cluster.reserve(slot, demands, 1);
    this.#room.keep(slot, demands);
  }

  /**
   * A place for a pod that others have a say about; it is off its old node. `before`: where it was put last, which is
   * asked first. `undefined`: there is none.
   */
  placeOne(pod: PodFacts, before: Slot | undefined): Slot | undefined {
    const slot = before !== undefined && this.#takes(before, pod) ? before : firstFit(this.#cluster, pod, this.#within);
    if (slot === undefined) return undefined;
    this.#room.take(slot, this.#cluster.resources.demands(pod.spec));
    placePod(this.#cluster, pod, slot);
    return slot;
  }

  #takes(slot: Slot, pod: PodFacts): boolean {
    return slot !== this.#from && this.#room.isOpen(slot) && fits(this.#cluster, pod, slot);
  }

  /** The node, without the pods that are to move, as spreads will count it while they do: tainted, and empty. */
  drain(slot: Slot): void {
    if (this.#movers.allPlain) return;
    const rest = [...this.#cluster.podsOn(slot).values()].filter((example) => this.#movers.isCounted({ example }));
    this.#cluster.removeAll(rest, slot);
    this.#cluster.taint(slot, REMOVAL);
  }

  /** The node, drained, takes no more pods in this pass, and is no domain any more. */
  close(slot: Slot): void {
    this.#room.close(slot);
    if (this.#movers.allPlain) return;
    this.#cluster.retire(slot);
  }

  /** From now on the pods of this node look for places. */
  begin(from: Slot): DestinationsMark {
    this.#from = from;
    return { room: this.#room.begin(from), model: this.#movers.allPlain ? undefined : this.#cluster.fork() };
  }

  rollback({ room, model }: DestinationsMark): void {
    this.#room.rollback(room);
    if (model !== undefined) this.#cluster.rollback(model);
  }

  /** Lets the model see all that was moved, so that it can be asked why a pod finds no place. */
  #settle(): void {
    if (this.#isSettled || !this.#movers.allPlain) return;
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
