/**
 * What filters say that look at the pod's spec and the node alone, worked out once per pair and forgotten with either.
 *
 * Nodes of one class (node-classes.ts) get one answer, unless the spec asks for what is each node's own: its name, or a
 * label such as the hostname.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { NodeFacts, NodeSelectorTerm, PodSpecFacts } from '../cluster/facts.ts';
import type { NodeClass } from '../cluster/node-classes.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import type { StaticFilter } from './filter.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { taintToleration } from './taint-toleration.ts';
import type { Rejection } from './verdict.ts';

/** Those that come before all others, in the scheduler's order. */
const FIRST: readonly StaticFilter[] = [nodeName, nodeUnschedulable, taintToleration, nodeAffinity];

const byNode = new WeakMap<PodSpecFacts, WeakMap<NodeFacts, Rejection | null>>();
const byClass = new WeakMap<PodSpecFacts, WeakMap<NodeClass, Rejection | null>>();
const asksForOwn = new WeakMap<PodSpecFacts, boolean>();

/** What rejects by the spec and the node alone, before anything else is asked. */
export function staticRejection(spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  return remembered(byNode, spec, node, node);
}

/** The same for a node of the model. */
export function staticRejectionAt(cluster: Cluster, spec: PodSpecFacts, slot: Slot): Rejection | undefined {
  if (looksAtOneNode(spec)) return staticRejection(spec, cluster.node(slot));
  return staticRejectionOfClass(spec, cluster.nodeClass(slot));
}

/** The same for all nodes of a class, when the spec does not look at what is each node's own. */
export function staticRejectionOfClass(spec: PodSpecFacts, nodeClass: NodeClass): Rejection | undefined {
  return remembered(byClass, spec, nodeClass, nodeClass.example);
}

/** Whether nodes of one class may get different answers. */
export function looksAtOneNode(spec: PodSpecFacts): boolean {
  let own = asksForOwn.get(spec);
  if (own === undefined) {
    own =
      Object.keys(spec.nodeSelector).some((key) => OWN_LABELS.has(key)) ||
      spec.requiredNodeAffinity?.some(termLooksAtOneNode) === true;
    asksForOwn.set(spec, own);
  }
  return own;
}

function termLooksAtOneNode({ matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  return matchFields.length > 0 || matchExpressions.some(({ key }) => OWN_LABELS.has(key));
}

function remembered<K extends object>(
  known: WeakMap<PodSpecFacts, WeakMap<K, Rejection | null>>,
  spec: PodSpecFacts,
  key: K,
  node: NodeFacts,
): Rejection | undefined {
  let ofSpec = known.get(spec);
  if (ofSpec === undefined) known.set(spec, (ofSpec = new WeakMap<K, Rejection | null>()));
  let rejection = ofSpec.get(key);
  if (rejection === undefined) {
    rejection = firstRejection(spec, node) ?? null;
    ofSpec.set(key, rejection);
  }
  return rejection ?? undefined;
}

function firstRejection(spec: PodSpecFacts, node: NodeFacts): Rejection | undefined {
  for (const plugin of FIRST) {
    const rejection = plugin.filter(spec, node);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}
