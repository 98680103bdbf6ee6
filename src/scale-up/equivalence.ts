/**
 * Pods that are alike, so that each question is asked once for all of them: same owner, equal spec, and equal labels
 * as far as any selector looks at them: of placed pods' anti-affinity, and of the terms of the pods themselves.
 *
 * Neither the groups nor what stands for them depend on the order in which the pods come.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { LabelSelector, PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { invariant } from '../cluster/invariant.ts';

/** At least one pod. */
export interface PodGroup {
  readonly pods: readonly PodFacts[];
  /** The first of them in the order of names. */
  readonly example: PodFacts;
  /** `namespace/name` of the example: unique among groups of one pass. */
  readonly key: string;
  /** `Kind namespace/name` of the controller; '' without one. */
  readonly owner: string;
  /** Nodes that seem to fit and have been seen not to take such pods: see predictions.ts. */
  readonly avoids?: ReadonlySet<Slot>;
}

/** Groups the pods, in the order of their keys. `aspect` keeps apart what else sets pods apart. */
export function groupPods(
  cluster: Cluster,
  pods: Iterable<PodFacts>,
  aspect: (pod: PodFacts) => string = () => '',
): PodGroup[] {
  const all = [...pods];
  const labelKeys = labelKeysThatMatter(cluster, all);
  const canonical = new CanonicalSpecs();
  const byOwner = new Map<string, Map<PodSpecFacts, Map<string, PodFacts[]>>>();
  const groups: PodFacts[][] = [];
  let last: { readonly pod: PodFacts; readonly aspect: string; readonly group: PodFacts[] } | undefined;
  for (const pod of all) {
    const own = aspect(pod);
    // Siblings mostly come one after the other, and share their spec and labels.
    if (last !== undefined && own === last.aspect && areSiblings(pod, last.pod)) {
      last.group.push(pod);
      continue;
    }
    const bySpec = entry(
      byOwner,
      pod.controller?.uid ?? `/${pod.namespace}`,
      () => new Map<PodSpecFacts, Map<string, PodFacts[]>>(),
    );
    const byRest = entry(bySpec, canonical.of(pod.spec), () => new Map<string, PodFacts[]>());
    const claims = pod.spec.volumes.length === 0 ? '' : spellClaims(cluster, pod);
    const rest = own + claims + labelKeys.map((key) => `\n${key}=${pod.labels[key] ?? '\n'}`).join('');
    const alike = entry(byRest, rest, () => {
      const group: PodFacts[] = [];
      groups.push(group);
      return group;
    });
    alike.push(pod);
    last = { pod, aspect: own, group: alike };
  }
  return groups.map(podGroup).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** Alike for certain, as it is seen without looking into them; pods with volumes differ in their claims. */
function areSiblings(a: PodFacts, b: PodFacts): boolean {
  return (
    a.spec === b.spec &&
    a.labels === b.labels &&
    a.namespace === b.namespace &&
    a.controller?.uid === b.controller?.uid &&
    a.spec.volumes.length === 0
  );
}

/** A group of these pods, all alike. There is at least one. */
export function podGroup(pods: readonly PodFacts[]): PodGroup {
  let [example] = pods;
  for (const pod of pods) if (example === undefined || pod.name < example.name) example = pod;
  invariant(example !== undefined, 'a group has a pod');
  const { controller, namespace } = example;
  const owner = controller === undefined ? '' : `${controller.kind} ${namespace}/${controller.name}`;
  return { pods, example, key: podKey(example), owner };
}

/** The keys that some selector looks at: pods that differ in these are not alike. */
function labelKeysThatMatter(cluster: Cluster, pods: readonly PodFacts[]): readonly string[] {
  const keys = new Set<string>();
  const note = (selector: LabelSelector | undefined): void => {
    for (const { key } of selector?.requirements ?? []) keys.add(key);
  };
  for (const { selection } of cluster.coupling.repellents()) note(selection.labels);
  const specs = new Set<PodSpecFacts>();
  let last: PodSpecFacts | undefined;
  for (const { spec } of pods) if (spec !== last) specs.add((last = spec));
  for (const spec of specs) {
    const { topologySpread, requiredPodAffinity, requiredPodAntiAffinity } = spec;
    for (const { labelSelector } of [...topologySpread, ...requiredPodAffinity, ...requiredPodAntiAffinity]) {
      note(labelSelector);
    }
    for (const { matchLabelKeys } of topologySpread) for (const key of matchLabelKeys) keys.add(key);
  }
  return [...keys].toSorted();
}

const spelled = new WeakMap<PodSpecFacts, string>();

/** As text, to compare by. Claims are compared by what they are, not by their names (see spellClaims). */
function spell(spec: PodSpecFacts): string {
  const volumes = spec.volumes.map((volume) => ({ ...volume, name: '', claimName: '' }));
  return JSON.stringify({ ...spec, volumes });
}

/**
 * What the claims of the pod are like: those of a StatefulSet, each pod with its own, are mostly alike until they are
 * bound to volumes.
 */
function spellClaims(cluster: Cluster, { name: podName, namespace, spec }: PodFacts): string {
  let spelling = '';
  for (const volume of spec.volumes) {
    if (volume.kind !== 'claim' && volume.kind !== 'ephemeral') continue;
    const name = volume.kind === 'claim' ? volume.claimName : `${podName}-${volume.name}`;
    const claim = cluster.storage.claim(namespace, name);
    const content = claim === undefined ? null : { ...claim, name: '', uid: '', controllerUid: '' };
    spelling += `\n${JSON.stringify([content, cluster.storage.isClaimUsed(namespace, name)])}`;
  }
  return spelling;
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
