/**
 * How many new nodes of one group the pods need: first-fit decreasing, by arithmetic.
 *
 * 1. Alike pods go, one after the other, onto the first new node that has room, so a node is filled before the next is
 *    looked at. New nodes with the same content are one run with a count; placing k pods is a few divisions per run.
 * 2. No node is filled beyond what is free on the template once its own pods run there; a node is opened only for a
 *    pod that fits it; at most `maxNodes` are opened, after which the room that is left is still used.
 * 3. The result equals placing the pods one by one on real nodes of the model (packing.test.ts holds it to that).
 */
import type { HostPort, PodSpecFacts } from '../cluster/facts.ts';
import type { Demand } from '../cluster/resources.ts';
import { PODS } from '../cluster/resources.ts';
import { portsClash } from '../scheduling/node-ports.ts';

/** A set of alike pods to pack. They fit the empty template as far as anything but amounts and ports is concerned. */
export interface PackItem {
  readonly spec: PodSpecFacts;
  readonly demands: readonly Demand[];
  readonly count: number;
}

/** An empty new node: what is free on it, by column, and the host ports that its own pods use. */
export interface EmptyNode {
  readonly free: readonly number[];
  readonly ports: readonly HostPort[];
}

export interface Packing {
  readonly nodes: number;
  /** How many pods of each item found a place, in the order in which the items were given. */
  readonly placed: readonly number[];
}

/** New nodes with the same content; runs stand in the order in which their nodes were opened. */
interface Run {
  readonly count: number;
  readonly free: readonly number[];
  readonly ports: readonly HostPort[];
}

/** Packs the items in the order given; see {@link sizeOn}. */
export function pack(items: readonly PackItem[], empty: EmptyNode, maxNodes: number): Packing {
  let runs: readonly Run[] = [];
  let nodes = 0;
  const placed = items.map((item) => {
    const onOpened = fill(runs, item, item.count);
    const perNode = roomFor(item, empty);
    const opened = perNode === 0 ? 0 : Math.min(Math.ceil(onOpened.left / perNode), maxNodes - nodes);
    if (opened <= 0) {
      runs = onOpened.runs;
      return item.count - onOpened.left;
    }
    const onNew = fill([{ count: opened, ...empty }], item, onOpened.left);
    runs = [...onOpened.runs, ...onNew.runs];
    nodes += opened;
    return item.count - onNew.left;
  });
  return { nodes, placed };
}

/** Puts up to `count` pods onto the runs, first nodes first. */
function fill(runs: readonly Run[], item: PackItem, count: number): { runs: Run[]; left: number } {
  const filled: Run[] = [];
  let left = count;
  for (const run of runs) {
    const perNode = left === 0 ? 0 : roomFor(item, run);
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
function roomFor({ spec, demands }: PackItem, { free, ports }: EmptyNode): number {
  let room = Number.MAX_SAFE_INTEGER;
  for (const { column, amount } of demands) room = Math.min(room, Math.floor((free[column] ?? 0) / amount));
  if (spec.hostPorts.length === 0) return Math.max(0, room);
  const clashes = spec.hostPorts.some((wanted) => ports.some((used) => portsClash(wanted, used)));
  return clashes ? 0 : Math.max(0, Math.min(room, 1));
}

function holding(run: Run, { spec, demands }: PackItem, pods: number, count: number): Run {
  const free = [...run.free];
  for (const { column, amount } of demands) free[column] = (free[column] ?? 0) - pods * amount;
  return { count, free, ports: spec.hostPorts.length === 0 ? run.ports : [...run.ports, ...spec.hostPorts] };
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
