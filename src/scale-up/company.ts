/**
 * The pods that packing has put onto new nodes of one group so far, and those that the pass has put onto other new nodes
 * before, as the ties of further pods see them.
 */
import type { Counter, Counters } from './counters.ts';
import type { SpreadTie, Ties } from './ties.ts';

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** What the pods on one node are to a counter by hostname: how many count, and how many keep away those that do. */
export interface Mark {
  readonly counter: Counter;
  readonly counted: number;
  readonly keepingAway: number;
}

/** What the pass has put onto new nodes of other groups, as seen from where the new nodes of this one are. */
export interface Surroundings {
  /** Pods that count, in the domain that they share with this group's new nodes. */
  counted(counter: Counter): number;
  /** Pods there that keep away what counts. */
  keepingAway(counter: Counter): number;
  /** Pods that count, wherever they are. */
  anywhere(counter: Counter): number;
  /** By hostname: the fewest that count on any of those nodes; `undefined`: there are none. */
  least(counter: Counter): number | undefined;
}

export const NOBODY_AROUND: Surroundings = {
  counted: () => 0,
  keepingAway: () => 0,
  anywhere: () => 0,
  least: () => undefined,
};

export class Company {
  readonly #counters: Counters;
  readonly #around: Surroundings;
  readonly #counted = new Map<Counter, number>();
  readonly #keepingAway = new Map<Counter, number>();
  readonly #marks = new Map<Ties, readonly Mark[]>();
  /** By hostname: how many nodes hold so many pods that count, for more than none. */
  readonly #nodesHolding = new Map<Counter, Holding>();
  /** By hostname: the most on a node that took a pod for which it must not be too many. */
  readonly #height = new Map<Counter, number>();
  #nodes = 0;

  constructor(counters: Counters, around: Surroundings) {
    this.#counters = counters;
    this.#around = around;
  }

  // ---- What has happened -------------------------------------------------------------------------------------------

  note(ties: Ties, pods: number): void {
    if (pods === 0) return;
    for (const counter of this.#counters.counting(ties.kind)) add(this.#counted, counter, pods);
    for (const { counter } of ties.apart) add(this.#keepingAway, counter, pods);
  }

  /** So many nodes with these marks are opened. */
  noteNodes(nodes: number): void {
    this.#nodes += nodes;
  }

  /** What nodes with the marks are like once each holds so many more of the pods. */
  marked(marks: readonly Mark[], ties: Ties, { pods, nodes }: { pods: number; nodes: number }): readonly Mark[] {
    const own = this.#marksOf(ties);
    if (own.length === 0) return marks;
    const after = marks.slice();
    for (const { counter, counted, keepingAway } of own) {
      let index = after.length - 1;
      while (index >= 0 && after[index]?.counter !== counter) index -= 1;
      const before = after[index] ?? { counter, counted: 0, keepingAway: 0 };
      const mark = {
        counter,
        counted: before.counted + counted * pods,
        keepingAway: before.keepingAway + keepingAway * pods,
      };
      if (index < 0) after.push(mark);
      else after[index] = mark;
      if (counted > 0) this.#raise(counter, { from: before.counted, to: mark.counted, nodes });
    }
    for (const { counter } of ties.spread) {
      if (!counter.perNode) continue;
      this.#height.set(counter, Math.max(this.#height.get(counter) ?? 0, markOf(after, counter)?.counted ?? 0));
    }
    return after;
  }

  // ---- What it means for further pods -------------------------------------------------------------------------------

  /** Whether the next such pod would be the first of those that it wants near. */
  isFirst({ near }: Ties): boolean {
    return (
      near?.mayBeFirst === true &&
      near.terms.every(({ counter }) => this.count(counter) === 0 && this.#around.anywhere(counter) === 0)
    );
  }

  /** How many pods the pass has put where the counter looks: onto these new nodes, or into the domain they share. */
  count(counter: Counter): number {
    return (this.#counted.get(counter) ?? 0) + (counter.perNode ? 0 : this.#around.counted(counter));
  }

  /** How many such pods all new nodes may take together, as far as the domains that they share are concerned. */
  roomTogether(ties: Ties): number {
    const { kind, apart, near, spread } = ties;
    for (const counter of this.#counters.counting(kind)) {
      if (!counter.perNode && this.#isKeptAway(counter)) return 0;
    }
    let room = NO_BOUND;
    for (const { counter, base } of apart) {
      if (counter.perNode) continue;
      if (base > 0 || this.count(counter) > 0) return 0;
      if (this.#counters.counting(kind).includes(counter)) room = Math.min(room, 1);
    }
    if (near !== undefined && !this.isFirst(ties)) {
      for (const { counter, base } of near.terms) {
        if (!counter.perNode && base === 0 && this.count(counter) === 0) return 0;
      }
    }
    for (const tie of spread) if (!tie.counter.perNode) room = Math.min(room, this.#roomBySpread(tie));
    return Math.max(0, room);
  }

  /** How many such pods a node with the marks may take, topology spread aside. */
  roomOnNode(ties: Ties, marks: readonly Mark[], isFirst: boolean): number {
    const { kind, apart, near } = ties;
    if (marks.length > 0) {
      const counting = this.#counters.counting(kind);
      for (const { counter, keepingAway } of marks) if (keepingAway > 0 && counting.includes(counter)) return 0;
    }
    let room = NO_BOUND;
    for (const { counter, base } of apart) {
      if (!counter.perNode) continue;
      if (base + countedIn(marks, counter) > 0) return 0;
      if (room > 1 && this.#counters.counting(kind).includes(counter)) room = 1;
    }
    if (near === undefined || isFirst) return room;
    for (const { counter, base } of near.terms) {
      if (counter.perNode && base + countedIn(marks, counter) === 0) return 0;
    }
    return room;
  }

  /** By hostname: the fewest that count on any new node; `undefined`: there is none. */
  least(counter: Counter): number | undefined {
    if (this.#nodes === 0) return undefined;
    const holding = this.#nodesHolding.get(counter);
    return holding === undefined || holding.nodes < this.#nodes ? 0 : holding.least;
  }

  /** By hostname: the fewest on other new nodes of the pass; `undefined`: there are none. */
  leastAround(counter: Counter): number | undefined {
    return this.#around.least(counter);
  }

  // ---- What it comes to ---------------------------------------------------------------------------------------------

  get counted(): ReadonlyMap<Counter, number> {
    return this.#counted;
  }

  get keepingAway(): ReadonlyMap<Counter, number> {
    return this.#keepingAway;
  }

  get heights(): ReadonlyMap<Counter, number> {
    return this.#height;
  }

  #isKeptAway(counter: Counter): boolean {
    return (this.#keepingAway.get(counter) ?? 0) > 0 || this.#around.keepingAway(counter) > 0;
  }

  #roomBySpread(tie: SpreadTie): number {
    const { base, maxSkew, minDomains, countsItself, countsNewNodes } = tie;
    const domains = tie.domainsElsewhere + (tie.sharesDomain ? 1 : 0);
    // Where there is no other domain, the one that they share is the fewest itself.
    const least = domains < minDomains ? 0 : tie.leastElsewhere;
    if (least === undefined) return NO_BOUND;
    const above = base + (countsNewNodes ? this.count(tie.counter) : 0) - least;
    if (countsItself && countsNewNodes) return Math.max(0, maxSkew - above);
    return above + (countsItself ? 1 : 0) <= maxSkew ? NO_BOUND : 0;
  }

  /** What one such pod is to the counters by hostname. */
  #marksOf(ties: Ties): readonly Mark[] {
    let marks = this.#marks.get(ties);
    if (marks === undefined) {
      const counting = this.#counters.counting(ties.kind).filter(({ perNode }) => perNode);
      const keeping = ties.apart.map(({ counter }) => counter).filter(({ perNode }) => perNode);
      marks = [...new Set([...counting, ...keeping])].map((counter) => ({
        counter,
        counted: counting.includes(counter) ? 1 : 0,
        keepingAway: keeping.includes(counter) ? 1 : 0,
      }));
      this.#marks.set(ties, marks);
    }
    return marks;
  }

  #raise(counter: Counter, { from, to, nodes }: { from: number; to: number; nodes: number }): void {
    let holding = this.#nodesHolding.get(counter);
    if (holding === undefined) this.#nodesHolding.set(counter, (holding = new Holding()));
    holding.raise(from, to, nodes);
  }
}

/** How many nodes hold so many pods that count, for more than none. */
class Holding {
  /** How many nodes there are of these. */
  nodes = 0;
  /** By pods. */
  readonly #counts: number[] = [];
  #least = NO_BOUND;

  /** The fewest on any of these nodes. */
  get least(): number {
    return this.#least;
  }

  /** `from` 0: they held none. */
  raise(from: number, to: number, nodes: number): void {
    if (from === 0) this.nodes += nodes;
    else this.#counts[from] = (this.#counts[from] ?? 0) - nodes;
    this.#counts[to] = (this.#counts[to] ?? 0) + nodes;
    this.#least = Math.min(this.#least, to);
    // What only grows is looked for upwards: all looks together take no longer than the most that a node holds.
    while (this.#least < this.#counts.length && (this.#counts[this.#least] ?? 0) === 0) this.#least += 1;
  }
}

/** How many pods on the node count. */
export function countedIn(marks: readonly Mark[], counter: Counter): number {
  return markOf(marks, counter)?.counted ?? 0;
}

function markOf(marks: readonly Mark[], counter: Counter): Mark | undefined {
  for (const mark of marks) if (mark.counter === counter) return mark;
  return undefined;
}

function add(map: Map<Counter, number>, counter: Counter, pods: number): void {
  map.set(counter, (map.get(counter) ?? 0) + pods);
}
