/**
 * The room on the nodes that may take moved pods, and a quick first fit over it for pods about which no other pod has a
 * say.
 *
 * 1. Destinations are known by their position, which is their rank: the first with room is taken.
 * 2. While pods are only added, a node that had no room for a pod has none for its sibling: each shape's search goes on
 *    where it last ended. What is taken back takes the progress back with it.
 * 3. Alike pods are placed by arithmetic, as many as fit at once.
 * 4. What is left that any pod could use is known at any time: who needs more than that need not look.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeClass } from '../cluster/node-classes.ts';
import type { Demand } from '../cluster/resources.ts';
import { staticRejectionOfClass } from '../scheduling/static-verdicts.ts';
import type { Load, Shape } from './loads.ts';
import { demandsOfAll } from './loads.ts';
import { OpenPositions } from './open-positions.ts';
import { UsableRoom } from './usable-room.ts';

/** What is known of one shape: where its search goes on, and which classes of nodes take it. */
interface Progress {
  next: number;
  readonly amounts: readonly number[];
  readonly columns: readonly Float64Array[];
  /** By class: 0 not asked yet, 1 takes it, 2 does not. */
  readonly admitted: Uint8Array;
  readonly shape: Shape;
}

/** A point to go back to. */
export interface RoomMark {
  readonly taken: number;
  readonly moved: number;
  readonly skipped: number;
}

/** Told where pods were put: so many of them at that node. */
export type Placed = (slot: Slot, pods: number) => void;

export class Room {
  readonly #cluster: Cluster;
  readonly #slots: readonly Slot[];
  /** By slot: the position of the node, and one more; 0 where it is no destination. */
  readonly #positions: Uint32Array;
  readonly #open: OpenPositions;
  readonly #classOf: Uint32Array;
  readonly #classes: NodeClass[] = [];
  readonly #free: (Float64Array | undefined)[] = [];
  /** What was free before anything was taken. */
  readonly #freeAtFirst: (Float64Array | undefined)[] = [];
  readonly #usable: UsableRoom;
  readonly #progress = new Map<Shape, Progress>();
  /** What was taken, to be given back; three lists in step, as there are many. */
  readonly #takenAt: number[] = [];
  readonly #takenDemands: (readonly Demand[])[] = [];
  readonly #takenPods: number[] = [];
  readonly #moved: { readonly progress: Progress; readonly before: number }[] = [];
  /** How many shapes are known to fit nowhere. */
  #exhausted = 0;
  /** The node whose pods are looking for places now. */
  #skipped = -1;

  /** The destinations in the order of preference. `loads`: all that may look for places. */
  constructor(cluster: Cluster, slots: readonly Slot[], loads: readonly (readonly Load[])[]) {
    this.#cluster = cluster;
    this.#usable = new UsableRoom(loads);
    this.#slots = slots;
    this.#open = new OpenPositions(slots.length);
    this.#classOf = new Uint32Array(slots.length);
    this.#positions = new Uint32Array(1 + slots.reduce((last, slot) => Math.max(last, slot), -1));
    const numbers = new Map<NodeClass, number>();
    let number = -1;
    for (const [position, slot] of slots.entries()) {
      this.#positions[slot] = position + 1;
      const nodeClass = cluster.nodeClass(slot);
      if (nodeClass !== this.#classes[number]) {
        number = numbers.get(nodeClass) ?? this.#classes.push(nodeClass) - 1;
        numbers.set(nodeClass, number);
      }
      this.#classOf[position] = number;
    }
    // While pods are off a node that then stays after all, the model would tell of more room than there is.
    for (let column = 0; column < cluster.resources.size; column += 1) this.#freeOf(column);
  }

  get size(): number {
    return this.#slots.length;
  }

  /** -1: it is no destination. */
  positionOf(slot: Slot): number {
    return (this.#positions[slot] ?? 0) - 1;
  }

  isOpen(slot: Slot): boolean {
    const position = this.positionOf(slot);
    return position >= 0 && this.#open.has(position);
  }

  /** The destinations that still take pods, in their order. */
  open(): Slot[] {
    return this.#slots.filter((_, position) => this.#open.has(position));
  }

  /** The node takes no more pods. */
  close(slot: Slot): void {
    const position = this.positionOf(slot);
    if (position < 0 || !this.#open.has(position)) return;
    for (let column = 0; column < this.#free.length; column += 1) {
      this.#usable.change(column, this.#free[column]?.[position] ?? 0, 0);
    }
    this.#open.close(position);
  }

  /** Whether it is known, without looking, that no destination takes a pod of the shape. */
  isExhausted(shape: Shape): boolean {
    if (this.#exhausted === 0) return this.#slots.length === 0;
    return (this.#progress.get(shape)?.next ?? 0) >= this.#slots.length;
  }

  /** Puts the pods on the first nodes that have room, other than the one that they leave. Whether all found a place. */
  place(shape: Shape, pods: number, placed: Placed): boolean {
    const progress = this.#progressOf(shape);
    const { amounts, columns } = progress;
    const end = this.#slots.length;
    let left = pods;
    let position = this.#open.firstFrom(progress.next);
    for (; position < end; position = this.#open.firstFrom(position + 1)) {
      const fitting = fittingAt(columns, amounts, position, left);
      if (fitting === 0 || position === this.#skipped) continue;
      if (!this.#admits(progress, position)) continue;
      this.#take(position, shape.demands, fitting);
      placed(this.#slots[position] ?? -1, fitting);
      left -= fitting;
      if (left === 0) break;
    }
    this.#moveOn(progress, position);
    return left === 0;
  }

  /** Whether the node, a destination, would take a pod of the shape were it empty. */
  admits(slot: Slot, shape: Shape): boolean {
    return this.#admits(this.#progressOf(shape), this.positionOf(slot));
  }

  /** Whether the node is a destination that still takes pods, and has so much left. */
  has(slot: Slot, demands: readonly Demand[]): boolean {
    const position = this.positionOf(slot);
    if (position < 0 || !this.#open.has(position)) return false;
    for (const { column, amount } of demands) if ((this.#freeOf(column)[position] ?? 0) < amount) return false;
    return true;
  }

  /** Whether these, the node's own pods, and those that were put there cannot all find places elsewhere. */
  isTooLittleFor(loads: readonly Load[], slot: Slot): boolean {
    const position = this.positionOf(slot);
    return demandsOfAll(loads).some(({ column, amount }) => {
      const free = this.#freeOf(column);
      const received = (this.#freeAtFirst[column]?.[position] ?? 0) - (free[position] ?? 0);
      return amount + received > this.#usable.without(column, free[position] ?? 0);
    });
  }

  /** What was placed by other means takes room. */
  take(slot: Slot, demands: readonly Demand[]): void {
    const position = this.positionOf(slot);
    if (position >= 0) this.#take(position, demands, 1);
  }

  /** The same for good: it is not given back by {@link rollback}. */
  keep(slot: Slot, demands: readonly Demand[]): void {
    this.#add(this.positionOf(slot), demands, 1);
  }

  /** From now on the pods of this node look for places: never there. */
  begin(from: Slot): RoomMark {
    const mark = { taken: this.#takenAt.length, moved: this.#moved.length, skipped: this.#skipped };
    this.#skipped = this.positionOf(from);
    return mark;
  }

  /**
   * Gives back what was taken since. Where nothing was taken, and nobody was kept away, a node that had no room for a
   * shape has none still: the search does not begin before the first node of which that is not known.
   */
  rollback({ taken, moved }: RoomMark): void {
    const touched = this.#takenAt.slice(taken);
    touched.push(this.#skipped);
    while (this.#takenAt.length > taken) {
      const position = this.#takenAt.pop() ?? 0;
      this.#add(position, this.#takenDemands.pop() ?? [], -(this.#takenPods.pop() ?? 0));
    }
    while (this.#moved.length > moved) {
      const last = this.#moved.pop();
      if (last === undefined) continue;
      const { progress, before } = last;
      let next = progress.next;
      for (const position of touched) if (position >= before && position < next) next = position;
      if (progress.next === this.#slots.length && next < progress.next) this.#exhausted -= 1;
      progress.next = next;
    }
  }

  /** What was taken of each node: for whoever has to see it in the model. */
  forEachTaken(tell: (slot: Slot, demands: readonly Demand[]) => void): void {
    const columns = this.#free
      .keys()
      .filter((column) => this.#free[column] !== undefined)
      .toArray();
    for (const [position, slot] of this.#slots.entries()) {
      const taken = columns.flatMap((column) => {
        const amount = (this.#freeAtFirst[column]?.[position] ?? 0) - (this.#free[column]?.[position] ?? 0);
        return amount === 0 ? [] : [{ column, amount }];
      });
      if (taken.length > 0) tell(slot, taken);
    }
  }

  #moveOn(progress: Progress, position: number): void {
    if (position === progress.next) return;
    this.#moved.push({ progress, before: progress.next });
    progress.next = position;
    if (position === this.#slots.length) this.#exhausted += 1;
  }

  #take(position: number, demands: readonly Demand[], pods: number): void {
    this.#takenAt.push(position);
    this.#takenDemands.push(demands);
    this.#takenPods.push(pods);
    this.#add(position, demands, pods);
  }

  #add(position: number, demands: readonly Demand[], pods: number): void {
    for (const { column, amount } of demands) {
      const free = this.#freeOf(column);
      const before = free[position] ?? 0;
      const now = before - amount * pods;
      free[position] = now;
      this.#usable.change(column, before, now);
    }
  }

  #progressOf(shape: Shape): Progress {
    let progress = this.#progress.get(shape);
    if (progress === undefined) {
      progress = {
        next: 0,
        amounts: shape.demands.map(({ amount }) => amount),
        columns: shape.demands.map(({ column }) => this.#freeOf(column)),
        admitted: new Uint8Array(this.#classes.length),
        shape,
      };
      this.#progress.set(shape, progress);
    }
    return progress;
  }

  /** Read off the model at the beginning; a resource that was not known then, no node has. */
  #freeOf(column: number): Float64Array {
    let free = this.#free[column];
    if (free === undefined) {
      free = new Float64Array(this.#slots.length);
      for (let position = 0; position < free.length; position += 1) {
        const now = this.#cluster.free(this.#slots[position] ?? -1, column);
        free[position] = now;
        if (this.#open.has(position)) this.#usable.change(column, 0, now);
      }
      this.#free[column] = free;
      this.#freeAtFirst[column] = free.slice();
    }
    return free;
  }

  #admits({ admitted, shape }: Progress, position: number): boolean {
    const number = this.#classOf[position] ?? 0;
    let known = admitted[number];
    if (known === 0) {
      const nodeClass = this.#classes[number];
      const takes = nodeClass && staticRejectionOfClass(this.#cluster, shape.spec, nodeClass) === undefined;
      admitted[number] = known = takes === true ? 1 : 2;
    }
    return known === 1;
  }
}

/** How many of at most so many pods fit at the position. */
function fittingAt(
  columns: readonly Float64Array[],
  amounts: readonly number[],
  position: number,
  most: number,
): number {
  let pods = most;
  for (let index = 0; index < columns.length; index += 1) {
    const free = columns[index]?.[position] ?? 0;
    const amount = amounts[index] ?? 0;
    if (free < amount) return 0;
    if (pods > 1 && free < amount * pods) pods = Math.floor(free / amount);
  }
  return pods;
}
