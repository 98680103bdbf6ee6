/**
 * The timers of a virtual clock, soonest first; timers of one instant in the order in which they were set.
 *
 * A cancelled timer stays in the heap until it surfaces. Request deadlines are set and cancelled by the million, so when
 * cancelled ones outnumber the living the heap is rebuilt without them: memory stays in proportion to what is waiting.
 */
import type { Timer } from '../../src/runtime/clock.ts';

export interface QueuedTimer extends Timer {
  readonly atMs: number;
  readonly fire: () => void;
  /** How many timers were set before it. */
  readonly sequence: number;
}

/** Below this size a rebuild costs more than the cancelled timers do. */
const SMALLEST_REBUILD = 1024;

interface Entry extends QueuedTimer {
  state: 'waiting' | 'cancelled' | 'taken';
}

export class TimerQueue {
  #heap: Entry[] = [];
  #cancelled = 0;
  #added = 0;

  /** How many timers were ever set. */
  get added(): number {
    return this.#added;
  }

  /** Timers that still wait. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(atMs: number, fire: () => void): QueuedTimer {
    const entry: Entry = {
      atMs,
      fire,
      sequence: this.#added++,
      state: 'waiting',
      cancel: () => this.#cancel(entry),
    };
    this.#heap.push(entry);
    this.#siftUp(this.#heap.length - 1);
    return entry;
  }

  /** When the next timer is due; `undefined` when none waits. */
  nextAtMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.atMs;
  }

  /** Removes and returns the next timer. */
  take(): QueuedTimer | undefined {
    this.#dropCancelled();
    const entry = this.#removeFirst();
    if (entry !== undefined) entry.state = 'taken';
    return entry;
  }

  #cancel(entry: Entry): void {
    if (entry.state !== 'waiting') return;
    entry.state = 'cancelled';
    this.#cancelled++;
    if (this.#heap.length < SMALLEST_REBUILD || this.#cancelled * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter((each) => each.state === 'waiting').toSorted(byDue);
    this.#cancelled = 0;
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.state === 'cancelled') {
      this.#removeFirst();
      this.#cancelled--;
    }
  }

  #removeFirst(): Entry | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#siftDown();
    return first;
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    let index = from;
    for (;;) {
      const entry = heap[index];
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (entry === undefined || parent === undefined || byDue(parent, entry) <= 0) return;
      heap[index] = parent;
      heap[parentIndex] = entry;
      index = parentIndex;
    }
  }

  #siftDown(): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let smallest = index;
      for (const child of [index * 2 + 1, index * 2 + 2]) {
        const candidate = heap[child];
        const best = heap[smallest];
        if (candidate !== undefined && best !== undefined && byDue(candidate, best) < 0) smallest = child;
      }
      const entry = heap[index];
      const lower = heap[smallest];
      if (smallest === index || entry === undefined || lower === undefined) return;
      heap[index] = lower;
      heap[smallest] = entry;
      index = smallest;
    }
  }
}

function byDue(a: Entry, b: Entry): number {
  return a.atMs - b.atMs || a.sequence - b.sequence;
}
