/** The provider's node groups as plain values for the deciding rooms. */
import type { CloudProvider, NodeGroup } from '../cloud/provider.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';

/**
 * What the provider said at its last refresh, in its order.
 *
 * @param unsettled - ids of the groups whose size is being changed, or was with an outcome that is not known yet (I4)
 * @param onlyLooks - this process does nothing, so that all changes are made by others: none is waited for
 */
export function nodeGroupStates(
  provider: CloudProvider,
  { unsettled, onlyLooks }: { readonly unsettled: ReadonlySet<string>; readonly onlyLooks: boolean },
): readonly NodeGroupState[] {
  return provider.nodeGroups().map((group) => {
    const state = stateOf(group, unsettled.has(group.id()));
    const staleUntilMs = onlyLooks ? undefined : group.staleUntilMs();
    return staleUntilMs === undefined ? state : { ...state, staleUntilMs };
  });
}

function stateOf(group: NodeGroup, resizing: boolean): NodeGroupState {
  const template = group.templateNodeInfo();
  return {
    id: group.id(),
    name: group.name(),
    minSize: group.minSize(),
    maxSize: group.maxSize(),
    targetSize: group.targetSize(),
    instances: group.nodes(),
    template: template.ok ? template.value : undefined,
    templateProblem: template.ok ? '' : template.error.message,
    pricePerHour: group.pricePerHour(),
    resizing,
    options: group.getOptions(),
  };
}
