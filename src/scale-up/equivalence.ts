/**
 * Pods that are alike, so that each question is asked once for all of them: same owner, equal spec, and equal labels
 * as far as anyone's anti-affinity looks at them.
 *
 * Neither the groups nor what stands for them depend on the order in which the pods come.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';

/** At least one pod. */
export interface PodGroup {
  readonly pods: readonly PodFacts[];
  /** The first of them in the order of names. */
  readonly example: PodFacts;
  /** `namespace/name` of the example: unique among groups of one pass. */
  readonly key: string;
  /** `Kind namespace/name` of the controller; '' without one. */
  readonly owner: string;
}

/** Groups the pods, in the order of their keys. `aspect` keeps apart what else sets pods apart. */
export function groupPods(
  cluster: Cluster,
  pods: Iterable<PodFacts>,
  aspect: (pod: PodFacts) => string = () => '',
): PodGroup[] {
  const labelKeys = labelKeysThatMatter(cluster);
  const canonical = new CanonicalSpecs();
  const byOwner = new Map<string, Map<PodSpecFacts, Map<string, PodFacts[]>>>();
  const groups: PodFacts[][] = [];
  for (const pod of pods) {
    const bySpec = entry(
      byOwner,
      pod.controller?.uid ?? `/${pod.namespace}`,
      () => new Map<PodSpecFacts, Map<string, PodFacts[]>>(),
    );
    const byRest = entry(bySpec, canonical.of(pod.spec), () => new Map<string, PodFacts[]>());
    const rest = aspect(pod) + labelKeys.map((key) => `\n${key}=${pod.labels[key] ?? '\n'}`).join('');
    const alike = entry(byRest, rest, () => {
      const group: PodFacts[] = [];
      groups.push(group);
      return group;
    });
    alike.push(pod);
  }
  return groups.map(podGroup).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** A group of these pods, all alike. There is at least one. */
export function podGroup(pods: readonly PodFacts[]): PodGroup {
  const example = pods.reduce((first, pod) => (pod.name < first.name ? pod : first));
  const { controller, namespace } = example;
  const owner = controller === undefined ? '' : `${controller.kind} ${namespace}/${controller.name}`;
  return { pods, example, key: podKey(example), owner };
}

/** The keys that some placed pod's anti-affinity selects by: pods that differ in these are not alike. */
function labelKeysThatMatter(cluster: Cluster): readonly string[] {
  const keys = new Set<string>();
  for (const [uid, slot] of cluster.podsWithAntiAffinity()) {
    for (const term of cluster.podsOn(slot).get(uid)?.spec.requiredPodAntiAffinity ?? []) {
      for (const { key } of term.labelSelector?.requirements ?? []) keys.add(key);
    }
  }
  return [...keys].toSorted();
}

const spelled = new WeakMap<PodSpecFacts, string>();

/**
 * As text, to compare by. Which claim a volume is of is left out for as long as no filter looks at it: the pods of a
 * StatefulSet, each with claims of its own, are alike.
 */
function spell(spec: PodSpecFacts): string {
  const volumes = spec.volumes.map((volume) => ({ ...volume, name: '', claimName: '' }));
  return JSON.stringify({ ...spec, volumes });
}

/** Equal specs are mostly one object already; for the others, one of them stands for all. */
class CanonicalSpecs {
  readonly #known = new Map<PodSpecFacts, PodSpecFacts>();
  readonly #bySpelling = new Map<string, PodSpecFacts>();

  of(spec: PodSpecFacts): PodSpecFacts {
    let canonical = this.#known.get(spec);
    if (canonical === undefined) {
      let spelling = spelled.get(spec);
      if (spelling === undefined) spelled.set(spec, (spelling = spell(spec)));
      canonical = entry(this.#bySpelling, spelling, () => spec);
      this.#known.set(spec, canonical);
    }
    return canonical;
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
