/**
 * The scale-down pass: Cluster Autoscaler's own benchmark, a large cluster half of which is hardly used, the same with
 * pods that others have a say about, and the passes that follow.
 */
import type { ClusterEvent, NodeFacts, PodFacts, PodSpecFacts } from '../../src/cluster/facts.ts';
import {
  aController,
  aNode,
  anAffinityTerm,
  aPod,
  aSpec,
  aSpread,
  GiB,
} from '../../src/cluster/fixtures.test-support.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import type { Decision } from '../../src/loop/decide.ts';
import { aGroup } from '../../src/node-groups/fixtures.test-support.ts';
import { timed } from '../stopwatch.ts';
import type { Figure, Workload } from '../workload.ts';
import { percentile } from '../workload.ts';
import type { Scene } from './passes.ts';
import { modelOf, NOW, passFigures, passOn, timePasses } from './passes.ts';

const ZONE = 'topology.kubernetes.io/zone';
const INTERVAL_MS = 10_000;

export const scaleDown2000: Workload = {
  name: 'scale-down-2000',
  about: '2,000 nodes with 40 pods of 1 % each: one pass decides the removal of 1,200',
  near: true,
  run(short) {
    const count = 2000;
    const spec = aSpec({ cpu: 100, memory: 100 });
    const annotations = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' };
    const nodes = Array.from({ length: count }, (_, index) =>
      aNode({ name: `n-${index}`, cpu: 10_000, memory: 10_000, pods: 100 }),
    );
    const scene: Scene = {
      nodes,
      pods: Array.from({ length: 40 * count }, (_, index) =>
        aPod({ name: `p-${index}`, nodeName: `n-${index % count}`, spec, annotations }),
      ),
      groups: [aGroup({ name: 'ng1', maxSize: 10_000, nodes })],
      scaleDown: { unneededTimeMs: 0, delayAfterAddMs: 0, maxParallelism: count, maxDrainParallelism: count },
    };
    const times = timePasses(scene, short ? 4 : 8, ({ removals }) => {
      invariant(removals.length === 1200, `1,200 nodes go, not ${removals.length}`);
    });
    return Promise.resolve(passFigures('scale-down-2000', times, { decideMs: 60, withModelMs: 300 }));
  },
};

/** In which orders of names: what happens to come first must not matter. */
const ORDERS = [
  [0, 1, 2, 3, 4, 5],
  [5, 4, 3, 2, 1, 0],
  [3, 0, 5, 1, 4, 2],
  [2, 5, 0, 4, 1, 3],
] as const;
const CORES = [1, 1, 4, 4, 4, 9] as const;

export const scaleDownEfficiency: Workload = {
  name: 'scale-down-efficiency',
  about: 'nodes of 1, 1, 4, 4, 4 and 9 cores with a pod of one core each: what is unused once nothing more goes',
  run() {
    const unused = ORDERS.map((order) => 1 - CORES.length / coresLeft(order));
    return Promise.resolve([
      { name: 'scale-down-efficiency', value: 100 * Math.max(...unused), unit: '% of CPU unused', bar: 0 },
    ]);
  },
};

/** `order`: the place of each node in the order of names. */
function coresLeft(order: readonly number[]): number {
  let nodes = CORES.map((cores, index) =>
    aNode({ name: `n-${order[index] ?? 0}`, cpu: cores * 1000, memory: 1000, pods: 100 }),
  );
  let pods = nodes.map(({ name }, index) => aPod({ name: `p-${index}`, owner: 'set', nodeName: name, spec: ONE_CORE }));
  for (let round = 1; round <= CORES.length; round += 1) {
    const groups = [aGroup({ name: 'ng1', maxSize: 100, nodes })];
    const scene: Scene = { nodes, pods, groups, scaleDown: ONE_AT_A_TIME };
    const cluster = modelOf(scene);
    cluster.apply({ kind: 'controller', controller: aController('ReplicaSet', 'set') });
    const [removal] = passOn(cluster, scene).removals;
    if (removal === undefined) break;
    nodes = nodes.filter(({ name }) => name !== removal.node);
    const to = new Map(removal.moves.map((move) => [move.pod, move.to]));
    pods = pods.map((pod) => ({ ...pod, nodeName: to.get(`${pod.namespace}/${pod.name}`) ?? pod.nodeName }));
  }
  return nodes.reduce((sum, { capacity }) => sum + (capacity['cpu'] ?? 0), 0) / 1000;
}

const ONE_CORE = aSpec({ cpu: 1000, memory: 100 });
const ONE_AT_A_TIME: NonNullable<Scene['scaleDown']> = {
  utilizationThreshold: 0.75,
  unneededTimeMs: 0,
  delayAfterAddMs: 0,
  maxParallelism: 1,
  maxDrainParallelism: 1,
};

// ---- A large cluster ------------------------------------------------------------------------------------------------

const LARGE = 5000;

export const scaleDown5000: Workload = {
  name: 'scale-down-5000',
  about:
    '5,000 nodes, 150,000 pods, half the nodes 40 % used: the first pass, quiet ones after it, and ones with changes',
  slow: true,
  run(short) {
    const scene = halfUsed(() => ({}));
    const [first, quiet, changing] = passes(scene, short ? 6 : 12);
    return Promise.resolve([
      { name: 'scale-down-5000-first', value: first, unit: 'ms', bar: 300 },
      { name: 'scale-down-5000-quiet', value: quiet, unit: 'ms', bar: 20 },
      { name: 'scale-down-5000-changing', value: changing, unit: 'ms', bar: 20 },
    ]);
  },
};

export const scaleDownCoupled: Workload = {
  name: 'scale-down-coupled',
  about:
    'the same with pods spread by zone and by hostname, near by zone, apart by hostname, a quarter each; against plain ones',
  slow: true,
  run(short) {
    const [plain] = passes(
      halfUsed(() => ({})),
      short ? 1 : 2,
    );
    const [coupled, , changing] = passes(halfUsed(couplingOf), short ? 1 : 6);
    const figures: Figure[] = [
      { name: 'scale-down-coupled-first', value: coupled, unit: 'ms', bar: 900 },
      { name: 'scale-down-coupled-to-plain', value: coupled / plain, unit: 'times', bar: 3 },
      { name: 'scale-down-coupled-changing', value: changing, unit: 'ms', bar: 300 },
    ];
    return Promise.resolve(figures);
  },
};

/** The times of the first pass, of passes in which nothing changed, and of passes after three pods came and went. */
function passes(scene: Scene, rounds: number): readonly [first: number, quiet: number, changing: number] {
  const quiet: number[] = [];
  const changing: number[] = [];
  const cluster = modelOf(scene);
  for (const set of new Set(scene.pods.map(({ controller }) => controller?.uid ?? ''))) {
    cluster.apply({ kind: 'controller', controller: aController('ReplicaSet', set) });
  }
  globalThis.gc?.();
  let [ms, decision] = timed(() => passOn(cluster, scene));
  const first = ms;
  const unneeded = unneededIn(decision);
  invariant(unneeded > LARGE / 4, `a good part of the nodes is unneeded, not ${unneeded}`);
  for (let pass = 1; pass <= 2 * rounds; pass += 1) {
    const changes = pass > rounds;
    if (changes)
      for (let index = 0; index < 3; index += 1) replaceOne(cluster, scene.pods[pass * 997 + index * 31_013]);
    const now = NOW + pass * INTERVAL_MS;
    [ms, decision] = timed(() => passOn(cluster, scene, decision.memory, now));
    (changes ? changing : quiet).push(ms);
    invariant(Math.abs(unneededIn(decision) - unneeded) < LARGE / 10, 'about the same nodes are unneeded');
  }
  return [first, percentile(quiet, 0.5), percentile(changing, 0.5)];
}

function unneededIn({ record }: Decision): number {
  return record.nodes.filter(({ outcome }) => outcome.kind === 'unneeded' || outcome.kind === 'removed').length;
}

/** The pod goes, and another of its set comes to the same node. */
function replaceOne(cluster: Cluster, pod: PodFacts | undefined): void {
  if (pod === undefined) return;
  const events: ClusterEvent[] = [
    { kind: 'pod-gone', namespace: pod.namespace, name: pod.name, uid: pod.uid },
    { kind: 'pod', pod: { ...pod, name: `${pod.name}-anew`, uid: `${pod.uid}-anew` } },
  ];
  for (const event of events) cluster.apply(event);
}

/** Sets of 30 pods, each in a size of fifty; every other node 40 % used, the rest 80 %. */
function halfUsed(restOf: (set: number) => Partial<PodSpecFacts>): Scene {
  const nodes = Array.from({ length: LARGE }, (_, index) =>
    aNode({
      name: `node-${String(index).padStart(5, '0')}`,
      cpu: 16_000,
      memory: 64 * GiB,
      labels: { [ZONE]: `zone-${index % 3}` },
    }),
  );
  return { nodes, pods: podsOn(nodes, restOf), groups: [aGroup({ name: 'pool', maxSize: 10_000, nodes })] };
}

/** The pods of a set are on thirty neighbouring nodes. */
function podsOn(nodes: readonly NodeFacts[], restOf: (set: number) => Partial<PodSpecFacts>): PodFacts[] {
  const perNode = 30;
  const sets = Array.from({ length: nodes.length }, (_, set) => {
    const size = 0.9 + (0.2 * (set % 50)) / 49;
    const small = aSpec({ cpu: Math.round(213 * size), memory: 512 * 2 ** 20 }, restOf(set));
    const large = aSpec({ cpu: Math.round(426 * size), memory: 2 ** 30 }, restOf(set));
    return { name: `set-${set}`, labels: { app: `set-${set}` }, small, large };
  });
  return nodes.flatMap(({ name }, node) =>
    Array.from({ length: perNode }, (_, index) => {
      const own = sets[Math.floor(node / perNode) * perNode + index] ?? sets[index];
      invariant(own !== undefined, 'there are sets');
      const spec = node % 2 === 0 ? own.small : own.large;
      return aPod({ name: `${own.name}-${node}`, owner: own.name, nodeName: name, labels: own.labels, spec });
    }),
  );
}

function couplingOf(set: number): Partial<PodSpecFacts> {
  const labels = { app: `set-${set}` };
  switch (set % 4) {
    case 0:
      return { topologySpread: [aSpread(labels, { topologyKey: ZONE })] };
    case 1:
      return { topologySpread: [aSpread(labels, { maxSkew: 2 })] };
    case 2:
      return { requiredPodAffinity: [anAffinityTerm({}, { topologyKey: ZONE })] };
    default:
      return { requiredPodAntiAffinity: [anAffinityTerm(labels)] };
  }
}
