/** The pods that packing has put onto new nodes so far, as the ties of further pods see them. */
import type { PodKind } from '../cluster/coupling.ts';
import type { SpreadTie, Tie, Ties } from './ties.ts';
import { labelPair } from './ties.ts';

const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** Pods of one item on one node. */
export interface Held {
  readonly ties: Ties;
  readonly pods: number;
}

export class Company {
  /** Pods on all new nodes together. */
  readonly #placed = new Map<Ties, number>();
  /** The same pods by their labels, to find those that a selector may be about. */
  readonly #byLabel = new Map<string, Ties[]>();
  /** Of these, those that keep others away from the whole domain that new nodes share. */
  readonly #repelling: Ties[] = [];

  note(ties: Ties, pods: number): void {
    if (pods === 0) return;
    const before = this.#placed.get(ties);
    this.#placed.set(ties, (before ?? 0) + pods);
    if (before !== undefined) return;
    if (ties.apart.some(({ perNode }) => !perNode)) this.#repelling.push(ties);
    for (const [key, value] of Object.entries(ties.kind.labels)) {
      const pair = labelPair(key, value);
      const alike = this.#byLabel.get(pair);
      if (alike === undefined) this.#byLabel.set(pair, [ties]);
      else alike.push(ties);
    }
  }

  /** Whether the next such pod would be the first of those that it wants near. */
  isFirst({ near }: Ties): boolean {
    return near?.mayBeFirst === true && near.terms.every((tie) => this.count(tie) === 0);
  }

  /** How many pods on new nodes the tie selects. */
  count({ selects, oneOf }: Tie): number {
    let pods = 0;
    const add = (ties: Ties): void => {
      if (selects(ties.kind)) pods += this.#placed.get(ties) ?? 0;
    };
    if (oneOf === undefined) for (const ties of this.#placed.keys()) add(ties);
    else for (const pair of oneOf) for (const ties of this.#byLabel.get(pair) ?? []) add(ties);
    return pods;
  }

  /** How many such pods all new nodes may take together, as far as the domain that they share is concerned. */
  roomTogether(ties: Ties): number {
    const { kind, apart, near, spread } = ties;
    if (this.#repelling.some((other) => other.apart.some((tie) => !tie.perNode && tie.selects(kind)))) return 0;
    let room = NO_BOUND;
    for (const tie of apart) {
      if (tie.perNode) continue;
      if (tie.base > 0 || this.count(tie) > 0) return 0;
      if (tie.selects(kind)) room = Math.min(room, 1);
    }
    if (near !== undefined && !this.isFirst(ties)) {
      for (const tie of near.terms) if (!tie.perNode && tie.base === 0 && this.count(tie) === 0) return 0;
    }
    for (const tie of spread) if (!tie.perNode) room = Math.min(room, this.#roomBySpread(tie));
    return Math.max(0, room);
  }

  /** How many such pods a node that holds those may take, topology spread aside. */
  roomOnNode(ties: Ties, held: readonly Held[], isFirst: boolean): number {
    const { kind, apart, near } = ties;
    if (held.some(({ ties: other }) => other.apart.some((tie) => tie.perNode && tie.selects(kind)))) return 0;
    let room = NO_BOUND;
    for (const { perNode, base, selects } of apart) {
      if (!perNode) continue;
      if (base > 0 || countHeld(held, selects) > 0) return 0;
      if (selects(kind)) room = 1;
    }
    if (near === undefined || isFirst) return room;
    for (const { perNode, base, selects } of near.terms) {
      if (perNode && base === 0 && countHeld(held, selects) === 0) return 0;
    }
    return room;
  }

  #roomBySpread(tie: SpreadTie): number {
    const { base, maxSkew, minDomains, countsItself, countsNewNodes } = tie;
    const domains = tie.domainsElsewhere + (tie.sharesDomain ? 1 : 0);
    // Where there is no other domain, the one that they share is the fewest itself.
    const least = domains < minDomains ? 0 : tie.leastElsewhere;
    if (least === undefined) return NO_BOUND;
    const above = base + (countsNewNodes ? this.count(tie) : 0) - least;
    if (countsItself && countsNewNodes) return Math.max(0, maxSkew - above);
    return above + (countsItself ? 1 : 0) <= maxSkew ? NO_BOUND : 0;
  }
}

/** How many of the pods on the node are selected. */
export function countHeld(held: readonly Held[], selects: (kind: PodKind) => boolean): number {
  let pods = 0;
  for (const { ties, pods: here } of held) if (selects(ties.kind)) pods += here;
  return pods;
}
