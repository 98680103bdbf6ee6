/**
 * How many pods of a kind each domain of a topology holds, kept current pod by pod.
 *
 * 1. Only domains with at least one such pod are remembered; the others hold none.
 * 2. Where the nodes that count are restricted (topology spread), pods on other nodes are not counted, so that every
 *    domain with a pod is one of the restricted domains.
 */
import type { Taint } from './facts.ts';
import { invariant } from './invariant.ts';
import type { Topology } from './topology.ts';
import { NO_DOMAIN } from './topology.ts';

/** Told which slots see another count. */
export type CountListener = (slots: readonly number[]) => void;

export class Tally {
  readonly topology: Topology;
  /** The nodes whose pods count; `undefined`: all that have the key. */
  readonly among: CountedNodes | undefined;
  readonly #counts = new Map<number, number>();
  /** How many domains hold so many pods. Only kept where the least of them is asked for. */
  readonly #domainsHolding: number[] = [];
  /** No domain with a pod holds fewer. */
  #leastBound = 1;
  #total = 0;
  #listener: CountListener | undefined;

  constructor(topology: Topology, among?: CountedNodes) {
    this.topology = topology;
    this.among = among;
  }

  /** Pods in all domains. */
  get total(): number {
    return this.#total;
  }

  /** Pods in the domain of the node; 0 also for a node without the key. */
  at(slot: number): number {
    return this.#counts.get(this.topology.domainOf(slot)) ?? 0;
  }

  /** The domains that hold any, with how many. */
  get held(): ReadonlyMap<number, number> {
    return this.#counts;
  }

  /** How many domains the nodes that count make up. */
  get domains(): number {
    invariant(this.among !== undefined, 'domains are known of restricted tallies only');
    return this.among.domains;
  }

  /** The fewest pods that a domain holds among the nodes that count; 0 without any domain. */
  get least(): number {
    invariant(this.among !== undefined, 'the least is kept for restricted tallies only');
    if (this.#counts.size < this.among.domains || this.#counts.size === 0) return 0;
    this.#leastBound = this.#fewestFrom(this.#leastBound, 0);
    return this.#leastBound;
  }

  /** The fewest pods that a domain other than the node's holds; `undefined` when there is no other. */
  leastElsewhere(slot: number): number | undefined {
    invariant(this.among !== undefined, 'the least is kept for restricted tallies only');
    const here = this.topology.domainOf(slot);
    const others = this.among.domains - (this.among.nodesIn(here) > 0 ? 1 : 0);
    if (others === 0) return undefined;
    const held = this.#counts.get(here) ?? 0;
    if (this.#counts.size - (held > 0 ? 1 : 0) < others) return 0;
    return this.#fewestFrom(this.least, held);
  }

  listen(listener: CountListener): void {
    this.#listener = listener;
  }

  add(slot: number, pods: number): void {
    const domain = this.topology.domainOf(slot);
    if (domain === NO_DOMAIN || this.among?.has(slot) === false) return;
    const before = this.#counts.get(domain) ?? 0;
    const after = before + pods;
    invariant(after >= 0, 'no domain holds fewer than no pods');
    if (after === 0) this.#counts.delete(domain);
    else this.#counts.set(domain, after);
    this.#total += pods;
    if (this.among !== undefined) this.#moveDomain(before, after);
    this.#listener?.(this.topology.members(domain));
  }

  /** The smallest count, from this one on, that a domain holds; one domain that holds `except` is left out. */
  #fewestFrom(from: number, except: number): number {
    let pods = from;
    while ((this.#domainsHolding[pods] ?? 0) <= (pods === except ? 1 : 0)) {
      pods += 1;
      invariant(pods < this.#domainsHolding.length, 'some domain holds the fewest');
    }
    return pods;
  }

  #moveDomain(before: number, after: number): void {
    if (before > 0) this.#domainsHolding[before] = (this.#domainsHolding[before] ?? 0) - 1;
    if (after === 0) return;
    while (this.#domainsHolding.length <= after) this.#domainsHolding.push(0);
    this.#domainsHolding[after] = (this.#domainsHolding[after] ?? 0) + 1;
    if (after < this.#leastBound) this.#leastBound = after;
  }
}

/** The nodes whose pods a spread constraint counts, and the domains that these make up. */
export class CountedNodes {
  readonly topology: Topology;
  readonly #admits: (slot: number, taint?: Taint) => boolean;
  readonly #slots = new Set<number>();
  readonly #nodesIn = new Map<number, number>();

  /** `admits`: as the node is, or with the taint. */
  constructor(topology: Topology, admits: (slot: number, taint?: Taint) => boolean) {
    this.topology = topology;
    this.#admits = admits;
  }

  /** How many domains there are, those without pods included. */
  get domains(): number {
    return this.#nodesIn.size;
  }

  has(slot: number): boolean {
    return this.#slots.has(slot);
  }

  /** How many of the domain's nodes count. */
  nodesIn(domain: number): number {
    return this.#nodesIn.get(domain) ?? 0;
  }

  enter(slot: number): void {
    const domain = this.topology.domainOf(slot);
    if (domain === NO_DOMAIN || this.#slots.has(slot) || !this.#admits(slot)) return;
    this.#slots.add(slot);
    this.#nodesIn.set(domain, this.nodesIn(domain) + 1);
  }

  /** The node counts no more if it would not with the taint. Its pods that count have to be off it. */
  taint(slot: number, taint: Taint): void {
    if (this.#slots.has(slot) && !this.#admits(slot, taint)) this.leave(slot);
  }

  leave(slot: number): void {
    if (!this.#slots.delete(slot)) return;
    const domain = this.topology.domainOf(slot);
    const nodes = this.nodesIn(domain) - 1;
    if (nodes === 0) this.#nodesIn.delete(domain);
    else this.#nodesIn.set(domain, nodes);
  }
}
