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
import type { HostPort, PodSpecFacts } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import { PODS } from '../cluster/resources.ts';
import { portsClash } from '../scheduling/node-ports.ts';
import { Company } from './company.ts';
import type { Held } from './company.ts';
import { fillEvenly } from './even-packing.ts';
import type { Ties } from './ties.ts';

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

/** An empty new node: what is free on it, by column, and the host ports and volumes that its own pods use. */
export interface EmptyNode {
  readonly free: readonly number[];
  readonly ports: readonly HostPort[];
  readonly attached?: ReadonlySet<string> | undefined;
}

export interface Packing {
  readonly nodes: number;
  /** How many pods of each item found a place, in the order in which the items were given. */
  readonly placed: readonly number[];
}

/** New nodes with the same content; runs stand in the order in which their nodes were opened. */
interface Run extends EmptyNode {
  readonly count: number;
  /** The tied pods on each of them. */
  readonly held: readonly Held[];
}

const NOTHING_HELD: readonly Held[] = [];

/** Packs the items in the order given; see {@link sizeOn}. */
export function pack(items: readonly PackItem[], empty: EmptyNode, maxNodes: number): Packing {
  const packer = new Packer(empty, maxNodes);
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
  return { nodes: packer.nodes, placed };
}

class Packer {
  readonly #empty: EmptyNode;
  readonly #maxNodes: number;
  readonly #company = new Company();
  #runs: readonly Run[] = [];
  #nodes = 0;
  /** The pods that are being placed are the first of those that they want near. */
  #isFirst = false;

  constructor(empty: EmptyNode, maxNodes: number) {
    this.#empty = empty;
    this.#maxNodes = maxNodes;
  }

  get nodes(): number {
    return this.#nodes;
  }

  /** Puts up to `count` of the item's pods onto the nodes that are open, and onto new ones. Returns how many. */
  place(item: PackItem, count: number): number {
    const { ties } = item;
    if (ties === undefined) return this.#fillInOrder(item, count);
    let placed = 0;
    this.#isFirst = this.#company.isFirst(ties);
    if (this.#isFirst) {
      placed = this.#placeAs(item, Math.min(count, 1));
      if (placed === 0) return 0;
      this.#isFirst = false;
    }
    return placed + this.#placeAs(item, count - placed);
  }

  #placeAs(item: PackItem, count: number): number {
    const { ties } = item;
    if (ties === undefined || count === 0) return 0;
    const allowed = Math.min(count, this.#company.roomTogether(ties));
    const isEven = ties.spread.some(({ perNode }) => perNode);
    const placed = isEven ? this.#fillEvenly(item, allowed) : this.#fillInOrder(item, allowed);
    this.#company.note(ties, placed);
    return placed;
  }

  #fillInOrder(item: PackItem, count: number): number {
    const onOpened = this.#fill(this.#runs, item, count);
    const perNode = this.#roomFor(item, this.#emptyRun(1));
    const opened = perNode === 0 ? 0 : Math.min(Math.ceil(onOpened.left / perNode), this.#maxNodes - this.#nodes);
    if (opened <= 0) {
      this.#runs = onOpened.runs;
      return count - onOpened.left;
    }
    const onNew = this.#fill([this.#emptyRun(opened)], item, onOpened.left);
    this.#runs = [...onOpened.runs, ...onNew.runs];
    this.#nodes += opened;
    return count - onNew.left;
  }

  #fillEvenly(item: PackItem, count: number): number {
    const { ties } = item;
    if (ties === undefined) return 0;
    const filled = fillEvenly({
      spread: ties.spread
        .filter(({ perNode }) => perNode)
        .map((tie) => ({ tie, isHeld: this.#company.count(tie) > 0 })),
      runs: this.#runs.map((run) => ({ run, room: this.#roomFor(item, run) })),
      empty: { run: this.#emptyRun(1), room: this.#roomFor(item, this.#emptyRun(1)) },
      mostNew: this.#maxNodes - this.#nodes,
      count,
    });
    this.#runs = filled.parts.map(({ run, pods, nodes }) =>
      pods === 0 ? { ...run, count: nodes } : holding(run, item, pods, nodes),
    );
    this.#nodes += filled.opened;
    return filled.placed;
  }

  /** Puts up to `count` pods onto the runs, first nodes first. */
  #fill(runs: readonly Run[], item: PackItem, count: number): { runs: Run[]; left: number } {
    const filled: Run[] = [];
    let left = count;
    for (const run of runs) {
      const perNode = left === 0 ? 0 : this.#roomFor(item, run);
      if (perNode === 0) {
        filled.push(run);
        continue;
      }
      const full = Math.min(run.count, Math.floor(left / perNode));
      if (full > 0) filled.push(holding(run, item, perNode, full));
      left -= full * perNode;
      const rest = run.count - full;
      if (rest === 0) continue;
      // What is left is less than a node's fill: one node takes it, the others stay as they are.
      if (left > 0) filled.push(holding(run, item, left, 1));
      const untouched = left > 0 ? rest - 1 : rest;
      if (untouched > 0) filled.push({ ...run, count: untouched });
      left = 0;
    }
    return { runs: filled, left };
  }

  /** How many of the item's pods one such node takes. Two pods with the same host port never share a node. */
  #roomFor(item: PackItem, run: Run): number {
    const { spec, demands, ties } = item;
    const { ports, held } = run;
    const free = freeBeside(run, item.shared);
    if (free === undefined) return 0;
    let room = Number.MAX_SAFE_INTEGER;
    for (const { column, amount } of demands) room = Math.min(room, Math.floor((free[column] ?? 0) / amount));
    if (room <= 0) return 0;
    if (spec.hostPorts.length > 0) {
      if (spec.hostPorts.some((wanted) => ports.some((used) => portsClash(wanted, used)))) return 0;
      room = Math.min(room, 1);
    }
    return ties === undefined ? room : Math.min(room, this.#company.roomOnNode(ties, held, this.#isFirst));
  }

  #emptyRun(count: number): Run {
    return { count, held: NOTHING_HELD, ...this.#empty };
  }
}

function holding(run: Run, { spec, demands, shared, ties }: PackItem, pods: number, count: number): Run {
  const free = [...(freeBeside(run, shared) ?? run.free)];
  for (const { column, amount } of demands) free[column] = (free[column] ?? 0) - pods * amount;
  return {
    count,
    free,
    ports: spec.hostPorts.length === 0 ? run.ports : [...run.ports, ...spec.hostPorts],
    attached: shared === undefined ? run.attached : new Set([...(run.attached ?? []), ...shared.map(({ key }) => key)]),
    held: ties === undefined ? run.held : [...run.held, { ties, pods }],
  };
}

/** What is free once the shared volumes are there too; `undefined`: there is no place for them. */
function freeBeside(run: Run, shared: PackItem['shared']): readonly number[] | undefined {
  const missing = shared?.filter(({ key }) => run.attached?.has(key) !== true) ?? [];
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
