/**
 * The expander least-waste, as Cluster Autoscaler computes it: the unused share of the new nodes' CPU plus that of their
 * memory, by capacity. Nodes without CPU or memory cannot be judged so and are left out.
 */
import type { Expander, ExpansionOption } from './expander.ts';

export const leastWaste: Expander = {
  narrow(options) {
    const judged = options.map((option) => ({ option, score: score(option) })).filter((one) => one.score !== undefined);
    const least = Math.min(...judged.map((one) => one.score ?? Number.POSITIVE_INFINITY));
    return judged.filter((one) => one.score === least).map(({ option }) => option);
  },
  words(option) {
    return `${percent(waste(option, 'cpu'))} of CPU and ${percent(waste(option, 'memory'))} of memory unused`;
  },
};

function score(option: ExpansionOption): number | undefined {
  const cpu = waste(option, 'cpu');
  const memory = waste(option, 'memory');
  return cpu === undefined || memory === undefined ? undefined : cpu + memory;
}

/** The share of 1 that stays unused; `undefined` when there is none of it. */
function waste({ nodes, requested, capacity }: ExpansionOption, resource: 'cpu' | 'memory'): number | undefined {
  const available = (capacity[resource] ?? 0) * nodes;
  return available === 0 ? undefined : (available - (requested[resource] ?? 0)) / available;
}

function percent(share: number | undefined): string {
  return share === undefined ? 'an unknown share' : `${Math.round(share * 100)} %`;
}
