/** The scale-up pass: many pods at once, pods coupled by topology, and the growth of its time with the cluster. */
import type { NodeFacts, PodFacts, PodSpecFacts } from '../../src/cluster/facts.ts';
import { aNode, anAffinityTerm, aPod, aSpec, aSpread, GiB } from '../../src/cluster/fixtures.test-support.ts';
import { invariant } from '../../src/cluster/invariant.ts';
import type { Decision } from '../../src/loop/decide.ts';
import { aGroup } from '../../src/node-groups/fixtures.test-support.ts';
import type { Figure, Workload } from '../workload.ts';
import type { Scene } from './passes.ts';
import { allHelped, askedBy, askedIn, passFigures, timePasses } from './passes.ts';

const MiB = 2 ** 20;
const ZONE = 'topology.kubernetes.io/zone';
const UNBOUNDED = 100_000;

export const scaleUp50k: Workload = {
  name: 'scale-up-50k',
  about: '50,000 pending pods without a controller, of which 50 fill a node: one pass raises the target to 1,000',
  run(short) {
    const spec = aSpec({ cpu: 200, memory: 200 });
    const scene: Scene = {
      nodes: [],
      pods: Array.from({ length: 50_000 }, (_, index) => aPod({ name: `pod-${index}`, spec })),
      groups: [aGroup({ name: 'ng1', maxSize: 10_000, node: { cpu: 10_000, memory: 10_000, pods: 100 } })],
    };
    const times = timePasses(scene, short ? 4 : 8, (decision) => {
      invariant(askedIn(decision) === 1000, '1,000 nodes are asked for');
      allHelped(decision);
    });
    return Promise.resolve(passFigures('scale-up-50k', times, { decideMs: 30, withModelMs: 160 }));
  },
};

/** 10,000 pods with hostname anti-affinity to each other. */
export const anti10000: Workload = {
  name: 'anti-10000',
  about: '10,000 pending pods that keep each other off their hostnames: 10,000 nodes, in one pass',
  run(short) {
    const pods = alike(
      'apart',
      10_000,
      { cpu: 200, memory: 200 * MiB },
      { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] },
    );
    const scene: Scene = { nodes: [], pods, groups: [aGroup({ name: 'ng1', maxSize: UNBOUNDED, node: TEN_CORES })] };
    const times = timePasses(scene, short ? 3 : 6, (decision) => {
      invariant(askedIn(decision) === 10_000, '10,000 nodes are asked for');
      allHelped(decision);
    });
    return Promise.resolve(passFigures('anti-10000', times, { decideMs: 150, withModelMs: 150 }));
  },
};

export const hostnameSpread1000: Workload = {
  name: 'hostname-spread-1000',
  about: '1,000 pending pods, maxSkew 1 over hostnames, of which 50 fill a node: 20 nodes, evenly filled',
  run(short) {
    const pods = alike(
      'spread',
      1000,
      { cpu: 200, memory: 200 * MiB },
      { topologySpread: [aSpread({ app: 'spread' })] },
    );
    const scene: Scene = { nodes: [], pods, groups: [aGroup({ name: 'ng1', maxSize: UNBOUNDED, node: TEN_CORES })] };
    let asked = 0;
    timePasses(scene, short ? 1 : 3, (decision) => {
      asked = askedIn(decision);
      allHelped(decision);
    });
    return Promise.resolve([{ name: 'hostname-spread-1000', value: asked, unit: 'nodes', bar: 20 }]);
  },
};

const TEN_CORES = { cpu: 10_000, memory: 10 * GiB, pods: 100 };

// ---- Growth -----------------------------------------------------------------------------------------------------

type Case = 'a' | 'b' | 'c' | 'd' | 'e' | 'f';

const CASES: Readonly<
  Record<
    Case,
    {
      readonly about: string;
      readonly pools: number;
      readonly pending: (count: number) => PodFacts[];
      /** Others have a say about the pods: timed against the plain case. */
      readonly coupled?: true;
    }
  >
> = {
  a: { about: 'one set', pools: 1, pending: (count) => alike('one', count, SMALL) },
  b: { about: '100 sets', pools: 1, pending: (count) => sets(count, 100) },
  c: { about: '1,000 sets', pools: 1, pending: (count) => sets(count, 1000) },
  d: {
    about: 'spread over zones, maxSkew 1',
    coupled: true,
    pools: 3,
    pending: (count) =>
      alike('zonal', count, SMALL, { topologySpread: [aSpread({ app: 'zonal' }, { topologyKey: ZONE })] }),
  },
  e: {
    about: 'anti-affinity to itself by hostname',
    coupled: true,
    pools: 1,
    pending: (count) => alike('apart', count, SMALL, { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] }),
  },
  f: {
    about: 'affinity to itself by zone',
    coupled: true,
    pools: 3,
    pending: (count) =>
      alike('near', count, SMALL, { requiredPodAffinity: [anAffinityTerm({ app: 'near' }, { topologyKey: ZONE })] }),
  },
};
const CASE_NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const SMALL = { cpu: 500, memory: GiB };
const NODE = { cpu: 16_000, memory: 64 * GiB, pods: 110 };
const PENDING = 10_000;

/** Seconds that Cluster Autoscaler needs are in the hundreds of these milliseconds; the bar of the plain case. */
const PLAIN_BAR_MS = { 1000: 60, 15_000: 300 } as const;

export const grow: readonly Workload[] = CASE_NAMES.flatMap((name) =>
  ([1000, 15_000] as const).map((nodes): Workload => ({
    name: `grow-${name}-${nodes}x${PENDING}`,
    about: `${nodes} full nodes, ${PENDING} pending pods: ${CASES[name].about}; coupled cases beside the plain one`,
    slow: nodes > 1000,
    run: (short) => Promise.resolve(growFigures(name, nodes, short ? 3 : 5)),
  })),
);

function growFigures(name: Case, nodes: 1000 | 15_000, rounds: number): Figure[] {
  const label = `grow-${name}-${nodes}x${PENDING}`;
  const times = timePasses(growScene(name, nodes), rounds, (decision) => checkGrowth(name, decision));
  // Many sets of plain pods are asked about set by set: they may take twice as long as one.
  if (!CASES[name].coupled) {
    const bar = (name === 'a' ? 1 : 2) * PLAIN_BAR_MS[nodes];
    return passFigures(label, times, { decideMs: bar, withModelMs: bar + nodes / 10 });
  }
  const plain = timePasses(growScene('a', nodes), rounds, (decision) => checkGrowth('a', decision));
  return [
    {
      name: `${label}-decide`,
      value: times.decideMs / plain.decideMs,
      unit: `× plain (${times.decideMs.toFixed(1)} ms)`,
      bar: 3,
    },
    {
      name: `${label}-with-model`,
      value: times.withModelMs / plain.withModelMs,
      unit: `× plain (${times.withModelMs.toFixed(1)} ms)`,
      bar: 3,
    },
  ];
}

function checkGrowth(name: Case, decision: Decision): void {
  allHelped(decision);
  const asked = [...askedBy(decision).values()];
  const [most, least] = [Math.max(...asked), Math.min(...asked)];
  const wanted: Readonly<Partial<Record<Case, boolean>>> = {
    a: askedIn(decision) === 313,
    d: asked.length === 3 && most - least <= 1 && askedIn(decision) <= 315,
    e: askedIn(decision) === PENDING,
    f: asked.length === 1 && askedIn(decision) === 313,
  };
  invariant(wanted[name] !== false, `the answer of ${name} is right: ${asked.join(', ')}`);
}

function growScene(name: Case, count: number): Scene {
  const { pools, pending } = CASES[name];
  const nodes = Array.from({ length: count }, (_, index) => existing(index, pools));
  return {
    nodes,
    pods: [...runningOn(nodes, 10, { cpu: 1600, memory: Math.floor((0.9 * 64 * GiB) / 10) }), ...pending(PENDING)],
    groups: Array.from({ length: pools }, (_, pool) =>
      aGroup({
        name: `pool-${pool}`,
        maxSize: UNBOUNDED,
        node: { ...NODE, labels: { [ZONE]: `z${pool + 1}` } },
        nodes: nodes.filter((_node, index) => index % pools === pool),
      }),
    ),
  };
}

function existing(index: number, zones: number): NodeFacts {
  return aNode({
    name: `node-${String(index).padStart(5, '0')}`,
    ...NODE,
    labels: { [ZONE]: `z${(index % zones) + 1}` },
  });
}

/** Pods of ReplicaSets of 30, so many on each node. */
export function runningOn(
  nodes: readonly NodeFacts[],
  perNode: number,
  requests: { cpu: number; memory: number },
): PodFacts[] {
  const spec = aSpec(requests);
  let made = 0;
  return nodes.flatMap(({ name }) =>
    Array.from({ length: perNode }, () => {
      const set = `set-${Math.floor(made / 30)}`;
      made += 1;
      return aPod({ name: `${set}-${made}`, owner: set, nodeName: name, labels: labelsOf(set), spec });
    }),
  );
}

const knownLabels = new Map<string, PodFacts['labels']>();

/** One object for alike pods, as the decoders make it. */
function labelsOf(app: string): PodFacts['labels'] {
  const labels = knownLabels.get(app) ?? { app };
  knownLabels.set(app, labels);
  return labels;
}

/** `count` pending pods of one ReplicaSet. */
export function alike(
  name: string,
  count: number,
  requests: { cpu: number; memory: number },
  rest: Partial<PodSpecFacts> = {},
): PodFacts[] {
  const spec = aSpec(requests, rest);
  const labels = labelsOf(name);
  return Array.from({ length: count }, (_, index) => aPod({ name: `${name}-${index}`, owner: name, labels, spec }));
}

function sets(count: number, number: number): PodFacts[] {
  const many = number >= 1000;
  return Array.from({ length: number }, (_, k) =>
    alike(`set-of-${k}`, count / number, {
      cpu: 200 + (many ? k % 1000 : k),
      memory: (256 + (many ? (7 * k) % 1000 : 7 * k)) * MiB,
    }),
  ).flat();
}
