/**
 * How many new nodes of one group the pods need: first-fit decreasing, by arithmetic.
 *
 * 1. Alike pods go, one after the other, onto the first new node that has room, so a node is filled before the next is
 *    looked at. New nodes with the same content are one run with a count; placing k pods is a few divisions per run.
 * 2. No node is filled beyond what is free on the template once its own pods run there; a node is opened only for a
 *    pod that fits it; at most `maxNodes` are opened, after which the room that is left is still used.
 * 3. The result equals placing the pods one by one on real nodes of the model (packing.test.ts holds it to that).
 * 4. Pods that other pods have a say about (ties.ts) are packed by the same arithmetic, with counts as further amounts.
 *    Those spread over hostnames fill the nodes evenly (even-packing.ts), as the scheduler will.
 * 5. Pods that wait for others to be near are tried again after those.
 */
import type { PodSpecFacts } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import { PODS } from '../cluster/resources.ts';
import { portsClash } from '../scheduling/node-ports.ts';
import type { Mark, Surroundings } from './company.ts';
import { Company, countedIn, NOBODY_AROUND } from './company.ts';
import { Counters } from './counters.ts';
import { fewestOnNodes, fillEvenly } from './even-packing.ts';
import type { EmptyNode, Run } from './open-nodes.ts';
import { OpenNodes } from './open-nodes.ts';
import type { SpreadTie, Ties } from './ties.ts';
import { countersOf } from './ties.ts';

export type { EmptyNode } from './open-nodes.ts';

/** A set of alike pods to pack. They fit the empty template as far as anything but amounts, ports and ties is concerned. */
export interface PackItem {
  readonly spec: PodSpecFacts;
  readonly demands: readonly Demand[];
  readonly count: number;
  /** Volumes that all of them use: a node needs a place for each with the first of the pods. */
  readonly shared?: readonly SharedVolume[] | undefined;
  /** What other pods have to say; given for all items or for none. */
  readonly ties?: Ties | undefined;
}

/** A volume of more than one pod, and the column in which its place is counted. */
export interface SharedVolume {
  readonly key: string;
  readonly column: number;
}

export interface Packing {
  readonly nodes: number;
  /** How many pods of each item found a place, in the order in which the items were given. */
  readonly placed: readonly number[];
}

/** Pods that packing has to know of besides the items. */
export interface Outside {
  /** The counters of the items, at least. */
  readonly counters: Counters;
  readonly around: Surroundings;
}

const NO_MARKS: readonly Mark[] = [];

/** Packs the items in the order given; see {@link sizeOn}. */
export function pack(items: readonly PackItem[], empty: EmptyNode, maxNodes: number): Packing {
  const counters = new Counters(items.flatMap(({ ties }) => (ties === undefined ? [] : countersOf(ties))));
  const { nodes, placed } = packBeside(items, empty, maxNodes, { counters, around: NOBODY_AROUND });
  return { nodes, placed };
}

/** The same with other new nodes around; also tells what was put where. */
export function packBeside(
  items: readonly PackItem[],
  empty: EmptyNode,
  maxNodes: number,
  outside: Outside,
): Packing & { readonly company: Company } {
  const packer = new Packer(empty, maxNodes, outside);
  const placed = items.map((item) => packer.place(item, item.count));
  const waiting = items.flatMap((item, index) => (item.ties?.near === undefined ? [] : [{ item, index }]));
  for (let more = waiting.length > 0; more;) {
    more = false;
    for (const { item, index } of waiting) {
      const before = placed[index] ?? 0;
      if (before === item.count) continue;
      const now = packer.place(item, item.count - before);
      placed[index] = before + now;
      more ||= now > 0;
    }
  }
  return { nodes: packer.nodes, placed, company: packer.company };
}

class Packer {
  readonly company: Company;
  readonly #open = new OpenNodes();
  readonly #empty: Run;
  readonly #maxNodes: number;
  /** The pods that are being placed are the first of those that they want near. */
  #isFirst = false;

  constructor(empty: EmptyNode, maxNodes: number, { counters, around }: Outside) {
    this.#empty = { ...empty, count: 1, marks: NO_MARKS };
    this.#maxNodes = maxNodes;
    this.company = new Company(counters, around);
  }

  get nodes(): number {
    return this.#open.count;
  }

  /** Puts up to `count` of the item's pods onto the nodes that are open, and onto new ones. Returns how many. */
  place(item: PackItem, count: number): number {
    const { ties } = item;
    if (ties === undefined) return this.#fillInOrder(item, count);
    let placed = 0;
    this.#isFirst = this.company.isFirst(ties);
    if (this.#isFirst) {
      placed = this.#placeTied(item, ties, Math.min(count, 1));
      if (placed === 0) return 0;
      this.#isFirst = false;
    }
    return placed + this.#placeTied(item, ties, count - placed);
  }

  #placeTied(item: PackItem, ties: Ties, count: number): number {
    if (count === 0) return 0;
    const allowed = Math.min(count, this.company.roomTogether(ties));
    const evenly = ties.spread.filter(({ counter }) => counter.perNode);
    const placed = evenly.length > 0 ? this.#spread(item, evenly, allowed) : this.#fillInOrder(item, allowed);
    this.company.note(ties, placed);
    return placed;
  }

  #fillInOrder(item: PackItem, count: number): number {
    const left = this.#fillOpen(item, count, NO_CAPS);
    return count - left + this.#fillNew(item, left, NO_CAPS);
  }

  /** Opens nodes for the pods, as far as it may, and fills them in order. Returns how many pods they took. */
  #fillNew(item: PackItem, count: number, caps: readonly Cap[]): number {
    const perNode = count === 0 ? 0 : this.#roomUnder(caps, item, this.#empty);
    const opened = perNode <= 0 ? 0 : Math.min(Math.ceil(count / perNode), this.#maxNodes - this.nodes);
    if (opened <= 0) return 0;
    this.company.noteNodes(opened);
    const filled = this.#fillRun({ ...this.#empty, count: opened }, item, perNode, count);
    this.#open.append(filled.runs);
    return count - filled.left;
  }

  /** Puts up to `count` pods onto the nodes that are open, first nodes first. Returns how many are left. */
  #fillOpen(item: PackItem, count: number, caps: readonly Cap[]): number {
    let left = count;
    if (left === 0) return 0;
    this.#open.offer(item.demands, (run) => {
      if (left === 0) return 'enough';
      const perNode = this.#roomUnder(caps, item, run);
      if (perNode <= 0) return undefined;
      const filled = this.#fillRun(run, item, perNode, left);
      left = filled.left;
      return filled.runs;
    });
    return left;
  }

  /** Puts pods onto the nodes of the run, `perNode` onto each. */
  #fillRun(run: Run, item: PackItem, perNode: number, pods: number): { readonly runs: Run[]; readonly left: number } {
    const runs: Run[] = [];
    const full = Math.min(run.count, Math.floor(pods / perNode));
    if (full > 0) runs.push(this.#holding(run, item, perNode, full));
    const left = pods - full * perNode;
    const rest = run.count - full;
    if (rest === 0) return { runs, left };
    // What is left is less than a node's fill: one node takes it, the others stay as they are.
    if (left > 0) runs.push(this.#holding(run, item, left, 1));
    const untouched = left > 0 ? rest - 1 : rest;
    if (untouched > 0) runs.push({ ...run, count: untouched });
    return { runs, left: 0 };
  }

  // ---- Spread over hostnames ---------------------------------------------------------------------------------------

  #spread(item: PackItem, evenly: readonly SpreadTie[], count: number): number {
    const left = this.#fillUnderCaps(item, evenly, count);
    return left === 0 ? count : count - left + this.#fillEvenly(item, evenly, left);
  }

  /**
   * Mostly some node with the fewest is full: it holds all others down to the skew above it, and nothing else has to be
   * worked out. Returns how many pods are left to be spread with more thought.
   */
  #fillUnderCaps(item: PackItem, evenly: readonly SpreadTie[], count: number): number {
    const lowest = this.#lowestLayer(evenly);
    if (lowest === undefined) return count;
    // Who does not count itself raises nothing: there is one layer only.
    let left = this.#fillOpen(item, count, lowest.map(nextLayer));
    const isHeldDown = lowest.every(({ tie, level }) => !tie.countsItself || this.#levelOf(tie) === level);
    if (left === 0 || !isHeldDown) return left;
    const caps = lowest.map(topLayer);
    left = this.#fillOpen(item, left, caps);
    return left - this.#fillNew(item, left, caps);
  }

  /** Each constraint with the fewest on any node; `undefined`: that alone does not tell how far nodes may be filled. */
  #lowestLayer(evenly: readonly SpreadTie[]): Layer[] | undefined {
    const layers: Layer[] = [];
    for (const tie of evenly) {
      const level = this.#levelOf(tie);
      if (level === undefined || !tie.countsNewNodes || tie.minDomains > 1) return undefined;
      layers.push({
        tie,
        level,
        fewest: Math.min(level, fewestOnNodes(tie, this.company.leastAround(tie.counter)) ?? level),
      });
    }
    return layers;
  }

  #levelOf({ counter, base }: SpreadTie): number | undefined {
    const least = this.company.least(counter);
    return least === undefined ? undefined : base + least;
  }

  #fillEvenly(item: PackItem, evenly: readonly SpreadTie[], count: number): number {
    const filled = fillEvenly({
      spread: evenly.map((tie) => ({ tie, leastAround: this.company.leastAround(tie.counter) })),
      runs: this.#open.all().map((run) => ({ run, room: this.#roomFor(item, run) })),
      empty: { run: this.#empty, room: this.#roomFor(item, this.#empty) },
      mostNew: this.#maxNodes - this.nodes,
      count,
    });
    this.company.noteNodes(filled.opened);
    this.#open.replaceAll(
      filled.parts.map(({ run, pods, nodes }) =>
        pods === 0 ? { ...run, count: nodes } : this.#holding(run, item, pods, nodes),
      ),
    );
    return filled.placed;
  }

  // ---- One node ----------------------------------------------------------------------------------------------------

  #roomUnder(caps: readonly Cap[], item: PackItem, run: Run): number {
    let room = this.#roomFor(item, run);
    for (const { tie, top } of caps) {
      const below = top - tie.base - countedIn(run.marks, tie.counter);
      if (tie.countsItself) room = Math.min(room, below);
      else if (below < 0) room = 0;
    }
    return room;
  }

  /** How many of the item's pods one such node takes. Two pods with the same host port never share a node. */
  #roomFor(item: PackItem, run: Run): number {
    const { spec, demands, ties } = item;
    const free = freeBeside(run, item.shared);
    if (free === undefined) return 0;
    let room = Number.MAX_SAFE_INTEGER;
    for (const { column, amount } of demands) room = Math.min(room, Math.floor((free[column] ?? 0) / amount));
    if (room <= 0) return 0;
    if (spec.hostPorts.length > 0) {
      if (spec.hostPorts.some((wanted) => run.ports.some((used) => portsClash(wanted, used)))) return 0;
      room = Math.min(room, 1);
    }
    return ties === undefined ? room : Math.min(room, this.company.roomOnNode(ties, run.marks, this.#isFirst));
  }

  #holding(run: Run, { spec, demands, shared, ties }: PackItem, pods: number, count: number): Run {
    const free = [...(freeBeside(run, shared) ?? run.free)];
    for (const { column, amount } of demands) free[column] = (free[column] ?? 0) - pods * amount;
    return {
      count,
      free,
      ports: spec.hostPorts.length === 0 ? run.ports : [...run.ports, ...spec.hostPorts],
      attached:
        shared === undefined ? run.attached : new Set([...(run.attached ?? []), ...shared.map(({ key }) => key)]),
      marks: ties === undefined ? run.marks : this.company.marked(run.marks, ties, { pods, nodes: count }),
    };
  }
}

/** No node may hold more than `top` of the pods that the tie counts. */
interface Cap {
  readonly tie: SpreadTie;
  readonly top: number;
}

const NO_CAPS: readonly Cap[] = [];

/** A constraint with the fewest on any open node, and on any node at all. */
interface Layer {
  readonly tie: SpreadTie;
  readonly level: number;
  readonly fewest: number;
}

function topLayer({ tie, fewest }: Layer): Cap {
  return { tie, top: tie.maxSkew + fewest };
}

/** Up to one more on the open nodes with the fewest. */
function nextLayer(layer: Layer): Cap {
  const { tie, top } = topLayer(layer);
  return { tie, top: tie.countsItself ? Math.min(top, layer.level + 1) : top };
}

/** What is free once the shared volumes are there too; `undefined`: there is no place for them. */
function freeBeside(run: Run, shared: PackItem['shared']): readonly number[] | undefined {
  if (shared === undefined) return run.free;
  const missing = shared.filter(({ key }) => run.attached?.has(key) !== true);
  if (missing.length === 0) return run.free;
  const free = [...run.free];
  for (const { column } of missing) free[column] = (free[column] ?? 0) - 1;
  return missing.every(({ column }) => (free[column] ?? 0) >= 0) ? free : undefined;
}

/** The size by which items are put in decreasing order: the sum of their shares of the node, places for pods aside. */
export function sizeOn(demands: readonly Demand[], allocatable: readonly number[]): number {
  let size = 0;
  for (const { column, amount } of demands) {
    const whole = allocatable[column] ?? 0;
    if (column !== PODS && whole > 0) size += amount / whole;
  }
  return size;
}
