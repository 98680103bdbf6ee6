/**
 * The expander price: whoever gives the most for the money. An option costs what its nodes cost; what it gives is worth
 * what its pods' requests would cost where each resource is cheapest. Options without a price are left out.
 *
 * As first of the chain it is not asked option by option only: see cheapest.ts for the plan as a whole.
 */
import type { ResourceList } from '../cluster/facts.ts';
import type { Expander, ExpansionOption } from './expander.ts';
import type { ExpanderKnowledge } from './expander-knowledge.ts';
import { likePrice } from './imitated-price.ts';

/** What new nodes are bought for. */
const PRICED = ['cpu', 'memory', 'nvidia.com/gpu', 'amd.com/gpu'] as const;

export const price: Expander = {
  narrow(options, knowledge) {
    const scored = scores(options, knowledge).filter(({ score }) => score !== undefined);
    const least = Math.min(...scored.map(({ score }) => score ?? Number.POSITIVE_INFINITY));
    return scored.filter(({ score }) => score === least).map(({ option }) => option);
  },
  words({ view, nodes }) {
    const { pricePerHour } = view.state;
    return pricePerHour === undefined
      ? 'no price is known'
      : `$${(pricePerHour * nodes).toFixed(3)} an hour for ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
  },
};

interface Scored<T> {
  readonly option: T;
  /** The lower the better; `undefined`: there is no price. */
  readonly score: number | undefined;
}

function scores<T extends ExpansionOption>(options: readonly T[], knowledge: ExpanderKnowledge): Scored<T>[] {
  if (knowledge.imitates) return options.map((option) => ({ option, score: likePrice(option, knowledge.nodes) }));
  const rates = cheapestRates(options);
  return options.map((option) => {
    const { pricePerHour } = option.view.state;
    if (pricePerHour === undefined) return { option, score: undefined };
    const worth = worthOf(option.requested, rates);
    const cost = pricePerHour * option.nodes;
    // Pods that request nothing are worth their number.
    return { option, score: worth === 0 ? cost / option.pods : cost / worth };
  });
}

type Rates = Readonly<Partial<Record<(typeof PRICED)[number], number>>>;

/** Dollars for a unit of each resource, of whoever sells it cheapest. */
function cheapestRates(options: readonly ExpansionOption[]): Rates {
  const rates: Partial<Record<(typeof PRICED)[number], number>> = {};
  for (const { view, capacity } of options) {
    const { pricePerHour } = view.state;
    if (pricePerHour === undefined) continue;
    for (const resource of PRICED) {
      const amount = capacity[resource] ?? 0;
      if (amount > 0) rates[resource] = Math.min(rates[resource] ?? Number.POSITIVE_INFINITY, pricePerHour / amount);
    }
  }
  return rates;
}

function worthOf(requested: ResourceList, rates: Rates): number {
  return PRICED.reduce((sum, resource) => sum + (requested[resource] ?? 0) * (rates[resource] ?? 0), 0);
}
