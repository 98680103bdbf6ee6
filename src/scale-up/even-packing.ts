/**
 * Pods that are spread over hostnames fill nodes evenly: the scheduler looks at all new nodes at once, and lets none of
 * them get more than `maxSkew` above the one with the fewest.
 *
 * 1. The fewest is set by nodes that can take no more: those that are there and take none, and new ones that are full.
 *    Everyone else can be filled up to `maxSkew` above that, evenly, lowest first.
 * 2. As few new nodes are opened as hold all pods within that bound.
 */
import type { Mark } from './company.ts';
import { countedIn } from './company.ts';
import type { SpreadTie } from './ties.ts';

interface Nodes {
  readonly count: number;
  readonly marks: readonly Mark[];
}

/** Nodes with the same content, and how many of the pods one of them takes, spread aside. */
export interface Vessel<R extends Nodes> {
  readonly run: R;
  readonly room: number;
}

export interface Filling<R extends Nodes> {
  /** All nodes, in their order, with how many pods each got. */
  readonly parts: readonly { readonly run: R; readonly nodes: number; readonly pods: number }[];
  readonly opened: number;
  readonly placed: number;
}

/** A constraint, and the fewest that count on any other new node of the pass. */
interface Constraint {
  readonly tie: SpreadTie;
  readonly leastAround: number | undefined;
}

/** A vessel with the bounds of spread: how many pods count on each node already, and how many more it takes. */
interface Bounded<R extends Nodes> {
  readonly run: R;
  readonly nodes: number;
  readonly level: number;
  readonly takes: number;
}

/** `empty` is one new node; up to `mostNew` may be opened. */
export function fillEvenly<R extends Nodes>(order: {
  readonly spread: readonly Constraint[];
  readonly runs: readonly Vessel<R>[];
  readonly empty: Vessel<R>;
  readonly mostNew: number;
  readonly count: number;
}): Filling<R> {
  const { spread, runs, empty, mostNew, count } = order;
  const bounded = (fewDomains: boolean): Bounded<R>[] => {
    const caps = spread.map((constraint) => capOf(constraint, runs, fewDomains));
    return [...runs, empty].map((vessel) => bound(vessel, spread, caps));
  };
  const nodes = runs.reduce((sum, { run }) => sum + run.count, 0);
  const domainsMissing = Math.max(0, ...spread.map(({ tie }) => missingDomains(tie, nodes)));
  const wide = bounded(false);
  const toFill = newNodesFor(wide, count);
  let opened = toFill;
  let chosen = wide;
  if (domainsMissing > 0) {
    // Until there are enough domains the fewest counts as none: either open as many, or do with the tighter bound.
    const tight = bounded(true);
    const withTight = newNodesFor(tight, count);
    const withEnough = Math.max(toFill, domainsMissing);
    opened = Math.min(withTight, withEnough);
    if (Math.min(opened, mostNew) < domainsMissing) chosen = tight;
  }
  opened = Math.max(0, Math.min(opened, mostNew));
  const last = chosen.at(-1);
  const parts = chosen.slice(0, -1);
  if (last !== undefined && opened > 0 && last.takes > 0) parts.push({ ...last, nodes: opened });
  else opened = 0;
  return { ...pour(parts, count), opened };
}

/** To which count a node may be filled. */
function capOf<R extends Nodes>(constraint: Constraint, runs: readonly Vessel<R>[], fewDomains: boolean): number {
  const { tie } = constraint;
  let fewest =
    fewDomains && tie.minDomains > 0 ? 0 : (fewestOnNodes(tie, constraint.leastAround) ?? Number.MAX_SAFE_INTEGER);
  if (tie.countsNewNodes) {
    for (const { run, room } of runs) {
      fewest = Math.min(fewest, levelOf(tie, run.marks) + (tie.countsItself ? room : 0));
    }
  }
  return Math.min(Number.MAX_SAFE_INTEGER, tie.maxSkew + fewest);
}

function bound<R extends Nodes>(
  { run, room }: Vessel<R>,
  spread: readonly Constraint[],
  caps: readonly number[],
): Bounded<R> {
  let takes = room;
  for (let index = 0; index < spread.length; index += 1) {
    const tie = spread[index]?.tie;
    if (tie === undefined) continue;
    const above = (caps[index] ?? 0) - levelOf(tie, run.marks);
    if (tie.countsItself && tie.countsNewNodes) takes = Math.min(takes, above);
    else if (above < (tie.countsItself ? 1 : 0)) takes = 0;
  }
  const [first] = spread;
  const level = first === undefined ? 0 : levelOf(first.tie, run.marks);
  return { run, nodes: run.count, level, takes: Math.max(0, takes) };
}

function levelOf({ base, counter, countsNewNodes }: SpreadTie, marks: readonly Mark[]): number {
  return base + (countsNewNodes ? countedIn(marks, counter) : 0);
}

/** The fewest on a node that this packing does not fill; `undefined`: there is no such node. */
export function fewestOnNodes({ leastElsewhere }: SpreadTie, leastAround: number | undefined): number | undefined {
  if (leastElsewhere === undefined || leastAround === undefined) return leastElsewhere ?? leastAround;
  return Math.min(leastElsewhere, leastAround);
}

function missingDomains(tie: SpreadTie, newNodes: number): number {
  return tie.minDomains - tie.domainsElsewhere - (tie.countsNewNodes ? newNodes : 0);
}

/** How many new nodes (like the last) it takes to place all; 0 when the others do, or nothing helps. */
function newNodesFor<R extends Nodes>(vessels: readonly Bounded<R>[], count: number): number {
  const perNew = vessels.at(-1)?.takes ?? 0;
  if (perNew === 0) return 0;
  const onOpen = vessels.slice(0, -1).reduce((sum, { nodes, takes }) => sum + nodes * takes, 0);
  return Math.max(0, Math.ceil((count - onOpen) / perNew));
}

/** Fills the lowest first, as far as each goes; of the last layer, which is not full, the first in order get one. */
function pour<R extends Nodes>(vessels: readonly Bounded<R>[], count: number): Omit<Filling<R>, 'opened'> {
  const all = vessels.reduce((sum, { nodes, takes }) => sum + nodes * takes, 0);
  const placed = Math.min(count, all);
  const height = heightFor(vessels, placed);
  let rest = placed - volumeAt(vessels, height);
  const parts: { run: R; nodes: number; pods: number }[] = [];
  for (const vessel of vessels) {
    const { run, nodes } = vessel;
    const pods = depthAt(vessel, height);
    const higher = depthAt(vessel, height + 1) > pods ? Math.min(rest, nodes) : 0;
    rest -= higher;
    if (higher > 0) parts.push({ run, nodes: higher, pods: pods + 1 });
    if (higher < nodes) parts.push({ run, nodes: nodes - higher, pods });
  }
  return { parts, placed };
}

/** The greatest height at which no more than `count` are held. */
function heightFor<R extends Nodes>(vessels: readonly Bounded<R>[], count: number): number {
  let low = 0;
  let high = vessels.reduce((most, { level, takes }) => Math.max(most, level + takes), 0);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (volumeAt(vessels, middle) <= count) low = middle;
    else high = middle - 1;
  }
  return low;
}

function volumeAt<R extends Nodes>(vessels: readonly Bounded<R>[], height: number): number {
  let volume = 0;
  for (const vessel of vessels) volume += vessel.nodes * depthAt(vessel, height);
  return volume;
}

function depthAt<R extends Nodes>({ level, takes }: Bounded<R>, height: number): number {
  return Math.max(0, Math.min(takes, height - level));
}
