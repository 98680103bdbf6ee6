/** Finding the first node that fits, for a plain pod and for pods that others have a say about. */
import { invariant } from '../../src/cluster/invariant.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { PodFacts, PodSpecFacts } from '../../src/cluster/facts.ts';
import { firstFit } from '../../src/scheduling/first-fit.ts';
import type { Figure, Workload } from '../workload.ts';
import { placingAgainstReference } from '../slow-reference.ts';
import { medianMs } from '../workload.ts';
import { largeCluster, pendingPods, spreadOf, termOf } from './large-cluster.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';
/** Pods per round: each finds its place with those before it in theirs. */
const PODS = 500;
/** As many as the slow reference places in a moment. */
const PODS_OF_REFERENCE = 3;

/** The pods select those of their own workload, which is named after the kind. */
const COUPLED: Readonly<Record<string, Partial<PodSpecFacts>>> = {
  'spread-zone': { topologySpread: [spreadOf('spread-zone', ZONE)] },
  'spread-hostname': { topologySpread: [{ ...spreadOf('spread-hostname', HOSTNAME), maxSkew: 2 }] },
  'affinity-zone': { requiredPodAffinity: [termOf('affinity-zone', ZONE)] },
  'anti-affinity-hostname': { requiredPodAntiAffinity: [termOf('anti-affinity-hostname', HOSTNAME)] },
};

export const firstFitPlain: Workload = {
  name: 'first-fit',
  about: `plain pods, one after the other onto 5,000 nodes × 30 pods of which nine tenths are full (${PODS} pods a round)`,
  run(short) {
    const rounds = short ? 21 : 61;
    const large = perPodMicros(largeCluster(), pendingPods('plain', PODS), rounds);
    const small = perPodMicros(largeCluster({ nodes: 500, podsPerNode: 30 }), pendingPods('plain', PODS), rounds);
    return Promise.resolve([
      { name: 'first-fit', value: large, unit: 'µs', bar: 20 },
      { name: 'first-fit-growth', value: large / small, unit: '× the time on 500 nodes', bar: 2.5 },
      placingAgainstReference('first-fit', pendingPods('plain', PODS_OF_REFERENCE)),
    ]);
  },
};

export const firstFitCoupled: Workload = {
  name: 'first-fit-coupled',
  about: `the same for pods spread over zones or hostnames, near their own in a zone, or one per hostname`,
  run(short) {
    const rounds = short ? 21 : 61;
    const cluster = largeCluster();
    const plain = perPodMicros(cluster, pendingPods('plain', PODS), rounds);
    const figures = Object.entries(COUPLED).flatMap(([kind, spec]): Figure[] => {
      const name = `first-fit-coupled-${kind}`;
      const value = perPodMicros(cluster, pendingPods(kind, PODS, spec), rounds) / plain;
      return [
        { name, value, unit: '× the plain one', bar: 3 },
        placingAgainstReference(name, pendingPods(kind, PODS_OF_REFERENCE, spec)),
      ];
    });
    return Promise.resolve(figures);
  },
};

/** Finding and taking a place, per pod; the median over the rounds. */
function perPodMicros(cluster: Cluster, pods: readonly PodFacts[], rounds: number): number {
  const round = (): void => {
    cluster.trial(() => {
      for (const pod of pods) {
        const slot = firstFit(cluster, pod);
        invariant(slot !== undefined, 'there is room for every pod');
        cluster.place(pod, slot);
      }
    });
  };
  return (medianMs(rounds, round) * 1000) / pods.length;
}
