/**
 * Pods of every coupling at once and many pools to choose from (Karpenter's own benchmark mix), and a large cluster with
 * a handful of new pods.
 */
import type { PodFacts, PodSpecFacts } from '../../src/cluster/facts.ts';
import { aNode, anAffinityTerm, aPod, aSpec, aSpread, GiB } from '../../src/cluster/fixtures.test-support.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import { aGroup } from '../../src/node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../../src/node-groups/node-group.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { Workload } from '../workload.ts';
import type { Scene } from './passes.ts';
import { allHelped, askedIn, passFigures, timePasses } from './passes.ts';
import { alike, runningOn } from './scale-up.ts';

const MiB = 2 ** 20;
const ZONE = 'topology.kubernetes.io/zone';
const ZONES = ['zone-1', 'zone-2', 'zone-3'];
const PODS = 10_000;
const SEED = 'mixed';

export const mixed: readonly Workload[] = (
  [
    [40, 500, 'least-waste'],
    // With nodes of any size, the cheapest are small ones and more of them: who wants the fewest has to say so.
    [400, 3000, 'least-nodes'],
  ] as const
).map(([types, bar, expander]): Workload => ({
  name: `mixed-${PODS}-${types * ZONES.length}`,
  about: `${PODS} pods, a fifth each plain, spread by zone, by hostname, near by zone, apart by hostname; ${types * ZONES.length} pools, ${expander}`,
  slow: types > 100,
  run(short) {
    const scene = { ...mixedScene(types), scaleUp: { expanders: [expander] } };
    let asked = 0;
    const times = timePasses(scene, short ? 3 : 5, (decision) => {
      asked = askedIn(decision);
      allHelped(decision);
    });
    return Promise.resolve([
      ...passFigures(`mixed-${PODS}-${types * ZONES.length}`, times, { decideMs: bar, withModelMs: bar }),
      // Hostname anti-affinity of a fifth of the pods alone forces so many.
      { name: `mixed-${PODS}-${types * ZONES.length}-nodes`, value: asked, unit: 'nodes', bar: PODS / 5 },
    ]);
  },
}));

function mixedScene(types: number): Scene {
  return { nodes: [], pods: mixedPods(PODS), groups: poolsOf(types) };
}

/** Type i has i cores, 2i GiB and 10i places; of 400 types every tenth, or all. */
function poolsOf(types: number): NodeGroupState[] {
  const step = 400 / types;
  return Array.from({ length: types }, (_, index) => (index + 1) * step).flatMap((size) => {
    const capacity = { cpu: size * 1000, memory: 2 * size * GiB, pods: 10 * size };
    return ZONES.map((zone) => {
      const name = `type-${size}-${zone}`;
      const group = aGroup({
        name,
        maxSize: 100_000,
        pricePerHour: 0.1 * size + (0.1 * capacity.memory) / 1e9,
        node: {
          capacity,
          allocatable: { ...capacity, cpu: capacity.cpu - 100, memory: capacity.memory - 10 * MiB },
          labels: { [ZONE]: zone, 'node.kubernetes.io/instance-type': `type-${size}` },
        },
      });
      return group;
    });
  });
}

/** One object for all things of the same content. */
function interning<T>(): (thing: T) => T {
  const known = new Map<string, T>();
  return (thing) => {
    const key = JSON.stringify(thing);
    const first = known.get(key) ?? thing;
    known.set(key, first);
    return first;
  };
}

/** Five equal parts. Pods of equal content share their spec and labels, as the decoders make them. */
function mixedPods(count: number): PodFacts[] {
  const random = seededRandom(SEED).stream('pods');
  const value = (): string => random.pick(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  const oneSpec = interning<PodSpecFacts>();
  const oneLabels = interning<PodFacts['labels']>();
  const parts: readonly (() => { labels: PodFacts['labels']; rest: Partial<PodSpecFacts> })[] = [
    () => ({ labels: { 'my-label': value() }, rest: {} }),
    () => ({
      labels: { 'my-label': value() },
      rest: { topologySpread: [aSpread({ 'my-label': value() }, { topologyKey: ZONE })] },
    }),
    () => ({ labels: { 'my-label': value() }, rest: { topologySpread: [aSpread({ 'my-label': value() })] } }),
    () => {
      const labels = { 'my-affinity': value() };
      return { labels, rest: { requiredPodAffinity: [anAffinityTerm(labels, { topologyKey: ZONE })] } };
    },
    () => ({ labels: { app: 'nginx' }, rest: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'nginx' })] } }),
  ];
  return parts.flatMap((part, index) =>
    Array.from({ length: count / parts.length }, (_, number) => {
      const { labels, rest } = part();
      const cpu = random.pick([100, 250, 500, 1000, 1500]);
      const memory = random.pick([100, 256, 512, 1024, 2048, 4096]) * MiB;
      return aPod({
        name: `part-${index}-${number}`,
        labels: oneLabels(labels),
        spec: oneSpec(aSpec({ cpu, memory }, rest)),
      });
    }),
  );
}

export const largeBurst: Workload = {
  name: 'scale-up-5000x150000',
  about: '5,000 nodes with 30 pods each and no room, 20 pools; 1,000 new pods in 50 shapes',
  run(short) {
    const pools = 20;
    const nodes = Array.from({ length: 5000 }, (_, index) =>
      aNode({
        name: `node-${String(index).padStart(5, '0')}`,
        cpu: 16_000,
        memory: 64 * GiB,
        labels: { pool: `pool-${index % pools}` },
      }),
    );
    const scene: Scene = {
      nodes,
      pods: [
        ...runningOn(nodes, 30, { cpu: 533, memory: GiB }),
        ...Array.from({ length: 50 }, (_, k) =>
          alike(`new-${k}`, 20, { cpu: 200 + 10 * k, memory: (256 + 32 * k) * MiB }),
        ).flat(),
      ],
      groups: Array.from({ length: pools }, (_, pool) =>
        aGroup({
          name: `pool-${pool}`,
          maxSize: 10_000,
          nodes: nodes.filter((_node, index) => index % pools === pool),
        }),
      ),
    };
    const times = timePasses(scene, short ? 3 : 6, (decision) => {
      invariant(askedIn(decision) > 0, 'nodes are asked for');
      allHelped(decision);
    });
    const [decide] = passFigures('scale-up-5000x150000', times, {
      decideMs: 100,
      withModelMs: Number.POSITIVE_INFINITY,
    });
    return Promise.resolve(decide === undefined ? [] : [decide]);
  },
};
