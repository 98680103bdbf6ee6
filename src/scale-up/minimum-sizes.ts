/**
 * Raises groups that have fewer nodes than their minimum (`--enforce-node-group-min-size`). A group that cannot grow
 * (in backoff, unhealthy, without a template) is left as it is, and no limit of the cluster is passed.
 */
import type { NodeGroupView } from '../node-groups/view.ts';
import type { Growth } from './growth-plan.ts';
import type { Headroom } from './limits.ts';

/** The raises that bounds and groups allow, taken from the headroom; `grown`: what is asked for already. */
export function raiseToMinimum(
  views: readonly NodeGroupView[],
  headroom: Headroom,
  grown: readonly Growth[] = [],
): Growth[] {
  return views.flatMap((view) => {
    const { template, blocked, state, targetSize } = view;
    const asked = grown.reduce((sum, growth) => sum + (growth.view === view ? growth.nodes : 0), 0);
    const missing = state.minSize - targetSize - asked;
    if (missing <= 0 || template === undefined || blocked !== undefined) return [];
    const nodes = Math.min(missing, headroom.allows(view, template.node).nodes);
    if (nodes === 0) return [];
    headroom.ask(view, template.node, nodes);
    return [{ view, nodes, pods: 0, because: `its minimum is ${state.minSize}`, expander: '' }];
  });
}
