/** Which nodes belong to which group: a node's `spec.providerID` equals the id of an instance of the group. */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Instance } from '../cloud/facts.ts';
import type { NodeGroupState } from './node-group.ts';

export interface Registration {
  /** The registered nodes of each group by its id, in the order of names. */
  readonly slots: ReadonlyMap<string, readonly Slot[]>;
  /** The instance behind a node. */
  readonly instances: ReadonlyMap<Slot, Instance>;
  /** The ids of the instances whose node has registered. */
  readonly registeredIds: ReadonlySet<string>;
}

/** Joins nodes and instances. Nodes that a trial added belong to no group here. */
export function registeredNodes(cluster: Cluster, groups: readonly NodeGroupState[]): Registration {
  const known = new Map<string, { groupId: string; instance: Instance }>();
  const slots = new Map<string, Slot[]>();
  for (const group of groups) {
    slots.set(group.id, []);
    for (const instance of group.instances) known.set(instance.id, { groupId: group.id, instance });
  }
  const instances = new Map<Slot, Instance>();
  const registeredIds = new Set<string>();
  for (const slot of cluster.nodeSlots()) {
    if (cluster.isSimulated(slot)) continue;
    const owner = known.get(cluster.node(slot).providerID);
    if (owner === undefined) continue;
    slots.get(owner.groupId)?.push(slot);
    instances.set(slot, owner.instance);
    registeredIds.add(owner.instance.id);
  }
  return { slots, instances, registeredIds };
}
