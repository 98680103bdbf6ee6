/** What follows from a pod's spec alone, worked out once: the many pods of a workload share theirs (facts.ts). */
import type { PodSpecFacts } from '../cluster/facts.ts';

export function perSpec<T>(work: (spec: PodSpecFacts) => T): (spec: PodSpecFacts) => T {
  const known = new WeakMap<PodSpecFacts, { readonly result: T }>();
  return (spec) => {
    let entry = known.get(spec);
    if (entry === undefined) known.set(spec, (entry = { result: work(spec) }));
    return entry.result;
  };
}
