/**
 * What a removal is worth: the money that it saves, and the disruption that it costs.
 *
 * 1. Money is the node's price; where the price of any node in question is unknown, all are compared by their size.
 * 2. Each pod that has to move disrupts by one, more or less by its `controller.kubernetes.io/pod-deletion-cost`.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { belongsToNode } from '../node-groups/readiness.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import type { Candidate } from './eligibility.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
/** A deletion cost of so much makes a pod weigh one more, or less. */
const COST_OF_A_POD = 100;
/** No pod weighs more, or less, whatever its annotation says. */
const MOST_WEIGHT = 10;
const LEAST_WEIGHT = 0.1;
/** Removing a node disrupts a little even where nothing has to move: whoever can, removes the larger one. */
const NODE_WEIGHT = 1;

/** Of unknown prices: as much memory counts as much as one core, as it is with most plans. */
const MILLI_PER_CORE = 1000;
const BYTES_PER_CORE = 4 * 2 ** 30;

/** What one of the nodes costs, comparable among them. */
export function pricesOf(candidates: readonly Candidate[]): (candidate: Candidate) => number {
  const areKnown = candidates.every(({ group }) => group.state.pricePerHour !== undefined);
  return ({ group, node }) => (areKnown ? (group.state.pricePerHour ?? 0) : sizeOf(node));
}

/** How much the pods that would have to move weigh, the node itself included. */
export function disruptionOf({ pods }: Candidate): number {
  return NODE_WEIGHT + (pods.kind === 'movable' ? weightOfAll(pods.evict) : 0);
}

function weightOfAll(pods: readonly PodFacts[]): number {
  let weight = weights.get(pods);
  if (weight === undefined) {
    weight = pods.reduce((sum, pod) => sum + weightOf(pod), 0);
    weights.set(pods, weight);
  }
  return weight;
}

/** The lists stay the same as long as nothing about their node changes. */
const weights = new WeakMap<readonly PodFacts[], number>();

/** The weight of all pods and nodes of the groups together. */
export function totalDisruption(cluster: Cluster, groups: readonly NodeGroupView[]): number {
  let weight = 0;
  for (const { slots } of groups) {
    for (const slot of slots) {
      weight += NODE_WEIGHT;
      for (const pod of cluster.podsOn(slot).values()) if (!belongsToNode(pod)) weight += weightOf(pod);
    }
  }
  return weight;
}

/** What all nodes of the groups cost together, as far as it is known; in US dollars an hour. */
export function totalPrice(groups: readonly NodeGroupView[]): number {
  return groups.reduce((sum, { slots, state }) => sum + slots.length * (state.pricePerHour ?? 0), 0);
}

function weightOf({ annotations }: PodFacts): number {
  const text = annotations[DELETION_COST];
  const cost = text === undefined ? 0 : Number(text);
  if (!Number.isFinite(cost)) return 1;
  return Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, 1 + cost / COST_OF_A_POD));
}

function sizeOf({ capacity }: NodeFacts): number {
  return (capacity['cpu'] ?? 0) / MILLI_PER_CORE + (capacity['memory'] ?? 0) / BYTES_PER_CORE;
}
