/** Packing onto new nodes: plain groups against the clock, coupled ones against plain ones. */
import { aNode, aSpec, GiB } from '../../src/cluster/fixtures.test-support.ts';
import { Cluster } from '../../src/cluster/cluster.ts';
import type { PodSpecFacts } from '../../src/cluster/facts.ts';
import type { EmptyNode, PackItem } from '../../src/scale-up/packing.ts';
import { pack } from '../../src/scale-up/packing.ts';
import { tiesOf } from '../../src/scale-up/ties.ts';
import type { Figure, Workload } from '../workload.ts';
import { medianMs } from '../workload.ts';
import { pendingPods, spreadOf, termOf } from './large-cluster.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const PODS = 50_000;
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

export const packing: Workload = {
  name: 'packing',
  about: '50,000 pods in 1, 100 and 1,000 groups onto new nodes of 8 CPUs and 64 GiB; coupled groups beside plain ones',
  run(short) {
    const rounds = short ? 3 : 11;
    const figures: Figure[] = [];
    for (const [groups, bar] of [
      [1, 5],
      [100, 20],
      [1000, 100],
    ] as const) {
      const plain = timed(groups, rounds, () => ({}));
      figures.push({ name: `packing-${groups}`, value: plain, unit: 'ms', bar });
      const kinds = {
        spread: (name: string) => ({ topologySpread: [spreadOf(name, HOSTNAME)] }),
        'anti-affinity': (name: string) => ({ requiredPodAntiAffinity: [termOf(name, HOSTNAME)] }),
        'affinity-region': (name: string) => ({ requiredPodAffinity: [termOf(name, 'topology.kubernetes.io/region')] }),
      };
      for (const [kind, rest] of Object.entries(kinds)) {
        // Below a tenth of a millisecond per group there is nothing to compare.
        const value = timed(groups, rounds, rest) / Math.max(plain, groups * 0.01, 0.1);
        figures.push({ name: `packing-${groups}-${kind}`, value, unit: '× the plain one', bar: 3 });
      }
    }
    return Promise.resolve(figures);
  },
};

function timed(groups: number, rounds: number, rest: (name: string) => Partial<PodSpecFacts>): number {
  const cluster = new Cluster();
  return cluster.trial(() => {
    const node = aNode({
      name: 'new',
      cpu: 8_000,
      memory: 64 * GiB,
      labels: { 'topology.kubernetes.io/region': 'ams' },
    });
    const slot = cluster.addNode(node);
    const items = Array.from({ length: groups }, (_, index): PackItem => {
      const name = `group-${index}`;
      const spec = aSpec({ cpu: 100 + (index % 40) * 50, memory: (1 + (index % 7)) * (GiB / 4) }, rest(name));
      const [pod] = pendingPods(name, 1, spec);
      const ties = pod === undefined || Object.keys(rest(name)).length === 0 ? undefined : tiesOf(cluster, pod, slot);
      return { spec, demands: cluster.resources.demands(spec), count: PODS / groups, ties };
    });
    const columns = Array.from({ length: cluster.resources.size }, (_, column) => column);
    const empty: EmptyNode = { free: columns.map((column) => cluster.free(slot, column)), ports: [] };
    return medianMs(rounds, () => pack(items, empty, UNBOUNDED));
  });
}
