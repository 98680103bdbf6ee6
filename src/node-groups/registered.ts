/**
 * Which nodes belong to which group: a node's `spec.providerID` equals the id of an instance of the group.
 *
 * While neither the instances nor the nodes' ids change, the last answer for the model is given again: most passes find
 * what the one before found, and joining a large cluster anew would be most of their work.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Instance } from '../cloud/facts.ts';
import type { NodeGroupState } from './node-group.ts';

export interface Registration {
  /** The registered nodes of each group by its id, in the order of names. */
  readonly slots: ReadonlyMap<string, readonly Slot[]>;
  /** The instance behind a node. */
  readonly instances: ReadonlyMap<Slot, Instance>;
  /** The instances of each group, by its id, that are not being deleted: how many, and those without a node. */
  readonly living: ReadonlyMap<string, { readonly count: number; readonly missing: readonly Instance[] }>;
  /** All nodes that registered, in the order of names, and those of no group. */
  readonly nodes: readonly Slot[];
  readonly strangers: readonly Slot[];
}

type GroupInstances = Pick<NodeGroupState, 'id' | 'instances'>;

interface Known {
  readonly groups: readonly GroupInstances[];
  /** Every node's slot and providerID, in the order of names. */
  readonly nodes: readonly { readonly slot: Slot; readonly providerID: string }[];
  readonly registration: Registration;
  /** Of the model, when it was last found so. */
  nodeChanges: number;
}

const known = new WeakMap<Cluster, Known>();

/** Joins nodes and instances. Nodes that a trial added belong to no group here. */
export function registeredNodes(cluster: Cluster, groups: readonly GroupInstances[]): Registration {
  const last = known.get(cluster);
  const slots = cluster.nodeSlots();
  const { nodeChanges } = cluster;
  if (last !== undefined && sameGroups(last.groups, groups)) {
    if (last.nodeChanges === nodeChanges) return last.registration;
    if (sameNodes(cluster, last.nodes, slots)) {
      last.nodeChanges = nodeChanges;
      return last.registration;
    }
  }
  const real = slots.filter((slot) => !cluster.isSimulated(slot));
  const nodes = real.map((slot) => ({ slot, providerID: cluster.node(slot).providerID }));
  const registration = join(nodes, groups);
  const asked = groups.map(({ id, instances }) => ({ id, instances }));
  known.set(cluster, { groups: asked, nodes, registration, nodeChanges });
  return registration;
}

function join(nodes: Known['nodes'], groups: readonly GroupInstances[]): Registration {
  const owners = new Map<string, { readonly groupId: string; readonly instance: Instance }>();
  const slots = new Map<string, Slot[]>();
  for (const { id, instances } of groups) {
    slots.set(id, []);
    for (const instance of instances) owners.set(instance.id, { groupId: id, instance });
  }
  const instances = new Map<Slot, Instance>();
  const registered = new Set<string>();
  const strangers: Slot[] = [];
  for (const { slot, providerID } of nodes) {
    const owner = owners.get(providerID);
    if (owner === undefined) {
      strangers.push(slot);
      continue;
    }
    slots.get(owner.groupId)?.push(slot);
    instances.set(slot, owner.instance);
    registered.add(providerID);
  }
  const living = groups.map((group) => {
    const there = group.instances.filter(({ state }) => state !== 'deleting');
    return [group.id, { count: there.length, missing: there.filter(({ id }) => !registered.has(id)) }] as const;
  });
  return { slots, instances, living: new Map(living), nodes: nodes.map(({ slot }) => slot), strangers };
}

// ---- Whether anything has changed ----------------------------------------------------------------------------------

function sameNodes(cluster: Cluster, nodes: Known['nodes'], slots: readonly Slot[]): boolean {
  return (
    slots.length === nodes.length &&
    nodes.every(({ slot, providerID }, index) => {
      return slots[index] === slot && !cluster.isSimulated(slot) && cluster.node(slot).providerID === providerID;
    })
  );
}

function sameGroups(before: readonly GroupInstances[], now: readonly GroupInstances[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ id, instances }, index) => {
      const other = now[index];
      return other?.id === id && sameInstances(instances, other.instances);
    })
  );
}

/** Each refresh may bring them as new objects. */
function sameInstances(before: readonly Instance[], now: readonly Instance[]): boolean {
  if (before === now) return true;
  return (
    before.length === now.length &&
    before.every((instance, index) => {
      const other = now[index];
      return (
        other === instance ||
        (other?.id === instance.id &&
          other.name === instance.name &&
          other.state === instance.state &&
          other.createdAtMs === instance.createdAtMs &&
          other.error === instance.error)
      );
    })
  );
}
