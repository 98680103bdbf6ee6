/** Node selector terms, as node affinity and volumes use them. */
import type { NodeFacts, NodeSelectorTerm, SelectorRequirement } from '../cluster/facts.ts';
import { requirementMatches } from '../cluster/selectors.ts';

/** Whether the node satisfies the whole term. A term that says nothing, or something without meaning, matches none. */
export function termMatches(term: NodeSelectorTerm, node: NodeFacts): boolean {
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
