/**
 * The restriction to nodes by name that `metadata.name` in required node affinity makes (DaemonSet pods are pinned
 * so). kube-scheduler's NodeAffinity works it out before any node is looked at, so a node outside is turned away by it
 * first of all.
 *
 * `spec.nodeName` is not looked at: a pod that has it needs no scheduler, and a pod whose move is simulated would come
 * back without it.
 */
import type { NodeSelectorTerm } from '../cluster/facts.ts';
import type { PodFilter, StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import { perSpec } from './per-spec.ts';

const NAME = 'NodeAffinity';

export const nodeName: StaticFilter = {
  name: NAME,
  filter(spec, node) {
    const names = pinnedNodeNames(spec);
    if (names === undefined || names.has(node.name)) return undefined;
    return rejectedForGood(NAME, [{ code: 'NodeNameMismatch', wanted: [...names].join(', ') }]);
  },
};

/** Terms that exclude each other turn the pod away before any node is looked at. */
export const nodeAffinityOfPod: PodFilter = {
  name: NAME,
  concerns: (spec) => pinnedNodeNames(spec) !== undefined,
  filter({ spec }) {
    if (pinnedNodeNames(spec)?.size !== 0) return undefined;
    return rejectedForGood(NAME, [{ code: 'NodeNameMismatch', wanted: '' }]);
  },
};

/** The only nodes that the pod may run on; empty when its terms exclude each other; `undefined`: not restricted. */
export const pinnedNodeNames = perSpec(({ requiredNodeAffinity }) =>
  requiredNodeAffinity === undefined ? undefined : namesOfTerms(requiredNodeAffinity),
);

/** The union over the terms; one term that names no node lifts the restriction. */
function namesOfTerms(terms: readonly NodeSelectorTerm[]): ReadonlySet<string> | undefined {
  if (terms.length === 0) return undefined;
  const union = new Set<string>();
  for (const term of terms) {
    const names = namesOfTerm(term);
    if (names === undefined) return undefined;
    for (const name of names) union.add(name);
  }
  return union;
}

/** The names that all of the term's `metadata.name In` fields allow; `undefined` when it has no such field. */
function namesOfTerm(term: NodeSelectorTerm): ReadonlySet<string> | undefined {
  let names: ReadonlySet<string> | undefined;
  for (const { key, operator, values } of term.matchFields) {
    if (key !== 'metadata.name' || operator !== 'In') continue;
    const allowed = new Set(values);
    names = names?.intersection(allowed) ?? allowed;
  }
  return names;
}
