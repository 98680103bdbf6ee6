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
  readonly runs: Run[];
  /** No node of it has more free, by column. What is taken from its nodes since is not worked in until it may matter. */
  most: readonly number[];
  /** Some node has as much. */
  isExact: boolean;
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
    if (last === undefined || last.runs.length + runs.length > LONGEST_BLOCK) {
      this.#blocks.push(...inBlocks(runs));
    } else {
      last.runs.push(...runs);
      last.most = mostOf(runs, last.most);
    }
  }

  replaceAll(runs: readonly Run[]): void {
    this.#blocks = inBlocks(runs);
    this.#count = runs.reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Offers, in order, runs that may have room for one of the demands. `use` returns what becomes of the run, which never
   * has more free than before, `undefined` to leave it, and `'enough'` to end the search.
   */
  offer(demands: readonly Demand[], use: (run: Run) => readonly Run[] | 'enough' | undefined): void {
    for (let at = 0; at < this.#blocks.length; at += 1) {
      const block = this.#blocks[at];
      if (block === undefined || !mayHold(block.most, demands)) continue;
      const isEnough = offerBlock(block, demands, use);
      if (block.runs.length > LONGEST_BLOCK) {
        const blocks = inBlocks(block.runs);
        this.#blocks.splice(at, 1, ...blocks);
        at += blocks.length - 1;
      }
      if (isEnough) return;
    }
  }
}

/** Returns whether `use` has had enough. */
function offerBlock(
  block: Block,
  demands: readonly Demand[],
  use: (run: Run) => readonly Run[] | 'enough' | undefined,
): boolean {
  const { runs } = block;
  let isAnyOffered = false;
  for (let index = 0; index < runs.length; index += 1) {
    const run = runs[index];
    if (run === undefined || !mayHold(run.free, demands)) continue;
    isAnyOffered = true;
    const answer = use(run);
    if (answer === undefined) continue;
    if (answer === 'enough') return true;
    block.isExact = false;
    const [only] = answer;
    if (answer.length === 1 && only !== undefined) runs[index] = only;
    else runs.splice(index, 1, ...answer);
    index += answer.length - 1;
  }
  // Looked through in vain: that shall not happen again.
  if (!isAnyOffered && !block.isExact) {
    block.most = mostOf(runs);
    block.isExact = true;
  }
  return false;
}

function mayHold(free: readonly number[], demands: readonly Demand[]): boolean {
  for (const { column, amount } of demands) if ((free[column] ?? 0) < amount) return false;
  return true;
}

function inBlocks(runs: readonly Run[]): Block[] {
  if (runs.length <= LONGEST_BLOCK) return runs.length === 0 ? [] : [blockOf([...runs])];
  const half = LONGEST_BLOCK / 2;
  const blocks: Block[] = [];
  for (let from = 0; from < runs.length; from += half) blocks.push(blockOf(runs.slice(from, from + half)));
  return blocks;
}

function blockOf(runs: Run[]): Block {
  return { runs, most: mostOf(runs), isExact: true };
}

/** The most that is free on any of the nodes, by column, and no less than `atLeast`. */
function mostOf(runs: readonly Run[], atLeast: readonly number[] = runs[0]?.free ?? []): readonly number[] {
  const most = [...atLeast];
  for (const { free } of runs) {
    for (let column = 0; column < free.length; column += 1) {
      const amount = free[column] ?? 0;
      if (amount > (most[column] ?? 0)) most[column] = amount;
    }
  }
  return most;
}
