/**
 * The filters that look beyond one node: required pod affinity and anti-affinity (also that of the pods that are already
 * there), and topology spread with DoNotSchedule. Counted over classes of pods, not over pods.
 */
import type { SchedulerNode } from './scheduler-node.ts';
import { type PodClass, withMatchLabelKeys } from './scheduler-pod-class.ts';
import { matchesNodeAffinity, matchesSelector, untoleratedTaint } from './selectors.ts';
import type { PodAffinityTerm, StringMap } from './shapes.ts';

export interface SchedulingWorld {
  readonly nodes: ReadonlyMap<string, SchedulerNode>;
  /** Every class that has a pod. */
  readonly classes: Set<PodClass>;
  /** Those with required anti-affinity, which keep others away. */
  readonly repelling: Set<PodClass>;
  /** The labels of a namespace, for namespace selectors. */
  readonly namespaceLabels: (namespace: string) => StringMap;
}

/** Says for a node which rule rejects the pod there, if any. */
export type TopologyFilter = (node: SchedulerNode) => string | undefined;

const AFFINITY = "node(s) didn't match pod affinity rules";
const ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules";
const EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules";
const SPREAD = "node(s) didn't match pod topology spread constraints";
const SPREAD_NO_LABEL = `${SPREAD} (missing required label)`;

/** The filters that apply to this pod now; an empty list for the many pods that have nothing to do with their neighbours. */
export function topologyFilters(pod: PodClass, world: SchedulingWorld): readonly TopologyFilter[] {
  return [
    ...pod.spread.map((_, index) => spreadFilter(pod, index, world)),
    ...(pod.affinity.length > 0 ? [affinityFilter(pod, world)] : []),
    ...pod.antiAffinity.map((term) => antiAffinityFilter(pod, term, world)),
    ...existingAntiAffinityFilters(pod, world),
  ];
}

/** Topology values (of `key`) of the nodes that hold a pod of a class that `matches`. */
function valuesHolding(
  key: string,
  world: SchedulingWorld,
  matches: (other: PodClass) => boolean,
): ReadonlySet<string> {
  const values = new Set<string>();
  for (const other of world.classes) {
    if (other.placed.size === 0 || !matches(other)) continue;
    for (const node of other.placed.keys()) {
      const value = node.labels[key];
      if (value !== undefined) values.add(value);
    }
  }
  return values;
}

function affinityFilter(pod: PodClass, world: SchedulingWorld): TopologyFilter {
  // As the scheduler has it: a pod counts towards the terms only if it matches all of them.
  const matchesAll = (other: PodClass): boolean => pod.affinity.every((term) => selects(term, pod, other, world));
  const wanted = pod.affinity.map((term) => ({
    key: term.topologyKey,
    values: valuesHolding(term.topologyKey, world, matchesAll),
  }));
  // The first pod of a group that wants to be near itself may go anywhere.
  const first = wanted.every(({ values }) => values.size === 0) && matchesAll(pod);
  return (node) => {
    const ok = wanted.every(({ key, values }) => {
      const value = node.labels[key];
      return value !== undefined && (first || values.has(value));
    });
    return ok ? undefined : AFFINITY;
  };
}

function antiAffinityFilter(pod: PodClass, term: PodAffinityTerm, world: SchedulingWorld): TopologyFilter {
  const taken = valuesHolding(term.topologyKey, world, (other) => selects(term, pod, other, world));
  return (node) => {
    const value = node.labels[term.topologyKey];
    return value !== undefined && taken.has(value) ? ANTI_AFFINITY : undefined;
  };
}

function existingAntiAffinityFilters(pod: PodClass, world: SchedulingWorld): readonly TopologyFilter[] {
  const filters: TopologyFilter[] = [];
  for (const other of world.repelling) {
    if (other.placed.size === 0) continue;
    for (const term of other.antiAffinity) {
      if (!selects(term, other, pod, world)) continue;
      const taken = valuesHolding(term.topologyKey, world, (holder) => holder === other);
      filters.push((node) => {
        const value = node.labels[term.topologyKey];
        return value !== undefined && taken.has(value) ? EXISTING_ANTI_AFFINITY : undefined;
      });
    }
  }
  return filters;
}

/** Whether the term of a pod of class `owner` selects the pods of class `other`. */
function selects(term: PodAffinityTerm, owner: PodClass, other: PodClass, world: SchedulingWorld): boolean {
  const { namespaces = [], namespaceSelector } = term;
  const inNamespace =
    namespaces.length === 0 && namespaceSelector === undefined
      ? other.namespace === owner.namespace
      : namespaces.includes(other.namespace) ||
        matchesSelector(namespaceSelector, world.namespaceLabels(other.namespace));
  return inNamespace && matchesSelector(term.labelSelector, other.labels);
}

function spreadFilter(pod: PodClass, index: number, world: SchedulingWorld): TopologyFilter {
  const constraint = pod.spread[index];
  if (constraint === undefined) return () => undefined;
  const { topologyKey: key, maxSkew = 1, minDomains = 1 } = constraint;
  const selector = withMatchLabelKeys(constraint, pod.labels);
  const alike = podsAlike(pod, world, (labels) => matchesSelector(selector, labels));
  const counts = new Map<string, number>();
  for (const node of world.nodes.values()) {
    const value = node.labels[key];
    // A node counts as a domain only if it has the keys of all constraints, and as the policies say.
    if (value === undefined || pod.spread.some((other) => node.labels[other.topologyKey] === undefined)) continue;
    if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNodeAffinity(pod.spec, node)) continue;
    if (constraint.nodeTaintsPolicy === 'Honor' && untoleratedTaint(pod.spec.tolerations, node.taints) !== undefined) {
      continue;
    }
    counts.set(value, (counts.get(value) ?? 0) + (alike.get(node) ?? 0));
  }
  const lowest = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const self = matchesSelector(selector, pod.labels) ? 1 : 0;
  return (node) => {
    const value = node.labels[key];
    if (value === undefined) return SPREAD_NO_LABEL;
    return (counts.get(value) ?? 0) + self - lowest > maxSkew ? SPREAD : undefined;
  };
}

/** How many pods of the pod's namespace each node holds that `matches` and are not being deleted. */
function podsAlike(
  pod: PodClass,
  world: SchedulingWorld,
  matches: (labels: StringMap) => boolean,
): ReadonlyMap<SchedulerNode, number> {
  const alike = new Map<SchedulerNode, number>();
  for (const other of world.classes) {
    if (other.placed.size === 0 || other.namespace !== pod.namespace || !matches(other.labels)) continue;
    for (const [node, { pods, terminating }] of other.placed) {
      alike.set(node, (alike.get(node) ?? 0) + pods - terminating);
    }
  }
  return alike;
}
