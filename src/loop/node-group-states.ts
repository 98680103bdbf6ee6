/** The provider's node groups as plain values for the deciding rooms. */
import type { CloudProvider, NodeGroup } from '../cloud/provider.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';

/**
 * What the provider said at its last refresh, in its order.
 *
 * @param unsettled - ids of the groups whose size is being changed, or was with an outcome that is not known yet (I4)
 */
export function nodeGroupStates(provider: CloudProvider, unsettled: ReadonlySet<string>): readonly NodeGroupState[] {
  return provider.nodeGroups().map((group) => stateOf(group, unsettled.has(group.id())));
}

function stateOf(group: NodeGroup, resizing: boolean): NodeGroupState {
  const template = group.templateNodeInfo();
  const staleUntilMs = group.staleUntilMs();
  return {
    id: group.id(),
    name: group.name(),
    minSize: group.minSize(),
    maxSize: group.maxSize(),
    targetSize: group.targetSize(),
    ...(staleUntilMs === undefined ? {} : { staleUntilMs }),
    instances: group.nodes(),
    template: template.ok ? template.value : undefined,
    templateProblem: template.ok ? '' : template.error.message,
    pricePerHour: group.pricePerHour(),
    resizing,
    options: group.getOptions(),
  };
}
