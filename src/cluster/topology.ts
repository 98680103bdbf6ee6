/**
 * One topology key over the nodes: which domain each node is in, and which nodes a domain has. Domains are numbered;
 * a number is given back when the last node of its domain goes.
 */
import type { Labels } from './facts.ts';
import { invariant } from './invariant.ts';

/** The number of a domain within its topology. */
export type Domain = number;

/** The node does not carry the key. */
export const NO_DOMAIN = -1;

export class Topology {
  readonly key: string;
  readonly #numbers = new Map<string, Domain>();
  readonly #values: string[] = [];
  readonly #members: number[][] = [];
  readonly #freed: Domain[] = [];
  readonly #domainOf: Domain[] = [];

  constructor(key: string) {
    this.key = key;
  }

  /** The domain of the node in the slot; {@link NO_DOMAIN} without the key. */
  domainOf(slot: number): Domain {
    return this.#domainOf[slot] ?? NO_DOMAIN;
  }

  /** The slots of the domain's nodes. */
  members(domain: Domain): readonly number[] {
    return this.#members[domain] ?? [];
  }

  /** The label value that the domain stands for. */
  value(domain: Domain): string {
    return this.#values[domain] ?? '';
  }

  enter(slot: number, labels: Labels): void {
    const value = Object.hasOwn(labels, this.key) ? labels[this.key] : undefined;
    while (this.#domainOf.length <= slot) this.#domainOf.push(NO_DOMAIN);
    this.#domainOf[slot] = value === undefined ? NO_DOMAIN : this.#join(slot, value);
  }

  leave(slot: number): void {
    const domain = this.domainOf(slot);
    if (domain === NO_DOMAIN) return;
    this.#domainOf[slot] = NO_DOMAIN;
    const members = this.#members[domain] ?? [];
    const index = members.indexOf(slot);
    invariant(index >= 0, `slot ${slot} is a member of its domain`);
    const last = members.pop();
    if (last !== undefined && index < members.length) members[index] = last;
    if (members.length > 0) return;
    this.#numbers.delete(this.value(domain));
    this.#freed.push(domain);
  }

  #join(slot: number, value: string): Domain {
    let domain = this.#numbers.get(value);
    if (domain === undefined) {
      domain = this.#freed.pop() ?? this.#values.length;
      this.#numbers.set(value, domain);
      this.#values[domain] = value;
      this.#members[domain] = [];
    }
    this.#members[domain]?.push(slot);
    return domain;
  }
}
