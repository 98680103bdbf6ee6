/**
 * What filters say that look at the pod's spec and the node alone, worked out once per pair and forgotten with either.
 *
 * Nodes of one class (node-classes.ts) get one answer, unless the spec asks for what is each node's own: its name, or a
 * label such as the hostname; or the scheduler's profile asks that of all pods.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, NodeSelectorTerm, PodSpecFacts } from '../cluster/facts.ts';
import type { NodeClass } from '../cluster/node-classes.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import type { StaticFilter } from './filter.ts';
import { addedNodeAffinity, nodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { perProfile } from './per-profile.ts';
import { perSpec } from './per-spec.ts';
import { taintToleration } from './taint-toleration.ts';
import type { Rejection } from './verdict.ts';

/** Those that come before all others, in the scheduler's order. */
const FIRST: readonly StaticFilter[] = [nodeName, nodeUnschedulable, taintToleration, nodeAffinity];

/** The filters of a profile, and what they have said. */
interface Statics {
  readonly filters: readonly StaticFilter[];
  readonly byNode: Known<NodeFacts>;
  readonly byClass: Known<NodeClass>;
}

/** `null`: known to fit. */
type Known<K extends object> = WeakMap<PodSpecFacts, WeakMap<K, Rejection | null>>;

const staticsOf = perProfile(({ skippedForNodes, addedAffinity }) =>
  statics(
    FIRST.filter(({ name }) => !skippedForNodes.includes(name)).flatMap((filter) =>
      filter === nodeAffinity && addedAffinity !== undefined ? [addedNodeAffinity(addedAffinity), filter] : [filter],
    ),
  ),
);
/** The profile looks at what is each node's own, whatever the spec. */
const alwaysLooksAtOneNode = perProfile(({ addedAffinity }) => addedAffinity?.some(termLooksAtOneNode) === true);
const byDefault = statics(FIRST);

function statics(filters: readonly StaticFilter[]): Statics {
  return { filters, byNode: new WeakMap(), byClass: new WeakMap() };
}

/** What rejects by the spec and the node alone, whatever the scheduler's profile. */
export function staticRejection(spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  return rejectionAt(byDefault, spec, node);
}

/** The same for a node of the model. */
export function staticRejectionAt(cluster: Cluster, spec: PodSpecFacts, slot: Slot): Rejection | undefined {
  if (!looksAtOneNode(cluster, spec)) return staticRejectionOfClass(cluster, spec, cluster.nodeClass(slot));
  return rejectionAt(staticsOf(cluster), spec, cluster.node(slot));
}

function rejectionAt({ filters, byNode }: Statics, spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  return remembered(byNode, spec, node, () => firstRejection(filters, spec, node));
}

/** The same for all nodes of a class, when the spec does not look at what is each node's own. */
export function staticRejectionOfClass(
  cluster: Cluster,
  spec: PodSpecFacts,
  nodeClass: NodeClass,
): Rejection | undefined {
  const { filters, byClass } = staticsOf(cluster);
  return remembered(byClass, spec, nodeClass, () => firstRejection(filters, spec, nodeClass.example));
}

/** Whether nodes of one class may get different answers. */
export function looksAtOneNode(cluster: Cluster, spec: PodSpecFacts): boolean {
  return alwaysLooksAtOneNode(cluster) || asksForOwn(spec);
}

const asksForOwn = perSpec(
  ({ nodeSelector, requiredNodeAffinity }) =>
    Object.keys(nodeSelector).some((key) => OWN_LABELS.has(key)) ||
    requiredNodeAffinity?.some(termLooksAtOneNode) === true,
);

function termLooksAtOneNode({ matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  return matchFields.length > 0 || matchExpressions.some(({ key }) => OWN_LABELS.has(key));
}

function remembered<K extends object>(
  known: Known<K>,
  spec: PodSpecFacts,
  key: K,
  work: () => Rejection | undefined,
): Rejection | undefined {
  let ofSpec = known.get(spec);
  if (ofSpec === undefined) known.set(spec, (ofSpec = new WeakMap<K, Rejection | null>()));
  let rejection = ofSpec.get(key);
  if (rejection === undefined) ofSpec.set(key, (rejection = work() ?? null));
  return rejection ?? undefined;
}

function firstRejection(filters: readonly StaticFilter[], spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  for (const plugin of filters) {
    const rejection = plugin.filter(spec, node);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}
