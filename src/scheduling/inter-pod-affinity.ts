/**
 * InterPodAffinity: the pods that this one wants near, those that it wants away, and those that want it away.
 *
 * 1. Of several affinity terms, a placed pod counts only if all of them select it; anti-affinity terms count each alone.
 * 2. The first of a group: when no pod in any domain is selected and the pod selects itself, every node that has all
 *    the keys will do.
 * 3. Terminating pods count. `matchLabelKeys` are part of the selector already: the API server has put them there.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { Repellent } from '../cluster/coupling.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { selectionOf } from '../cluster/pod-selection.ts';
import type { Tally } from '../cluster/tally.ts';
import { NO_DOMAIN } from '../cluster/topology.ts';
import type { FitReason } from '../explain/reasons.ts';
import type { PlacementFilter } from './filter.ts';
import { rejectedForGood, rejectedForNow } from './filter.ts';
import { perKind } from './per-kind.ts';
import { asks } from './per-profile.ts';
import type { Rejection } from './verdict.ts';

const NAME = 'InterPodAffinity';
const isAsked = asks(NAME);

export const interPodAffinity: PlacementFilter = {
  name: NAME,
  concerns: (pod, cluster) =>
    pod.spec.requiredPodAffinity.length > 0 ||
    pod.spec.requiredPodAntiAffinity.length > 0 ||
    repellentsOf(cluster, pod).some(({ tally }) => tally.total > 0),
  filter(pod, slot, cluster) {
    const { near, apart } = bondsOf(cluster, pod);
    const missing = near === undefined ? undefined : unmetAffinity(near, slot);
    if (missing !== undefined) {
      return rejectedForGood(NAME, [{ code: 'PodAffinityUnmet', topologyKey: missing.topology.key }]);
    }
    const clash = apart.find((tally) => tally.at(slot) > 0);
    if (clash !== undefined) return rejectedBy('PodAntiAffinityClash', clash, slot);
    const repellent = repelledAt(cluster, pod, slot);
    return repellent === undefined ? undefined : rejectedBy('RepelledByPod', repellent, slot);
  },
};

/** What the pod's own terms count. */
export interface Bonds {
  readonly near: Affinity | undefined;
  /** Pods that it does not share a domain with, per term. */
  readonly apart: readonly Tally[];
}

export interface Affinity {
  /** Pods that all terms select, per term by its topology key. */
  readonly tallies: readonly Tally[];
  readonly selectsSelf: boolean;
}

const NO_BONDS: Bonds = { near: undefined, apart: [] };

/** The counters that the pod's required affinity and anti-affinity look at. */
export function bondsOf(cluster: Cluster, pod: PodFacts): Bonds {
  const { requiredPodAffinity, requiredPodAntiAffinity } = pod.spec;
  if (requiredPodAffinity.length === 0 && requiredPodAntiAffinity.length === 0) return NO_BONDS;
  return isAsked(cluster) ? remembered(cluster, pod) : NO_BONDS;
}

const remembered = perKind((cluster, pod): Bonds => {
  const { coupling } = cluster;
  const { spec, namespace } = pod;
  const selections = spec.requiredPodAffinity.map((term) => selectionOf(term, namespace));
  const near: Affinity = {
    tallies: spec.requiredPodAffinity.map(({ topologyKey }) =>
      coupling.tally({ topologyKey, selections, countsLeaving: true }),
    ),
    selectsSelf: coupling.isSelected(coupling.kindOf(pod), selections),
  };
  return {
    near: near.tallies.length === 0 ? undefined : near,
    apart: spec.requiredPodAntiAffinity.map((term) =>
      coupling.tally({
        topologyKey: term.topologyKey,
        selections: [selectionOf(term, namespace)],
        countsLeaving: true,
      }),
    ),
  };
});

/** Whether the pod may be the first of its group: rule 2. */
export function mayBeFirst({ tallies, selectsSelf }: Affinity): boolean {
  return selectsSelf && tallies.every(({ total }) => total === 0);
}

/** The first term that the node does not satisfy. */
export function unmetAffinity(near: Affinity, slot: Slot): Tally | undefined {
  const keyless = near.tallies.find(({ topology }) => topology.domainOf(slot) === NO_DOMAIN);
  if (keyless !== undefined) return keyless;
  return mayBeFirst(near) ? undefined : near.tallies.find((tally) => tally.at(slot) === 0);
}

const NO_REPELLENTS: readonly Repellent[] = [];

/** The terms of placed pods that keep such a pod away. */
export function repellentsOf(cluster: Cluster, pod: PodFacts): readonly Repellent[] {
  return isAsked(cluster) ? cluster.coupling.repelling(cluster.coupling.kindOf(pod)) : NO_REPELLENTS;
}

/** Placed pods in the node's domain that keep the pod away. */
function repelledAt(cluster: Cluster, pod: PodFacts, slot: Slot): Tally | undefined {
  for (const { tally } of repellentsOf(cluster, pod)) {
    if (tally.at(slot) > 0) return tally;
  }
  return undefined;
}

function rejectedBy(
  code: Extract<FitReason['code'], 'PodAntiAffinityClash' | 'RepelledByPod'>,
  { topology }: Tally,
  slot: Slot,
): Rejection {
  const domain = topology.value(topology.domainOf(slot));
  return rejectedForNow(NAME, [{ code, topologyKey: topology.key, domain }]);
}
