/** The pods that a pass has put onto new nodes so far, group after group, as further pods see them. */
import type { Company, Surroundings } from './company.ts';
import type { Counter } from './counters.ts';
import type { Place } from './places.ts';

interface Amount {
  counted: number;
  keepingAway: number;
}

const NOTHING: Amount = { counted: 0, keepingAway: 0 };

export class NewNodes {
  /** By counter, then by domain. */
  readonly #shared = new Map<Counter, Map<string, Amount>>();
  readonly #anywhere = new Map<Counter, number>();
  readonly #companies: Company[] = [];

  /** The pods of one group's new nodes, which are in that place. */
  add({ domains }: Place, company: Company): void {
    this.#companies.push(company);
    for (const [counter, pods] of company.counted) {
      this.#anywhere.set(counter, (this.#anywhere.get(counter) ?? 0) + pods);
      this.#at(counter, domains.get(counter.topologyKey), (amount) => (amount.counted += pods));
    }
    for (const [counter, pods] of company.keepingAway) {
      this.#at(counter, domains.get(counter.topologyKey), (amount) => (amount.keepingAway += pods));
    }
  }

  /** As seen from new nodes in the place. */
  around({ domains }: Place): Surroundings {
    const amount = (counter: Counter): Amount => {
      const domain = domains.get(counter.topologyKey);
      return (domain === undefined ? undefined : this.#shared.get(counter)?.get(domain)) ?? NOTHING;
    };
    return {
      counted: (counter) => amount(counter).counted,
      keepingAway: (counter) => amount(counter).keepingAway,
      anywhere: (counter) => this.#anywhere.get(counter) ?? 0,
      least: (counter) => this.least(counter),
    };
  }

  /** By hostname: the fewest that count on any new node; `undefined`: there are no new nodes. */
  least(counter: Counter): number | undefined {
    let least: number | undefined;
    for (const company of this.#companies) {
      const here = company.least(counter);
      if (here !== undefined) least = Math.min(here, least ?? here);
    }
    return least;
  }

  /** By hostname: the most on a node that took a pod for which it must not be too many. */
  heights(): ReadonlyMap<Counter, number> {
    const heights = new Map<Counter, number>();
    for (const company of this.#companies) {
      for (const [counter, pods] of company.heights) {
        heights.set(counter, Math.max(pods, heights.get(counter) ?? 0));
      }
    }
    return heights;
  }

  #at(counter: Counter, domain: string | undefined, change: (amount: Amount) => void): void {
    if (counter.perNode || domain === undefined) return;
    let byDomain = this.#shared.get(counter);
    if (byDomain === undefined) this.#shared.set(counter, (byDomain = new Map<string, Amount>()));
    const amount = byDomain.get(domain) ?? { counted: 0, keepingAway: 0 };
    change(amount);
    byDomain.set(domain, amount);
  }
}
