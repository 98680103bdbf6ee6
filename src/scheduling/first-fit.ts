/**
 * The first node that the pod fits, in the order of names or of a ranking, by the index instead of a scan.
 *
 * 1. The answer is that of asking every node in turn (first-fit.test.ts holds it to that).
 * 2. What is the same for all nodes of a class is asked once per class: labels, taints, and the domains that they share.
 *    How few pods a hostname holds is looked for like an amount that is free.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { Search } from '../cluster/fit-index.ts';
import type { Need } from '../cluster/fit-tree.ts';
import type { NodeClass } from '../cluster/node-classes.ts';
import { OWN_LABELS } from '../cluster/node-classes.ts';
import type { Tally } from '../cluster/tally.ts';
import type { Affinity } from './inter-pod-affinity.ts';
import { bondsOf, mayBeFirst, repellentsOf, unmetAffinity } from './inter-pod-affinity.ts';
import { pinnedNodeNames } from './node-name.ts';
import { asks } from './per-profile.ts';
import { podRejection } from './pod-filters.ts';
import type { Spread } from './pod-topology-spread.ts';
import { leastOf, skewWith, spreadsOf } from './pod-topology-spread.ts';
import { concerned, fitsNode } from './runner.ts';
import { looksAtOneNode, staticRejectionOfClass } from './static-verdicts.ts';

/** So few domains in a way are quicker walked past than kept in an index. */
const WORTH_AN_INDEX = 16;

/** Which nodes are looked at. */
export interface Within {
  readonly among: Search['among'];
  readonly admits: (slot: Slot) => boolean;
}

/** `undefined`: the pod fits none of them. */
export type FirstFit = (within: Within) => Slot | undefined;

const affinityIsAsked = asks('NodeAffinity');

const EVERYWHERE: Within = { among: 'all', admits: () => true };

/** `undefined`: the pod fits none of them. */
export function firstFit(cluster: Cluster, pod: PodFacts, within: Within = EVERYWHERE): Slot | undefined {
  return firstFitOf(cluster, pod)(within);
}

/** For one pod to be looked for among some nodes, then among others, while nothing changes: its own side is worked out once. */
export function firstFitOf(cluster: Cluster, pod: PodFacts): FirstFit {
  if (podRejection(cluster, pod) !== undefined) return fitsNowhere;
  const plugins = concerned(cluster, pod);
  const say = sayOfOthers(cluster, pod);
  const few = fewCandidates(cluster, pod, say);
  const demands = cluster.resources.demands(pod.spec);
  const counts = few === undefined ? countsNeeded(cluster, say) : [];
  const askClass = !looksAtOneNode(cluster, pod.spec);
  const admits = (nodeClass: NodeClass, slot: Slot): boolean =>
    (!askClass || staticRejectionOfClass(cluster, pod.spec, nodeClass) === undefined) && admitsShared(say, slot);
  return (within) => {
    const accepts = (slot: Slot): boolean => within.admits(slot) && fitsNode(cluster, pod, slot, plugins);
    if (few !== undefined) return inOrder(cluster, few, within).find(accepts);
    const room = cluster.index.room(demands);
    const needs = counts.length === 0 ? room : [...room, ...counts];
    return cluster.index.first({ needs, among: within.among, admits, accepts });
  };
}

const fitsNowhere: FirstFit = () => undefined;

/** Those that are looked at, of some in the order of names. */
function inOrder(cluster: Cluster, slots: readonly Slot[], { among }: Within): readonly Slot[] {
  if (among === 'all') return slots;
  if (typeof among === 'string') return slots.filter((slot) => cluster.isSimulated(slot) === (among === 'simulated'));
  const ranked = slots.flatMap((slot) => {
    const rank = among.rankOf(slot);
    return rank === undefined ? [] : [{ slot, rank }];
  });
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ slot }) => slot);
}

/** What other pods have to say about this one. */
interface SayOfOthers {
  readonly near: Affinity | undefined;
  readonly spreads: readonly Spread[];
  /** Pods that may not be in the same domain, by its own terms or by theirs. */
  readonly apart: readonly Tally[];
}

function sayOfOthers(cluster: Cluster, pod: PodFacts): SayOfOthers {
  const { near, apart } = bondsOf(cluster, pod);
  return {
    near: near === undefined || mayBeFirst(near) ? undefined : near,
    spreads: spreadsOf(cluster, pod),
    apart: [...apart, ...repellentsOf(cluster, pod).map(({ tally }) => tally)],
  };
}

/** The only nodes that come into question, in the order of names, when they are few. */
function fewCandidates(cluster: Cluster, { spec }: PodFacts, { near }: SayOfOthers): readonly Slot[] | undefined {
  const names = affinityIsAsked(cluster) ? pinnedNodeNames(spec) : undefined;
  // Pods of DaemonSets name their node.
  if (names !== undefined) return [...names].toSorted().flatMap((name) => cluster.slotOf(name) ?? []);
  const hosts = near?.tallies.find((tally) => isOwn(tally) && tally.held.size < WORTH_AN_INDEX);
  if (hosts === undefined) return undefined;
  const slots = [...hosts.held.keys()].flatMap((domain) => hosts.topology.members(domain));
  return slots.toSorted((a, b) => (cluster.node(a).name < cluster.node(b).name ? -1 : 1));
}

/** What hostnames may hold at most, or have to hold, as far as looking for it pays. */
function countsNeeded(cluster: Cluster, { near, spreads, apart }: SayOfOthers): Need[] {
  const needs: Need[] = [];
  const worth = Math.max(WORTH_AN_INDEX, Math.sqrt(cluster.nodeSlots().length));
  const atMost = (tally: Tally, pods: number): void => {
    // An index looks at all nodes once; each pod walks past those that hold others like it, and there are about as many.
    if (isOwn(tally) && tally.held.size >= worth) {
      // Not -pods: see FitIndex.fewOf.
      needs.push({ measure: cluster.index.fewOf(tally), atLeast: 0 - pods });
    }
  };
  for (const tally of near?.tallies ?? []) {
    if (isOwn(tally)) needs.push({ measure: cluster.index.someOf(tally), atLeast: 1 });
  }
  for (const tally of apart) atMost(tally, 0);
  for (const spread of spreads) atMost(spread.tally, spread.maxSkew + leastOf(spread) - spread.self);
  return needs;
}

/** Whether nodes in the same domains as this one may take the pod, as far as others have a say; hostnames aside. */
function admitsShared({ near, spreads, apart }: SayOfOthers, slot: Slot): boolean {
  const unmet = near === undefined ? undefined : unmetAffinity(near, slot);
  if (unmet !== undefined && !isOwn(unmet)) return false;
  if (apart.some((tally) => !isOwn(tally) && tally.at(slot) > 0)) return false;
  return !spreads.some((spread) => !isOwn(spread.tally) && skewWith(spread, slot) > spread.maxSkew);
}

/** Each node is its own domain: nodes of one class differ in it. */
function isOwn({ topology }: Tally): boolean {
  return OWN_LABELS.has(topology.key);
}
