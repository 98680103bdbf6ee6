/**
 * What a new node of a group will be like: facts for the simulation and the pods that it brings along.
 *
 * 1. A ready node of the group that has been so for a while is the best witness; the first in the order of names is
 *    taken. What is particular to it (its names, passing taints, cordon) is left out.
 * 2. Without one, the provider's template stands in, with a pod of each DaemonSet that would run there. Without that
 *    too, any node of the group has to do.
 * 3. The same source object gives the same template object, so that what filters remember of it stays valid.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Labels, NodeFacts, PodFacts, Taint } from '../cluster/facts.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import { daemonSetPods } from './daemon-sets.ts';
import type { NodeGroupState } from './node-group.ts';
import type { TemplateOptions } from './options.ts';
import type { NodeStanding } from './readiness.ts';
import { belongsToNode, lastTransitionMs } from './readiness.ts';
import type { TaintOptions } from './taints.ts';
import { isPassingTaint } from './taints.ts';
import type { GroupTemplate } from './view.ts';

/** A node that has just become ready may still be without its last labels or devices. */
const SETTLED_MS = 60_000;
/** Priority of `system-node-critical`: such a DaemonSet makes itself room by preemption wherever it may run. */
const NODE_CRITICAL_PRIORITY = 2_000_001_000;

export interface TemplateContext {
  /** The group's nodes by standing, each in the order of names. */
  readonly standing: Readonly<Record<NodeStanding, readonly Slot[]>>;
  readonly options: TemplateOptions;
  readonly taints: TaintOptions;
  readonly now: number;
}

/** `undefined`: nothing to go by. */
export function templateOf(
  cluster: Cluster,
  group: NodeGroupState,
  context: TemplateContext,
): GroupTemplate | undefined {
  const { standing, now } = context;
  const witness = standing.ready.find((slot) => isWitness(cluster.node(slot), now));
  if (witness !== undefined) return fromWitness(cluster, group, witness, context);
  if (group.template !== undefined) {
    const node = fromProvider(group.template, group.id, context.taints);
    return { node, overhead: [...daemonSetPods(cluster, node, () => true)], source: group.template.source };
  }
  const { ready, 'not-started': notStarted, unready } = standing;
  const lastResort = [...ready, ...notStarted, ...unready][0];
  return lastResort === undefined ? undefined : fromWitness(cluster, group, lastResort, context);
}

function fromWitness(
  cluster: Cluster,
  group: NodeGroupState,
  witness: Slot,
  { options, taints }: TemplateContext,
): GroupTemplate {
  const node = fromLivingNode(cluster.node(witness), group, { options, taints });
  return { node, overhead: overheadOf(cluster, witness, node, options), source: 'living-node' };
}

function isWitness(node: NodeFacts, now: number): boolean {
  return !node.unschedulable && lastTransitionMs(node) + SETTLED_MS < now;
}

// ---- The node ---------------------------------------------------------------------------------------------------

/** By the source, and by what says which of its taints last. */
const made = new WeakMap<object, WeakMap<TaintOptions, Map<string, NodeFacts>>>();

function remembered(source: object, by: { taints: TaintOptions; key: string }, make: () => NodeFacts): NodeFacts {
  let ofSource = made.get(source);
  if (ofSource === undefined) made.set(source, (ofSource = new WeakMap<TaintOptions, Map<string, NodeFacts>>()));
  let byKey = ofSource.get(by.taints);
  if (byKey === undefined) ofSource.set(by.taints, (byKey = new Map<string, NodeFacts>()));
  let node = byKey.get(by.key);
  if (node === undefined) byKey.set(by.key, (node = make()));
  return node;
}

function fromLivingNode(
  node: NodeFacts,
  { id, template }: NodeGroupState,
  { options, taints }: Pick<TemplateContext, 'options' | 'taints'>,
): NodeFacts {
  const limits = expectedVolumes(template);
  const unschedulable = node.unschedulable && !options.schedulableFromCordoned;
  const key = `${id} ${unschedulable} ${JSON.stringify(limits)}`;
  return remembered(node, { taints, key }, () => ({
    ...blankNode(id, node.labels, lasting(node.taints, taints)),
    // Only where nothing else shows what the group's nodes are like: whoever cordons them all may not want more.
    unschedulable,
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

function fromProvider(
  template: NonNullable<NodeGroupState['template']>,
  groupId: string,
  taints: TaintOptions,
): NodeFacts {
  return remembered(template, { taints, key: groupId }, () => ({
    ...blankNode(groupId, withOldNames(template.labels), lasting(template.taints, taints)),
    capacity: template.capacity,
    allocatable: template.allocatable,
    ...expectedVolumes(template),
  }));
}

/** Labels whose older names nodes carry as well, for those who still ask by them. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  'node.kubernetes.io/instance-type': 'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/region': 'failure-domain.beta.kubernetes.io/region',
  'topology.kubernetes.io/zone': 'failure-domain.beta.kubernetes.io/zone',
};

function withOldNames(labels: Labels): Labels {
  const old = Object.entries(OLD_NAMES).flatMap(([name, older]): [string, string][] => {
    const value = labels[name];
    return value === undefined ? [] : [[older, value]];
  });
  return { ...labels, ...Object.fromEntries(old) };
}

function lasting(taints: readonly Taint[], options: TaintOptions): readonly Taint[] {
  return taints.filter((taint) => !isPassingTaint(taint, options));
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
    taints,
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

/** The witness's own pods, and those that it lacks but would push themselves in, or are wished for. */
function overheadOf(cluster: Cluster, witness: Slot, node: NodeFacts, options: TemplateOptions): PodFacts[] {
  const pods = [...cluster.podsOn(witness).values()].filter((pod) => belongsToNode(pod) && pod.deletion === undefined);
  const running = new Set(pods.map((pod) => pod.controller?.uid));
  const missing = daemonSetPods(
    cluster,
    node,
    ({ uid }, { priority, preemptionPolicy }) =>
      !running.has(uid) &&
      (options.forceDaemonSets || (priority >= NODE_CRITICAL_PRIORITY && preemptionPolicy === 'PreemptLowerPriority')),
  );
  return [...pods, ...missing];
}
