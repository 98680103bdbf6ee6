/** Amounts per node: one typed array per resource for what a node can allocate, one for what its pods request. */
import type { ResourceList } from './facts.ts';
import type { Demand, ResourceTable } from './resources.ts';

const FIRST_CAPACITY = 64;

export class NodeColumns {
  readonly #table: ResourceTable;
  readonly #allocatable: Float64Array[] = [];
  readonly #requested: Float64Array[] = [];
  #capacity = FIRST_CAPACITY;

  constructor(table: ResourceTable) {
    this.#table = table;
  }

  allocatable(slot: number, column: number): number {
    return this.#allocatable[column]?.[slot] ?? 0;
  }

  requested(slot: number, column: number): number {
    return this.#requested[column]?.[slot] ?? 0;
  }

  free(slot: number, column: number): number {
    return this.allocatable(slot, column) - this.requested(slot, column);
  }

  /** Makes room for the slot and sets all its amounts to 0. */
  open(slot: number): void {
    if (slot >= this.#capacity) this.#grow(Math.max(slot + 1, this.#capacity * 2));
    for (const column of this.#allocatable) column[slot] = 0;
    for (const column of this.#requested) column[slot] = 0;
  }

  setAllocatable(slot: number, amounts: ResourceList): void {
    for (const column of this.#allocatable) column[slot] = 0;
    for (const [name, amount] of Object.entries(amounts)) {
      this.#writable(this.#allocatable, this.#table.column(name))[slot] = amount;
    }
  }

  /** Adds what so many pods demand; with less than 0 of them, subtracts it. */
  add(slot: number, demands: readonly Demand[], pods: number): void {
    for (const { column, amount } of demands) {
      const amounts = this.#writable(this.#requested, column);
      amounts[slot] = (amounts[slot] ?? 0) + pods * amount;
    }
  }

  #writable(columns: Float64Array[], column: number): Float64Array {
    while (columns.length <= column) columns.push(new Float64Array(this.#capacity));
    return columns[column] ?? new Float64Array(this.#capacity);
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    for (const columns of [this.#allocatable, this.#requested]) {
      for (const [index, column] of columns.entries()) {
        const larger = new Float64Array(capacity);
        larger.set(column);
        columns[index] = larger;
      }
    }
  }
}
