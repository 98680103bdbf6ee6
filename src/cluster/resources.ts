/**
 * Resource arithmetic. Names are interned to column numbers, amounts are whole numbers in the units of ResourceList
 * (milli-CPU, bytes, counts): all far below 2^53, so plain numbers add and compare exactly.
 */
import type { PodSpecFacts, ResourceList } from './facts.ts';

/** The columns that every node has; extended resources follow in the order in which they are first met. */
export const CPU = 0;
export const MEMORY = 1;
/** `ephemeral-storage` is column 2. */
export const PODS = 3;
const FIXED_NAMES = ['cpu', 'memory', 'ephemeral-storage', 'pods'];

/** One resource of a request: the column and how much of it. */
export interface Demand {
  readonly column: number;
  readonly amount: number;
}

export class ResourceTable {
  readonly #names: string[] = [...FIXED_NAMES];
  readonly #columns = new Map<string, number>(FIXED_NAMES.map((name, column) => [name, column]));
  readonly #demands = new WeakMap<PodSpecFacts, readonly Demand[]>();
  #lastSpec: PodSpecFacts | undefined;
  #lastDemands: readonly Demand[] = [];

  get size(): number {
    return this.#names.length;
  }

  name(column: number): string {
    return this.#names[column] ?? '';
  }

  column(name: string): number {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = this.#names.length;
      this.#names.push(name);
      this.#columns.set(name, column);
    }
    return column;
  }

  /**
   * What a pod of this spec takes from its node: each resource it requests more than 0 of, and one of `pods`, in the
   * order of columns. Remembered per spec object.
   */
  demands(spec: PodSpecFacts): readonly Demand[] {
    // One pod is asked about at every turn while it is moved.
    if (spec === this.#lastSpec) return this.#lastDemands;
    let demands = this.#demands.get(spec);
    if (demands === undefined) {
      demands = [...this.#listed(spec.requests), { column: PODS, amount: 1 }].toSorted((a, b) => a.column - b.column);
      this.#demands.set(spec, demands);
    }
    this.#lastSpec = spec;
    this.#lastDemands = demands;
    return demands;
  }

  #listed(list: ResourceList): Demand[] {
    return Object.entries(list)
      .filter(([name, amount]) => amount > 0 && name !== 'pods')
      .map(([name, amount]) => ({ column: this.column(name), amount }));
  }
}

/** The sum of two resource lists. */
export function addResources(a: ResourceList, b: ResourceList): ResourceList {
  const sum: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}
