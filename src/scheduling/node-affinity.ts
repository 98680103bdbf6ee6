/**
 * NodeAffinity: the nodeSelector and the required node affinity. Terms are alternatives, requirements within one all
 * hold. A term that says nothing, or something that cannot be evaluated, matches no node; the others still count.
 */
import type { NodeSelectorTerm, SelectorRequirement } from '../cluster/facts.ts';
import type { StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import { termMatches } from './node-selector.ts';

const NAME = 'NodeAffinity';

export const nodeAffinity: StaticFilter = {
  name: NAME,
  filter(spec, node) {
    for (const [key, value] of Object.entries(spec.nodeSelector)) {
      if (!Object.hasOwn(node.labels, key) || node.labels[key] !== value) return mismatch(`${key}=${value}`);
    }
    const terms = spec.requiredNodeAffinity;
    if (terms === undefined || terms.some((term) => termMatches(term, node))) return undefined;
    return mismatch(terms.map(wordTerm).join(' or ') || 'no node at all');
  },
};

/** What the scheduler's configuration adds to every pod's own: the plugin's `addedAffinity`. */
export function addedNodeAffinity(terms: readonly NodeSelectorTerm[]): StaticFilter {
  const requirement = terms.map(wordTerm).join(' or ');
  return {
    name: NAME,
    filter(_spec, node) {
      if (terms.some((term) => termMatches(term, node))) return undefined;
      return rejectedForGood(NAME, [{ code: 'NodeAffinityMismatch', requirement, by: 'scheduler-config' }]);
    },
  };
}

function mismatch(requirement: string): ReturnType<typeof rejectedForGood> {
  return rejectedForGood(NAME, [{ code: 'NodeAffinityMismatch', requirement }]);
}

function wordTerm(term: NodeSelectorTerm): string {
  const words = [...term.matchExpressions, ...term.matchFields].map(wordRequirement);
  return words.length === 0 ? 'an empty term' : words.join(' and ');
}

function wordRequirement({ key, operator, values }: SelectorRequirement): string {
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} [${values.join(', ')}]`;
}
