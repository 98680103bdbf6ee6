/**
 * What is odd about the ConfigMap of the expander priority, for those who wrote it: it cannot be read, it forgets a
 * group that would have helped, or it speaks of none of them. Nothing is said while no nodes are wanted.
 */
import type { PrioritiesStore } from '../cluster/expander-priorities.ts';
import type { ExpanderFinding } from '../explain/record.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { matchOf } from './priority.ts';

/** @param views - the groups among which was chosen */
export function priorityFindings(priorities: PrioritiesStore, views: readonly NodeGroupView[]): ExpanderFinding[] {
  const { last, inForce } = priorities;
  if (last === undefined) return [];
  const { namespace, name, uid } = last;
  const finding = (reason: ExpanderFinding['reason'], message: string): ExpanderFinding => {
    return { configMap: { namespace, name, uid }, reason, message };
  };
  const findings: ExpanderFinding[] = [];
  if (last.read.kind === 'unreadable') {
    const what = inForce === undefined ? 'no priorities are followed' : 'the last valid priorities are kept';
    findings.push(finding('PriorityConfigMapInvalid', `Wrong configuration: ${last.read.problem}; ${what}`));
  }
  if (inForce === undefined || views.length === 0) return findings;
  const unmatched = views.filter(({ state }) => matchOf(state, inForce) === undefined);
  if (unmatched.length === views.length) {
    const message =
      'Priority expander: no priorities info found for any of the expansion options. No options filtered.';
    return [...findings, finding('PriorityConfigMapNoGroupMatched', message)];
  }
  for (const { state } of unmatched) {
    const message = `Priority expander: node group ${state.name} not found in priority expander configuration. It is used only when none that is found there helps.`;
    findings.push(finding('PriorityConfigMapNotMatchedGroup', message));
  }
  return findings;
}
