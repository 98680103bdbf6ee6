/**
 * Remembers what was worked out for pods of one spec that no selector tells apart. It is forgotten with their labels,
 * and when the counters that it refers to are no longer kept.
 */
import type { Cluster } from '../cluster/cluster.ts';
import type { PodKind } from '../cluster/coupling.ts';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';

interface Known<T> {
  readonly epoch: number;
  readonly bySpec: Map<PodSpecFacts, T>;
}

export function perKind<T>(work: (cluster: Cluster, pod: PodFacts) => T): (cluster: Cluster, pod: PodFacts) => T {
  const byKind = new WeakMap<PodKind, Known<T>>();
  // While a place is looked for, one pod is asked about at every turn.
  let last: { readonly kind: PodKind; readonly known: Known<T> } | undefined;
  return (cluster, pod) => {
    const { epoch } = cluster.coupling;
    const kind = cluster.coupling.kindOf(pod);
    let known = last?.kind === kind ? last.known : byKind.get(kind);
    if (known?.epoch !== epoch) {
      known = { epoch, bySpec: new Map<PodSpecFacts, T>() };
      byKind.set(kind, known);
    }
    if (last?.known !== known) last = { kind, known };
    let result = known.bySpec.get(pod.spec);
    if (result === undefined) {
      result = work(cluster, pod);
      known.bySpec.set(pod.spec, result);
    }
    return result;
  };
}
