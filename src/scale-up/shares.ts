/**
 * Pods that are spread over domains which nodes share (zones) are divided among those domains before any node is asked
 * for: each gets its share, lowest first, so that groups in different zones answer one demand together in one pass.
 *
 * 1. A domain counts with what is placed there and what this pass gives it. One that no group offers stays as it is, and
 *    holds the others down: no domain gets more than `maxSkew` above the lowest.
 * 2. A domain that turned out to take only so many holds the others down when it is worked out again, with that bound.
 */
import type { Counter, Counters } from './counters.ts';
import type { PodGroup } from './equivalence.ts';
import type { Place } from './places.ts';
import type { Prospect } from './prospects.ts';
import { suitsItself } from './prospects.ts';
import type { SpreadTie } from './ties.ts';

/** Alike pods, and how many of them there are to divide. */
interface Dividend {
  readonly group: PodGroup;
  readonly left: number;
}

/** Places whose new nodes are in the same domains, as far as one set of pods is spread over them. */
interface Cell {
  readonly name: string;
  readonly place: Place;
  readonly spread: readonly SpreadTie[];
}

/** How many pods of a group each cell takes at most, where that is known. */
export type Bounds = ReadonlyMap<PodGroup, ReadonlyMap<string, number>>;

export class Shares {
  readonly #shares = new Map<PodGroup, Map<string, number>>();
  /** The cells of the places. */
  readonly #cells = new Map<PodGroup, Map<Place, string>>();

  /** What each set of pods that is spread may put where. `open`: the groups that may grow, in order. */
  constructor(dividends: readonly Dividend[], open: readonly Prospect[], counters: Counters, bounds: Bounds) {
    const levels = new Levels();
    const byPlace = Map.groupBy(open, ({ place }) => place);
    const places = [...byPlace.keys()];
    for (const { group, left } of dividends) {
      const cells = cellsOf(group, byPlace);
      if (cells.length === 0) continue;
      this.#cells.set(group, new Map(places.map((place) => [place, cellName(group, place)])));
      const division = new Division(cells, levels, bounds.get(group));
      this.#shares.set(group, division.divide(left));
      for (const { name, place, spread } of cells) {
        const kind = place.says(group)?.ties.kind;
        const given = this.#shares.get(group)?.get(name) ?? 0;
        if (kind !== undefined && spread.length > 0) levels.raise(counters.counting(kind), place, given);
      }
    }
  }

  /** How many more of the pods may go onto new nodes of the group; `undefined`: they are not divided. */
  left(group: PodGroup, place: Place): number | undefined {
    const shares = this.#shares.get(group);
    return shares === undefined ? undefined : (shares.get(this.#cellOf(group, place)) ?? 0);
  }

  take(group: PodGroup, place: Place, pods: number): void {
    const shares = this.#shares.get(group);
    const name = this.#cellOf(group, place);
    shares?.set(name, (shares.get(name) ?? 0) - pods);
  }

  #cellOf(group: PodGroup, place: Place): string {
    return this.#cells.get(group)?.get(place) ?? cellName(group, place);
  }

  /** The shares that nobody took, by cell. */
  *untaken(): Generator<{ readonly group: PodGroup; readonly cell: string; readonly pods: number }> {
    for (const [group, shares] of this.#shares) {
      for (const [cell, pods] of shares) if (pods > 0) yield { group, cell, pods };
    }
  }
}

/** The cells that the pods are divided among; none when they are not spread over anything that nodes share. */
function cellsOf(group: PodGroup, byPlace: ReadonlyMap<Place, readonly Prospect[]>): Cell[] {
  const cells = new Map<string, Cell>();
  for (const [place, prospects] of byPlace) {
    const spread = sharedSpread(group, place);
    if (spread.length === 0 || !place.mayTake(group, true)) continue;
    if (!prospects.some((prospect) => suitsItself(prospect, group))) continue;
    const name = cellName(group, place);
    if (!cells.has(name)) cells.set(name, { name, place, spread });
  }
  return [...cells.values()];
}

function sharedSpread(group: PodGroup, place: Place): readonly SpreadTie[] {
  return place.says(group)?.ties.spread.filter(({ counter }) => !counter.perNode) ?? [];
}

/** The domains of the place, as far as the pods are spread over them. */
export function cellName(group: PodGroup, place: Place): string {
  return sharedSpread(group, place)
    .map(({ counter }) => place.domains.get(counter.topologyKey) ?? '')
    .join('\n');
}

/** What this pass has given to domains, as counters see it. */
class Levels {
  readonly #raised = new Map<Counter, Map<string, number>>();

  raise(counting: readonly Counter[], { domains }: Place, pods: number): void {
    for (const counter of counting) {
      const domain = domains.get(counter.topologyKey);
      if (domain === undefined || pods === 0) continue;
      const byDomain = this.#raised.get(counter) ?? new Map<string, number>();
      byDomain.set(domain, (byDomain.get(domain) ?? 0) + pods);
      this.#raised.set(counter, byDomain);
    }
  }

  of({ counter, base }: SpreadTie, { domains }: Place): number {
    return base + (this.#raised.get(counter)?.get(domains.get(counter.topologyKey) ?? '') ?? 0);
  }
}

/** One constraint over the cells. */
interface Constraint {
  readonly maxSkew: number;
  readonly self: 0 | 1;
  /** By cell. */
  readonly domains: readonly (string | undefined)[];
  readonly levels: number[];
  /** The levels before the last round. */
  before: readonly number[];
  /** The lowest of the domains that nothing is added to, or 0 while there are too few domains. */
  readonly floor: number;
}

/** Gives pods to cells, one by one, always to the lowest that may have one more; rounds that are alike all at once. */
class Division {
  readonly #cells: readonly Cell[];
  readonly #constraints: readonly Constraint[];
  readonly #bounds: readonly number[];
  readonly #given: number[];
  /** What was given before the last round. */
  #before: readonly number[] = [];

  constructor(cells: readonly Cell[], levels: Levels, bounds: ReadonlyMap<string, number> | undefined) {
    this.#cells = cells;
    this.#bounds = cells.map(({ name }) => bounds?.get(name) ?? Number.MAX_SAFE_INTEGER);
    this.#given = cells.map(() => 0);
    const [first] = cells;
    this.#constraints = (first?.spread ?? []).map(({ counter, maxSkew, countsItself }, index): Constraint => {
      const ties = cells.map(({ spread }) => spread[index]);
      return {
        maxSkew,
        self: countsItself ? 1 : 0,
        domains: cells.map(({ place }) => place.domains.get(counter.topologyKey)),
        levels: cells.map(({ place, spread }) => (spread[index] === undefined ? 0 : levels.of(spread[index], place))),
        before: [],
        floor: floorOf(ties.flatMap((tie) => tie ?? [])),
      };
    });
  }

  divide(pods: number): Map<string, number> {
    let left = pods;
    while (left > 0) {
      const round = Math.min(left, this.#cells.length);
      const given = this.#giveOneByOne(round);
      left -= given;
      if (given < round) break;
      // Where each got one, and all stand to each other as before, the next rounds are like this one.
      const more = this.#roundsAlike(left);
      for (let cell = 0; cell < this.#cells.length; cell += 1) this.#give(cell, more);
      left -= more * this.#cells.length;
    }
    return new Map(this.#cells.map(({ name }, cell) => [name, this.#given[cell] ?? 0]));
  }

  #giveOneByOne(pods: number): number {
    for (const constraint of this.#constraints) constraint.before = [...constraint.levels];
    this.#before = [...this.#given];
    for (let given = 0; given < pods; given += 1) {
      const cell = this.#lowest();
      if (cell === undefined) return given;
      this.#give(cell, 1);
    }
    return pods;
  }

  /** How many more rounds will go as the last one did, with so many pods left. */
  #roundsAlike(left: number): number {
    let rounds = Math.floor(left / this.#cells.length);
    for (let cell = 0; cell < this.#cells.length && rounds > 0; cell += 1) {
      const given = this.#given[cell] ?? 0;
      if (given - (this.#before[cell] ?? 0) !== 1) return 0;
      rounds = Math.min(rounds, (this.#bounds[cell] ?? 0) - given);
    }
    for (const { levels, before, floor } of this.#constraints) {
      const rise = (levels[0] ?? 0) - (before[0] ?? 0);
      for (let cell = 0; cell < levels.length; cell += 1) {
        const level = levels[cell] ?? 0;
        if (level - (before[cell] ?? 0) !== rise) return 0;
        if (rise > 0) rounds = Math.min(rounds, Math.floor((floor - level) / rise));
      }
    }
    return Math.max(0, rounds);
  }

  #lowest(): number | undefined {
    const tops = this.#constraints.map((constraint) => constraint.maxSkew - constraint.self + this.#least(constraint));
    let lowest: number | undefined;
    let best = Number.POSITIVE_INFINITY;
    for (let cell = 0; cell < this.#cells.length; cell += 1) {
      if ((this.#given[cell] ?? 0) >= (this.#bounds[cell] ?? 0)) continue;
      if (this.#constraints.some(({ levels }, index) => (levels[cell] ?? 0) > (tops[index] ?? 0))) continue;
      const level = this.#constraints.reduce((sum, { levels }) => sum + (levels[cell] ?? 0), 0);
      if (level >= best) continue;
      best = level;
      lowest = cell;
    }
    return lowest;
  }

  /** A domain that will not be there, as nothing can be put into it, holds nobody down. */
  #least({ levels, floor }: Constraint): number {
    let least = floor;
    for (let cell = 0; cell < levels.length; cell += 1) {
      if (this.#bounds[cell] !== 0 || this.#isThere(cell)) least = Math.min(least, levels[cell] ?? 0);
    }
    return least;
  }

  #isThere(cell: number): boolean {
    return this.#cells[cell]?.spread.some(({ domain }) => domain !== undefined) === true;
  }

  #give(cell: number, pods: number): void {
    this.#given[cell] = (this.#given[cell] ?? 0) + pods;
    for (const { domains, levels, self } of this.#constraints) {
      if (self === 0) continue;
      for (let other = 0; other < domains.length; other += 1) {
        if (domains[other] === domains[cell]) levels[other] = (levels[other] ?? 0) + pods;
      }
    }
  }
}

/** `ties`: one constraint, at each of the cells. */
function floorOf(ties: readonly SpreadTie[]): number {
  const [first] = ties;
  if (first === undefined) return 0;
  const { tally, minDomains } = first;
  const offered = new Set(ties.flatMap(({ domain }) => domain ?? []));
  const others = tally.domains - offered.size;
  const newDomains = new Set(ties.filter(({ domain }) => domain === undefined)).size;
  if (tally.domains + newDomains < minDomains) return 0;
  if (others === 0) return Number.MAX_SAFE_INTEGER;
  const held = [...tally.held].filter(([domain]) => !offered.has(domain)).map(([, pods]) => pods);
  return held.length < others ? 0 : Math.min(...held);
}
