/**
 * NodeAffinity: the nodeSelector and the required node affinity. Terms are alternatives, requirements within one all
 * hold. A term that says nothing, or something that cannot be evaluated, matches no node; the others still count.
 */
import type { NodeFacts, NodeSelectorTerm, SelectorRequirement } from '../cluster/facts.ts';
import { requirementMatches } from '../cluster/selectors.ts';
import type { StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';

export const nodeAffinity: StaticFilter = {
  kind: 'static',
  name: 'NodeAffinity',
  filter(spec, node) {
    for (const [key, value] of Object.entries(spec.nodeSelector)) {
      if (!Object.hasOwn(node.labels, key) || node.labels[key] !== value) return mismatch(`${key}=${value}`);
    }
    const terms = spec.requiredNodeAffinity;
    if (terms === undefined || terms.some((term) => termMatches(term, node))) return undefined;
    return mismatch(terms.map(wordTerm).join(' or ') || 'no node at all');
  },
};

function mismatch(requirement: string): ReturnType<typeof rejectedForGood> {
  return rejectedForGood('NodeAffinity', [{ code: 'NodeAffinityMismatch', requirement }]);
}

function termMatches(term: NodeSelectorTerm, node: NodeFacts): boolean {
  if (term.matchExpressions.length === 0 && term.matchFields.length === 0) return false;
  return (
    term.matchExpressions.every((requirement) => requirementMatches(requirement, node.labels)) &&
    term.matchFields.every((requirement) => fieldMatches(requirement, node))
  );
}

/** The scheduler knows one field, `metadata.name`, with In or NotIn and a single value; anything else is an error. */
function fieldMatches({ key, operator, values }: SelectorRequirement, node: NodeFacts): boolean {
  if (key !== 'metadata.name' || values.length !== 1) return false;
  if (operator === 'In') return values[0] === node.name;
  return operator === 'NotIn' && values[0] !== node.name;
}

function wordTerm(term: NodeSelectorTerm): string {
  const words = [...term.matchExpressions, ...term.matchFields].map(wordRequirement);
  return words.length === 0 ? 'an empty term' : words.join(' and ');
}

function wordRequirement({ key, operator, values }: SelectorRequirement): string {
  return values.length === 0 ? `${key} ${operator}` : `${key} ${operator} [${values.join(', ')}]`;
}
