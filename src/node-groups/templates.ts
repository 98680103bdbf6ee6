/**
 * What a new node of a group will be like: facts for the simulation and the pods that it brings along.
 *
 * 1. A ready node of the group that has been so for a while is the best witness; the first in the order of names is
 *    taken. What is particular to it (its names, passing taints, cordon) is left out.
 * 2. Without one, the provider's template stands in, with a pod of each DaemonSet that would run there.
 * 3. The same source object gives the same template object, so that what filters remember of it stays valid.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Labels, NodeFacts, PodFacts, Taint } from '../cluster/facts.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import { daemonSetPods } from './daemon-sets.ts';
import type { NodeGroupState } from './node-group.ts';
import { belongsToNode, lastTransitionMs } from './readiness.ts';
import { isPassingTaint } from './taints.ts';
import type { GroupTemplate } from './view.ts';

/** A node that has just become ready may still be without its last labels or devices. */
const SETTLED_MS = 60_000;
/** Priority of `system-node-critical`: such a DaemonSet makes itself room by preemption wherever it may run. */
const NODE_CRITICAL_PRIORITY = 2_000_001_000;

/** `readySlots`: the group's ready nodes in the order of names. `undefined`: nothing to go by. */
export function templateOf(
  cluster: Cluster,
  group: NodeGroupState,
  readySlots: readonly Slot[],
  now: number,
): GroupTemplate | undefined {
  const witness = readySlots.find((slot) => isWitness(cluster.node(slot), now));
  if (witness !== undefined) {
    const node = fromLivingNode(cluster.node(witness), group);
    return { node, overhead: overheadOf(cluster, witness, node), source: 'living-node' };
  }
  if (group.template === undefined) return undefined;
  const node = fromProvider(group.template, group.id);
  return { node, overhead: [...daemonSetPods(cluster, node, () => true)], source: group.template.source };
}

function isWitness(node: NodeFacts, now: number): boolean {
  return !node.unschedulable && lastTransitionMs(node) + SETTLED_MS < now;
}

// ---- The node ---------------------------------------------------------------------------------------------------

const made = new WeakMap<object, Map<string, NodeFacts>>();

function remembered(source: object, groupId: string, make: () => NodeFacts): NodeFacts {
  let ofSource = made.get(source);
  if (ofSource === undefined) made.set(source, (ofSource = new Map<string, NodeFacts>()));
  let node = ofSource.get(groupId);
  if (node === undefined) ofSource.set(groupId, (node = make()));
  return node;
}

function fromLivingNode(node: NodeFacts, { id, template }: NodeGroupState): NodeFacts {
  const limits = expectedVolumes(template);
  return remembered(node, `${id} ${JSON.stringify(limits)}`, () => ({
    ...blankNode(id, node.labels, node.taints),
    capacity: node.capacity,
    allocatable: node.allocatable,
    modelledOn: node.name,
    ...limits,
    ...(node.declaredFeatures === undefined ? {} : { declaredFeatures: node.declaredFeatures }),
  }));
}

/** What the provider knows of volumes; a living node's CSINode goes before it. */
function expectedVolumes(template: NodeGroupState['template']): Pick<NodeFacts, 'volumeLimits'> {
  return template?.volumeLimits === undefined ? {} : { volumeLimits: template.volumeLimits };
}

function fromProvider(template: NonNullable<NodeGroupState['template']>, groupId: string): NodeFacts {
  return remembered(template, groupId, () => ({
    ...blankNode(groupId, template.labels, template.taints),
    capacity: template.capacity,
    allocatable: template.allocatable,
    ...expectedVolumes(template),
  }));
}

function blankNode(groupId: string, labels: Labels, taints: readonly Taint[]): NodeFacts {
  const name = `template-node-for-${groupId}`;
  const kept = Object.entries(labels).filter(([key]) => !OWN_LABELS.has(key));
  return {
    name,
    uid: name,
    resourceVersion: '',
    providerID: '',
    labels: { ...Object.fromEntries(kept), 'kubernetes.io/hostname': name },
    annotations: {},
    taints: taints.filter((taint) => !isPassingTaint(taint)),
    unschedulable: false,
    createdAtMs: 0,
    deleting: false,
    capacity: {},
    allocatable: {},
    conditions: [],
  };
}

/** The same node under another name, as each new node of the group has its own. */
export function renamed(template: NodeFacts, name: string): NodeFacts {
  return { ...template, name, uid: name, labels: { ...template.labels, 'kubernetes.io/hostname': name } };
}

// ---- What it runs by itself --------------------------------------------------------------------------------------

/** The witness's own pods, and those that are missing there for the moment but would push themselves in. */
function overheadOf(cluster: Cluster, witness: Slot, node: NodeFacts): PodFacts[] {
  const pods = [...cluster.podsOn(witness).values()].filter((pod) => belongsToNode(pod) && pod.deletion === undefined);
  const running = new Set(pods.map((pod) => pod.controller?.uid));
  const missing = daemonSetPods(
    cluster,
    node,
    ({ uid }, { priority, preemptionPolicy }) =>
      !running.has(uid) && priority >= NODE_CRITICAL_PRIORITY && preemptionPolicy === 'PreemptLowerPriority',
  );
  return [...pods, ...missing];
}
