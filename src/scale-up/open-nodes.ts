/**
 * The new nodes that are open while packing, in the order in which they were opened: runs of nodes with the same content,
 * in blocks that know the most that is free in them, so that full ones are passed over together.
 */
import type { HostPort } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import type { Mark } from './company.ts';

/** An empty new node: what is free on it, by column, and the host ports and volumes that its own pods use. */
export interface EmptyNode {
  readonly free: readonly number[];
  readonly ports: readonly HostPort[];
  readonly attached?: ReadonlySet<string> | undefined;
}

/** New nodes with the same content. */
export interface Run extends EmptyNode {
  readonly count: number;
  readonly marks: readonly Mark[];
}

/** Long blocks are searched run by run too often, short ones are too many to pass over. */
const LONGEST_BLOCK = 64;

interface Block {
  readonly runs: readonly Run[];
  /** The most that is free on any of its nodes, by column. */
  readonly most: readonly number[];
}

export class OpenNodes {
  #blocks: Block[] = [];
  #count = 0;

  /** How many nodes there are. */
  get count(): number {
    return this.#count;
  }

  all(): Run[] {
    return this.#blocks.flatMap(({ runs }) => runs);
  }

  append(runs: readonly Run[]): void {
    for (const { count } of runs) this.#count += count;
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.runs.length + runs.length <= LONGEST_BLOCK) {
      this.#blocks[this.#blocks.length - 1] = blockOf([...last.runs, ...runs]);
    } else {
      this.#blocks.push(...inBlocks(runs));
    }
  }

  replaceAll(runs: readonly Run[]): void {
    this.#blocks = inBlocks(runs);
    this.#count = runs.reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Offers, in order, runs that may have room for one of the demands. `use` returns what becomes of the run, `undefined`
   * to leave it, and `'enough'` to end the search.
   */
  offer(demands: readonly Demand[], use: (run: Run) => readonly Run[] | 'enough' | undefined): void {
    for (let at = 0; at < this.#blocks.length; at += 1) {
      const block = this.#blocks[at];
      if (block === undefined || !mayHold(block.most, demands)) continue;
      const { isEnough, changed } = offerBlock(block, demands, use);
      if (changed !== undefined) {
        const blocks = inBlocks(changed);
        this.#blocks.splice(at, 1, ...blocks);
        at += blocks.length - 1;
      }
      if (isEnough) return;
    }
  }
}

function offerBlock(
  { runs }: Block,
  demands: readonly Demand[],
  use: (run: Run) => readonly Run[] | 'enough' | undefined,
): { readonly isEnough: boolean; readonly changed: readonly Run[] | undefined } {
  let changed: Run[] | undefined;
  for (const [index, run] of runs.entries()) {
    const answer = mayHold(run.free, demands) ? use(run) : undefined;
    if (answer === 'enough') {
      changed?.push(...runs.slice(index));
      return { isEnough: true, changed };
    }
    if (answer !== undefined) (changed ??= runs.slice(0, index)).push(...answer);
    else changed?.push(run);
  }
  return { isEnough: false, changed };
}

function mayHold(free: readonly number[], demands: readonly Demand[]): boolean {
  for (const { column, amount } of demands) if ((free[column] ?? 0) < amount) return false;
  return true;
}

function inBlocks(runs: readonly Run[]): Block[] {
  if (runs.length <= LONGEST_BLOCK) return runs.length === 0 ? [] : [blockOf(runs)];
  const half = LONGEST_BLOCK / 2;
  const blocks: Block[] = [];
  for (let from = 0; from < runs.length; from += half) blocks.push(blockOf(runs.slice(from, from + half)));
  return blocks;
}

function blockOf(runs: readonly Run[]): Block {
  const most: number[] = [...(runs[0]?.free ?? [])];
  for (const { free } of runs) {
    for (let column = 0; column < free.length; column += 1) {
      most[column] = Math.max(most[column] ?? 0, free[column] ?? 0);
    }
  }
  return { runs, most };
}
