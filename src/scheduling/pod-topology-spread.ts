/**
 * PodTopologySpread: with the pod on the node, no domain may hold more than `maxSkew` selected pods above the domain
 * that holds the fewest.
 *
 * 1. Only `DoNotSchedule` constraints reject. A node without the key of one of them counts for none.
 * 2. Domains are those of the nodes that the pod's policies let count; a domain without a selected pod is one too. With
 *    fewer domains than `minDomains` the fewest is 0.
 * 3. A node that does not count is asked nevertheless: its domain holds what the nodes that count there hold.
 * 4. Terminating pods and other namespaces are not counted. Nor is any pod by an empty selector: the scheduler takes a
 *    shortcut there, although the pod itself is selected by it.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { LabelSelector, PodFacts, PodSpecFacts, Taint, TopologySpreadConstraint } from '../cluster/facts.ts';
import type { PodSelection } from '../cluster/pod-selection.ts';
import { selectorMatches } from '../cluster/selectors.ts';
import type { Tally } from '../cluster/tally.ts';
import { NO_DOMAIN } from '../cluster/topology.ts';
import type { PlacementFilter } from './filter.ts';
import { rejectedForGood, rejectedForNow } from './filter.ts';
import { nodeAffinity } from './node-affinity.ts';
import { perKind } from './per-kind.ts';
import { asks } from './per-profile.ts';
import { toleratedBy } from './taint-toleration.ts';

const NAME = 'PodTopologySpread';
const isAsked = asks(NAME);

export const podTopologySpread: PlacementFilter = {
  name: NAME,
  concerns: ({ spec }) => spec.topologySpread.length > 0,
  filter(pod, slot, cluster) {
    for (const spread of spreadsOf(cluster, pod)) {
      const { topology } = spread.tally;
      const topologyKey = topology.key;
      const domain = topology.domainOf(slot);
      if (domain === NO_DOMAIN) return rejectedForGood(NAME, [{ code: 'TopologyKeyMissing', topologyKey }]);
      const skew = skewWith(spread, slot);
      if (skew <= spread.maxSkew) continue;
      const { maxSkew } = spread;
      return rejectedForNow(NAME, [
        { code: 'TopologySkew', topologyKey, domain: topology.value(domain), skew, maxSkew },
      ]);
    }
    return undefined;
  },
};

/** One constraint of a pod, with its counter. */
export interface Spread {
  readonly tally: Tally;
  /** Which pods count. */
  readonly selection: PodSelection;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** 1 when the pod itself is selected, else 0. */
  readonly self: 0 | 1;
}

const NO_SPREADS: readonly Spread[] = [];

/** The constraints that can reject the pod. */
export function spreadsOf(cluster: Cluster, pod: PodFacts): readonly Spread[] {
  return pod.spec.topologySpread.length === 0 || !isAsked(cluster) ? NO_SPREADS : remembered(cluster, pod);
}

/** The fewest selected pods that any domain holds, as the constraint sees it. */
export function leastOf({ tally, minDomains }: Spread): number {
  return tally.domains < minDomains ? 0 : tally.least;
}

/** By how much the node's domain would be above the one with the fewest. */
export function skewWith(spread: Spread, slot: Slot): number {
  return spread.tally.at(slot) + spread.self - leastOf(spread);
}

const remembered = perKind((cluster, pod): readonly Spread[] => {
  const hard = pod.spec.topologySpread.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  const keys = [...new Set(hard.map(({ topologyKey }) => topologyKey))].toSorted();
  return hard.map((constraint) => {
    const labels = selectorFor(constraint, pod);
    const counted = labels?.requirements.length === 0 ? undefined : labels;
    const selection: PodSelection = { labels: counted, namespaces: [pod.namespace], namespaceSelector: undefined };
    return {
      tally: cluster.coupling.tally({
        topologyKey: constraint.topologyKey,
        selections: [selection],
        countsLeaving: false,
        among: countedNodes(cluster, pod.spec, constraint, keys),
      }),
      selection,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      self: selectorMatches(labels, pod.labels) ? 1 : 0,
    };
  });
});

/** The API server has put the keys into the selector; where a template is taken as it stands, this does. */
function selectorFor(
  { labelSelector, matchLabelKeys }: TopologySpreadConstraint,
  { labels }: PodFacts,
): LabelSelector | undefined {
  if (labelSelector === undefined || matchLabelKeys.length === 0) return labelSelector;
  const own = matchLabelKeys
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator: 'In', values: [labels[key] ?? ''] }) as const);
  return { requirements: [...labelSelector.requirements, ...own] };
}

function countedNodes(
  cluster: Cluster,
  spec: PodSpecFacts,
  { nodeAffinityPolicy, nodeTaintsPolicy }: TopologySpreadConstraint,
  keys: readonly string[],
): { readonly key: string; readonly admits: (slot: Slot, taint?: Taint) => boolean } {
  const byAffinity = nodeAffinityPolicy === 'Honor';
  const byTaints = nodeTaintsPolicy === 'Honor';
  const key = JSON.stringify([
    keys,
    byAffinity ? [spec.nodeSelector, spec.requiredNodeAffinity ?? null] : null,
    byTaints ? spec.tolerations : null,
  ]);
  const admits = (slot: Slot, taint?: Taint): boolean => {
    const node = cluster.node(slot);
    return (
      keys.every((topologyKey) => Object.hasOwn(node.labels, topologyKey)) &&
      (!byAffinity || nodeAffinity.filter(spec, node) === undefined) &&
      (!byTaints || isTolerated(spec, taint === undefined ? node.taints : [...node.taints, taint]))
    );
  };
  return { key, admits };
}

function isTolerated(spec: PodSpecFacts, taints: readonly Taint[]): boolean {
  return taints.every((taint) => taint.effect === 'PreferNoSchedule' || toleratedBy(spec.tolerations, taint));
}
