/**
 * What this version does not evaluate. A pod that needs one of these checks is turned away with that as the reason:
 * it is never taken as fitting, and never silently forgotten. Each check that comes leaves this file.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodAffinityTerm, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { selectorMatches } from '../cluster/selectors.ts';
import type { PlacementFilter, StaticFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import type { Rejection } from './verdict.ts';

/** What the pod's own spec needs: the same on every node. */
export const ownNeeds: StaticFilter = {
  kind: 'static',
  name: 'NotEvaluated',
  filter: (spec) => rejectionByNeeds(spec),
};

const remembered = new WeakMap<PodSpecFacts, Rejection | null>();

/** Why no node can be said to fit; `undefined`: all that the spec needs is evaluated. */
export function rejectionByNeeds(spec: PodSpecFacts): Rejection | undefined {
  let rejection = remembered.get(spec);
  if (rejection === undefined) {
    const [first] = unevaluatedNeeds(spec);
    rejection = first === undefined ? null : notEvaluated(first.plugin, first.needs);
    remembered.set(spec, rejection);
  }
  return rejection ?? undefined;
}

/**
 * The required anti-affinity of pods that are placed and that selects this pod: it keeps the pod off their topology
 * domain. A node outside all such domains is not affected.
 */
export const othersAntiAffinity: PlacementFilter = {
  kind: 'placement',
  name: 'InterPodAffinity',
  filter(pod, slot, cluster) {
    if (cluster.podsWithAntiAffinity().size === 0) return undefined;
    const repelling = repellingPods(pod, slot, cluster);
    const [first] = repelling.toSorted();
    if (first === undefined) return undefined;
    return notEvaluated('InterPodAffinity', `the pod anti-affinity of ${first}`);
  },
};

interface Need {
  /** The scheduler's plugin that decides on it. */
  readonly plugin: string;
  readonly needs: string;
}

/** The checks that the spec needs and that are not made, in the scheduler's order. */
function unevaluatedNeeds(spec: PodSpecFacts): readonly Need[] {
  const needs: Need[] = [];
  for (const volume of spec.volumes) {
    switch (volume.kind) {
      case 'emptyDir':
      case 'hostPath':
        break;
      case 'claim':
        needs.push({ plugin: 'VolumeBinding', needs: 'a volume claim' });
        break;
      case 'ephemeral':
        needs.push({ plugin: 'VolumeBinding', needs: 'an ephemeral volume' });
        break;
      case 'inline':
        needs.push({ plugin: 'VolumeRestrictions', needs: `a volume of kind ${volume.source}` });
        break;
    }
  }
  const spread = spec.topologySpread.find(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  if (spread !== undefined)
    needs.push({ plugin: 'PodTopologySpread', needs: `topology spread over ${spread.topologyKey}` });
  const [near] = spec.requiredPodAffinity;
  if (near !== undefined) needs.push({ plugin: 'InterPodAffinity', needs: `pod affinity within ${near.topologyKey}` });
  const [apart] = spec.requiredPodAntiAffinity;
  if (apart !== undefined)
    needs.push({ plugin: 'InterPodAffinity', needs: `pod anti-affinity within ${apart.topologyKey}` });
  if (spec.resourceClaims.length > 0) needs.push({ plugin: 'DynamicResources', needs: 'dynamic resources' });
  return needs;
}

function notEvaluated(plugin: string, needs: string): Rejection {
  return rejectedForGood(plugin, [{ code: 'NotEvaluated', needs }]);
}

/** The keys of the placed pods that keep this pod off the node. */
function repellingPods(pod: PodFacts, slot: Slot, cluster: Cluster): string[] {
  const { labels } = cluster.node(slot);
  const repelling: string[] = [];
  for (const [uid, home] of cluster.podsWithAntiAffinity()) {
    const other = cluster.podsOn(home).get(uid);
    if (other === undefined || uid === pod.uid) continue;
    const homeLabels = cluster.node(home).labels;
    const repels = other.spec.requiredPodAntiAffinity.some(
      (term) => sharesDomain(term.topologyKey, labels, homeLabels) && selects(term, other, pod),
    );
    if (repels) repelling.push(podKey(other));
  }
  return repelling;
}

function sharesDomain(key: string, a: PodFacts['labels'], b: PodFacts['labels']): boolean {
  return Object.hasOwn(a, key) && Object.hasOwn(b, key) && a[key] === b[key];
}

/** Whether the term of `owner` selects the pod. A namespace selector is taken as matching: namespaces are not known. */
function selects(term: PodAffinityTerm, owner: PodFacts, pod: PodFacts): boolean {
  if (!selectorMatches(term.labelSelector, pod.labels)) return false;
  if (term.namespaces.includes(pod.namespace) || term.namespaceSelector !== undefined) return true;
  return term.namespaces.length === 0 && pod.namespace === owner.namespace;
}
