/** What follows from a pod's spec alone, worked out once: the many pods of a workload share theirs (facts.ts). */
import type { PodSpecFacts } from '../cluster/facts.ts';

interface Entry<T> {
  readonly spec: PodSpecFacts;
  readonly result: T;
}

export function perSpec<T>(work: (spec: PodSpecFacts) => T): (spec: PodSpecFacts) => T {
  const known = new WeakMap<PodSpecFacts, Entry<T>>();
  // While a place is looked for, one pod is asked about at every turn.
  let last: Entry<T> | undefined;
  return (spec) => {
    if (last?.spec === spec) return last.result;
    last = known.get(spec);
    if (last === undefined) known.set(spec, (last = { spec, result: work(spec) }));
    return last.result;
  };
}
