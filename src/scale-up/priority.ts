/**
 * The expander priority: of the groups that the ConfigMap's patterns match, those of the highest priority. A pattern is
 * looked for in the group's id and in its name, which for a pool of Vultr is the label: ids alone say nothing to people.
 */
import type { ExpanderPriorities } from '../cluster/expander-priorities.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import type { Expander } from './expander.ts';

/** In Cluster Autoscaler lower ones never win. */
const LOWEST_IMITATED = -1;

export const priority: Expander = {
  narrow(options, { priorities, imitates }) {
    if (priorities === undefined) return options;
    const ranked = options.map((option) => ({ option, rank: matchOf(option.view.state, priorities)?.priority }));
    const ranks = ranked.flatMap(({ rank }) => rank ?? []).filter((rank) => !imitates || rank >= LOWEST_IMITATED);
    if (ranks.length === 0) return options;
    const highest = Math.max(...ranks);
    return ranked.filter(({ rank }) => rank === highest).map(({ option }) => option);
  },
  words(option, { priorities }) {
    if (priorities === undefined) return 'no priorities are set';
    const rank = matchOf(option.view.state, priorities);
    return rank === undefined ? 'no pattern matches' : `${rank.priority}, by ${rank.pattern}`;
  },
};

/** The highest priority that matches the group, and the first of its patterns that does. */
export function matchOf(
  { id, name }: Pick<NodeGroupState, 'id' | 'name'>,
  { tiers }: ExpanderPriorities,
): { readonly priority: number; readonly pattern: string } | undefined {
  for (const tier of tiers) {
    const pattern = tier.patterns.find((one) => one.matches(id) || one.matches(name));
    if (pattern !== undefined) return { priority: tier.priority, pattern: pattern.text };
  }
  return undefined;
}
