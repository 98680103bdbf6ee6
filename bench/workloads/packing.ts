/** Packing onto new nodes: plain groups against the clock, coupled ones against plain ones. */
import { invariant } from '../../src/cluster/invariant.ts';
import { aNode, aPod, aSpec, GiB } from '../../src/cluster/fixtures.test-support.ts';
import { Cluster } from '../../src/cluster/cluster.ts';
import type { NodeFacts, PodFacts, PodSpecFacts } from '../../src/cluster/facts.ts';
import type { EmptyNode, PackItem, Packing } from '../../src/scale-up/packing.ts';
import { pack } from '../../src/scale-up/packing.ts';
import { tiesOf } from '../../src/scale-up/ties.ts';
import type { Placed } from '../../test/reference-scheduler.ts';
import { firstFitting } from '../../test/reference-scheduler.ts';
import { shareOfReference } from '../slow-reference.ts';
import type { Figure, Workload } from '../workload.ts';
import { medianMs } from '../workload.ts';
import { spreadOf, termOf } from './large-cluster.ts';

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
      const plain = timed({ pods: PODS, groups, rest: () => ({}) }, rounds);
      figures.push({ name: `packing-${groups}`, value: plain, unit: 'ms', bar });
      const kinds = {
        spread: (name: string) => ({ topologySpread: [spreadOf(name, HOSTNAME)] }),
        'anti-affinity': (name: string) => ({ requiredPodAntiAffinity: [termOf(name, HOSTNAME)] }),
        'affinity-region': (name: string) => ({ requiredPodAffinity: [termOf(name, 'topology.kubernetes.io/region')] }),
      };
      for (const [kind, rest] of Object.entries(kinds)) {
        // Below a tenth of a millisecond per group there is nothing to compare.
        const value = timed({ pods: PODS, groups, rest }, rounds) / Math.max(plain, groups * 0.01, 0.1);
        figures.push({ name: `packing-${groups}-${kind}`, value, unit: '× the plain one', bar: 3 });
      }
    }
    figures.push(packingAgainstReference());
    return Promise.resolve(figures);
  },
};

/** One pod after the other onto the first new node that it fits, and onto another one where it fits none. */
function packingAgainstReference(): Figure {
  const pods = 300;
  const groups = 10;
  let ours = 0;
  let theirs = 0;
  const figure = packed({ pods, groups, rest: () => ({}) }, (packOnce, items) =>
    shareOfReference('packing', {
      size: `${pods} pods in ${groups} groups`,
      ours: () => {
        ours = packOnce().nodes;
      },
      reference: () => {
        theirs = nodesOfReference(items.flatMap(({ pod, count }) => Array.from({ length: count }, () => pod)));
      },
    }),
  );
  invariant(ours === theirs, 'the reference opens as many nodes');
  return figure;
}

function nodesOfReference(pods: readonly PodFacts[]): number {
  const nodes: NodeFacts[] = [];
  const placed: Placed[] = [];
  for (const pod of pods) {
    let node = firstFitting({ nodes, placed, namespaces: new Map() }, pod);
    if (node === undefined) nodes.push((node = newNode(`new-${String(nodes.length).padStart(5, '0')}`)));
    placed.push({ pod, node });
  }
  return nodes.length;
}

function newNode(name: string): NodeFacts {
  return aNode({ name, cpu: 8_000, memory: 64 * GiB, labels: { 'topology.kubernetes.io/region': 'ams' } });
}

interface Pack {
  readonly pods: number;
  readonly groups: number;
  /** What the pods of a group have besides requests. */
  readonly rest: (name: string) => Partial<PodSpecFacts>;
}

function timed(what: Pack, rounds: number): number {
  return packed(what, (packOnce) => medianMs(rounds, packOnce));
}

/** Within a trial, as ties are told by the model: hands on how to pack once, and what. */
function packed<T>(
  { pods, groups, rest }: Pack,
  use: (packOnce: () => Packing, items: readonly (PackItem & { readonly pod: PodFacts })[]) => T,
): T {
  const cluster = new Cluster();
  return cluster.trial(() => {
    const slot = cluster.addNode(newNode('new'));
    const items = Array.from({ length: groups }, (_, index) => {
      const name = `group-${index}`;
      const spec = aSpec({ cpu: 100 + (index % 40) * 50, memory: (1 + (index % 7)) * (GiB / 4) }, rest(name));
      const pod = aPod({ name, labels: { app: name }, spec });
      const ties = Object.keys(rest(name)).length === 0 ? undefined : tiesOf(cluster, pod, slot);
      return { pod, spec, demands: cluster.resources.demands(spec), count: pods / groups, ties };
    });
    const columns = Array.from({ length: cluster.resources.size }, (_, column) => column);
    const empty: EmptyNode = { free: columns.map((column) => cluster.free(slot, column)), ports: [] };
    return use(() => pack(items, empty, UNBOUNDED), items);
  });
}
