/**
 * kube-scheduler's filters once more, slow and obvious: lists of nodes and pods, every question worked out from the
 * start, nothing remembered. The product has to agree with it (reference-scheduler.test.ts); it shares no code with it.
 *
 * Volumes and dynamic resources are left out: the conformance cases are their judge.
 */
import type {
  Labels,
  LabelSelector,
  NodeFacts,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodFacts,
  SelectorRequirement,
  Taint,
  TopologySpreadConstraint,
} from '../src/cluster/facts.ts';

export interface Placed {
  readonly pod: PodFacts;
  readonly node: NodeFacts;
}

export interface World {
  readonly nodes: readonly NodeFacts[];
  readonly placed: readonly Placed[];
  /** Labels by namespace. */
  readonly namespaces: ReadonlyMap<string, Labels>;
}

/** `fits`, or the first plugin that rejects, with `!` when no removal of pods would help. */
export function verdict(world: World, pod: PodFacts, node: NodeFacts): string {
  const checks: readonly (readonly [string, boolean])[] = [
    ['SchedulingGates!', pod.spec.schedulingGates.length === 0],
    ['NodeUnschedulable!', !node.unschedulable || tolerates(pod, CORDON)],
    ['TaintToleration!', node.taints.every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod, taint))],
    ['NodeAffinity!', wantsNode(pod, node)],
    ['NodePorts', portsAreFree(world, pod, node)],
    [`NodeResourcesFit${couldEverFit(pod, node) ? '' : '!'}`, hasRoom(world, pod, node)],
    ['PodTopologySpread!', firstFailure(world, pod, node) !== 'key'],
    ['PodTopologySpread', firstFailure(world, pod, node) !== 'skew'],
    ['InterPodAffinity!', isNearAll(world, pod, node)],
    ['InterPodAffinity', isAway(world, pod, node) && isNotRepelled(world, pod, node)],
  ];
  return checks.find(([, passes]) => !passes)?.[0] ?? 'fits';
}

/** The first node, by name, that the pod fits. */
export function firstFitting(world: World, pod: PodFacts): NodeFacts | undefined {
  return world.nodes
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .find((node) => verdict(world, pod, node) === 'fits');
}

// ---- The node itself --------------------------------------------------------------------------------------------

const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

function tolerates(pod: PodFacts, taint: Taint): boolean {
  return pod.spec.tolerations.some(
    (toleration) =>
      (toleration.effect === '' || toleration.effect === taint.effect) &&
      (toleration.operator === 'Exists'
        ? toleration.key === '' || toleration.key === taint.key
        : toleration.key === taint.key && toleration.value === taint.value),
  );
}

function wantsNode({ spec }: PodFacts, node: NodeFacts): boolean {
  const selected = Object.entries(spec.nodeSelector).every(([key, value]) => node.labels[key] === value);
  const terms = spec.requiredNodeAffinity;
  return selected && (terms === undefined || terms.some((term) => termHolds(term, node)));
}

function termHolds({ matchExpressions, matchFields }: NodeSelectorTerm, node: NodeFacts): boolean {
  const says = matchExpressions.length + matchFields.length > 0;
  const ofName = { 'metadata.name': node.name };
  return (
    says &&
    matchExpressions.every((requirement) => holds(requirement, node.labels)) &&
    matchFields.every((requirement) => holds(requirement, ofName))
  );
}

function portsAreFree({ placed }: World, pod: PodFacts, node: NodeFacts): boolean {
  const used = placed.filter((other) => other.node.name === node.name).flatMap((other) => other.pod.spec.hostPorts);
  return !pod.spec.hostPorts.some((wanted) =>
    used.some(
      (port) =>
        port.port === wanted.port &&
        port.protocol === wanted.protocol &&
        [port.hostIP, wanted.hostIP].some((address) => address === '0.0.0.0' || port.hostIP === wanted.hostIP),
    ),
  );
}

function requests(pod: PodFacts): Record<string, number> {
  return { ...pod.spec.requests, pods: 1 };
}

function hasRoom({ placed }: World, pod: PodFacts, node: NodeFacts): boolean {
  return Object.entries(requests(pod)).every(([name, amount]) => {
    const used = placed
      .filter((other) => other.node.name === node.name)
      .reduce((sum, other) => sum + (requests(other.pod)[name] ?? 0), 0);
    return amount === 0 || amount + used <= (node.allocatable[name] ?? 0);
  });
}

/** Too many pods is never for good. */
function couldEverFit(pod: PodFacts, node: NodeFacts): boolean {
  return Object.entries(pod.spec.requests).every(
    ([name, amount]) => amount === 0 || amount <= (node.allocatable[name] ?? 0),
  );
}

// ---- Topology spread --------------------------------------------------------------------------------------------

function firstFailure(world: World, pod: PodFacts, node: NodeFacts): 'key' | 'skew' | undefined {
  const hard = pod.spec.topologySpread.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  for (const constraint of hard) {
    if (node.labels[constraint.topologyKey] === undefined) return 'key';
    if (skew(world, pod, { node, constraint, hard }) > constraint.maxSkew) return 'skew';
  }
  return undefined;
}

function skew(
  world: World,
  pod: PodFacts,
  asked: {
    readonly node: NodeFacts;
    readonly constraint: TopologySpreadConstraint;
    readonly hard: readonly TopologySpreadConstraint[];
  },
): number {
  const { node, constraint, hard } = asked;
  const key = constraint.topologyKey;
  const counted = world.nodes.filter(
    (other) =>
      hard.every(({ topologyKey }) => other.labels[topologyKey] !== undefined) &&
      (constraint.nodeAffinityPolicy === 'Ignore' || wantsNode(pod, other)) &&
      (constraint.nodeTaintsPolicy === 'Ignore' ||
        other.taints.every((taint) => taint.effect === 'PreferNoSchedule' || tolerates(pod, taint))),
  );
  const podsIn = new Map<string | undefined, number>();
  for (const other of counted) {
    const here = world.placed.filter(
      (there) =>
        there.node.name === other.name &&
        there.pod.namespace === pod.namespace &&
        there.pod.deletion === undefined &&
        constraint.labelSelector?.requirements.length !== 0 &&
        selects(constraint.labelSelector, there.pod.labels),
    );
    podsIn.set(other.labels[key], (podsIn.get(other.labels[key]) ?? 0) + here.length);
  }
  const fewest = podsIn.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...podsIn.values());
  const self = selects(constraint.labelSelector, pod.labels) ? 1 : 0;
  return (podsIn.get(node.labels[key]) ?? 0) + self - fewest;
}

// ---- Affinity between pods --------------------------------------------------------------------------------------

function isNearAll(world: World, pod: PodFacts, node: NodeFacts): boolean {
  const terms = pod.spec.requiredPodAffinity;
  if (terms.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return false;
  const meant = world.placed.filter((other) => terms.every((term) => isMeant(world, { term, owner: pod }, other.pod)));
  if (terms.every(({ topologyKey }) => meant.some((other) => inSameDomain(topologyKey, other.node, node)))) return true;
  const anywhere = meant.some((other) => terms.some(({ topologyKey }) => other.node.labels[topologyKey] !== undefined));
  return !anywhere && terms.every((term) => isMeant(world, { term, owner: pod }, pod));
}

function isAway(world: World, pod: PodFacts, node: NodeFacts): boolean {
  return !pod.spec.requiredPodAntiAffinity.some((term) =>
    world.placed.some(
      (other) => inSameDomain(term.topologyKey, other.node, node) && isMeant(world, { term, owner: pod }, other.pod),
    ),
  );
}

function isNotRepelled(world: World, pod: PodFacts, node: NodeFacts): boolean {
  return !world.placed.some((other) =>
    other.pod.spec.requiredPodAntiAffinity.some(
      (term) => inSameDomain(term.topologyKey, other.node, node) && isMeant(world, { term, owner: other.pod }, pod),
    ),
  );
}

function inSameDomain(key: string, a: NodeFacts, b: NodeFacts): boolean {
  return a.labels[key] !== undefined && a.labels[key] === b.labels[key];
}

/** Whether the term of `owner` is about the pod. */
function isMeant(
  { namespaces }: World,
  { term, owner }: { readonly term: PodAffinityTerm; readonly owner: PodFacts },
  pod: PodFacts,
): boolean {
  const named = new Set(term.namespaces);
  if (term.namespaceSelector === undefined && named.size === 0) named.add(owner.namespace);
  const byLabels = selects(term.namespaceSelector, namespaces.get(pod.namespace) ?? {});
  return (named.has(pod.namespace) || byLabels) && selects(term.labelSelector, pod.labels);
}

// ---- Selectors --------------------------------------------------------------------------------------------------

function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  return selector !== undefined && selector.requirements.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: SelectorRequirement, labels: Labels): boolean {
  const value = labels[key];
  if (operator === 'In') return value !== undefined && values.includes(value);
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  throw new Error(`the reference does not know the operator ${operator}`);
}
