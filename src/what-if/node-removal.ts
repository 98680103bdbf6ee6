/**
 * A node that is gone, as if it had been deleted by its id: its pool wants one node fewer, and what ran there waits for
 * another place. What nothing makes anew is lost, and told.
 */
import type { PodFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { failure, success } from '../runtime/result.ts';
import { type ChangeResult, type Ground, unknown } from './change.ts';
import { waiting } from './waiting-pod.ts';

const MIRROR = 'kubernetes.io/config.mirror';

export function removeNode(ground: Ground, name: string): ChangeResult {
  const { cluster, now } = ground;
  const slot = cluster.slotOf(name);
  if (slot === undefined) {
    return unknown(
      'remove-node',
      'node',
      name,
      cluster.nodeSlots().map((each) => cluster.node(each).name),
    );
  }
  const { providerID, uid } = cluster.node(slot);
  const group = ground.groups.find(({ instances }) => instances.some(({ id }) => id === providerID));
  if (group !== undefined && group.targetSize <= 1) {
    const message = `${name} is the last node of pool ${group.name}, and Vultr keeps one node in a pool`;
    return failure({ field: 'remove-node', message });
  }
  const pods = [...cluster.podsOn(slot).values()];
  for (const pod of pods) {
    cluster.apply({ kind: 'pod-gone', namespace: pod.namespace, name: pod.name, uid: pod.uid });
    if (comesAgain(pod)) cluster.apply({ kind: 'pod', pod: waiting(pod, { name: pod.name, now }) });
  }
  cluster.apply({ kind: 'node-gone', name, uid });
  const groups = ground.groups.map((each) => {
    if (each !== group) return each;
    const instances = each.instances.filter(({ id }) => id !== providerID);
    return { ...each, instances, targetSize: each.targetSize - 1 };
  });
  const removals = ground.removals.filter(({ node }) => node !== name);
  const lost = pods.filter((pod) => pod.controller === undefined && !isOfNode(pod)).map(podKey);
  const notes = [
    ...(group === undefined ? [`node ${name} is in no pool that is managed`] : []),
    ...(lost.length === 0 ? [] : [`nothing makes these pods of node ${name} anew: ${lost.join(', ')}`]),
  ];
  return success({ ground: { ...ground, groups, removals }, notes });
}

/** Its controller makes another one. */
function comesAgain(pod: PodFacts): boolean {
  return pod.controller !== undefined && !isOfNode(pod) && pod.deletion === undefined;
}

/** It is there because the node is. */
function isOfNode({ annotations, controller }: PodFacts): boolean {
  return controller?.kind === 'DaemonSet' || controller?.kind === 'Node' || annotations[MIRROR] !== undefined;
}
