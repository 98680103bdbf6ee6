/** The cluster that the model's workloads are measured on: 5,000 nodes in ten pools and three zones, 30 pods on each. */
import { Cluster } from '../../src/cluster/cluster.ts';
import type { Labels, NodeFacts, PodAffinityTerm, PodFacts, PodSpecFacts } from '../../src/cluster/facts.ts';
import { GiB, aNode, aPod, aSpec } from '../../src/cluster/fixtures.test-support.ts';

export const NODES = 5_000;
const PODS_PER_NODE = 30;
const POOLS = 10;
const ZONES = 3;
/** So many pods share a workload's spec and labels. */
const REPLICAS = 30;
const NODE_MILLI_CPU = 8_000;
/** What is free on a node that its pods do not fill. */
const ROOM_MILLI_CPU = 1_000;

export interface Size {
  readonly nodes: number;
  readonly podsPerNode: number;
}

export const LARGE: Size = { nodes: NODES, podsPerNode: PODS_PER_NODE };

/** The nodes' pods fill all but the last tenth of the nodes, in the order of names. */
export function largeCluster(size: Size = LARGE): Cluster {
  const cluster = new Cluster();
  for (let index = 0; index < size.nodes; index += 1) cluster.apply({ kind: 'node', node: nodeAt(index) });
  for (const pod of runningPods(size)) cluster.apply({ kind: 'pod', pod });
  return cluster;
}

export function nodeAt(index: number): NodeFacts {
  const zone = `zone-${index % ZONES}`;
  return aNode({
    name: `node-${String(index).padStart(5, '0')}`,
    cpu: NODE_MILLI_CPU,
    memory: 64 * GiB,
    labels: { pool: `pool-${index % POOLS}`, 'topology.kubernetes.io/zone': zone, type: 'worker' },
  });
}

/** Every pod is an object of its own; those of a workload share spec and labels, as the decoders make them. */
export function* runningPods({ nodes, podsPerNode }: Size): Generator<PodFacts> {
  const workloads = Math.ceil((nodes * podsPerNode) / REPLICAS);
  const full: PodSpecFacts[] = [];
  const light: PodSpecFacts[] = [];
  const labels: Labels[] = [];
  for (let index = 0; index < workloads; index += 1) {
    full.push(aSpec({ cpu: Math.floor(NODE_MILLI_CPU / podsPerNode), memory: GiB }));
    light.push(aSpec({ cpu: Math.floor((NODE_MILLI_CPU - ROOM_MILLI_CPU) / podsPerNode), memory: GiB }));
    labels.push({ app: `app-${index}`, tier: `tier-${index % 3}` });
  }
  for (let index = 0; index < nodes; index += 1) {
    const specs = index < nodes * 0.9 ? full : light;
    for (let pod = 0; pod < podsPerNode; pod += 1) {
      const workload = (index + pod * nodes) % workloads;
      const spec = specs[workload];
      if (spec === undefined) continue;
      yield aPod({
        name: `app-${workload}-${index}-${pod}`,
        uid: `uid-${index}-${pod}`,
        owner: `app-${workload}`,
        nodeName: `node-${String(index).padStart(5, '0')}`,
        labels: labels[workload] ?? {},
        spec,
      });
    }
  }
}

/** `count` pending pods of one workload. */
export function pendingPods(name: string, count: number, spec: Partial<PodSpecFacts> = {}): PodFacts[] {
  const labels = { app: name };
  const whole = aSpec({ cpu: 100, memory: GiB / 8 }, spec);
  return Array.from({ length: count }, (_, index) =>
    aPod({ name: `${name}-${index}`, uid: `uid-${name}-${index}`, owner: name, labels, spec: whole }),
  );
}

/** A term that selects the pods of the workload. */
export function termOf(name: string, topologyKey: string): PodAffinityTerm {
  return {
    labelSelector: selectorOf(name),
    topologyKey,
    namespaces: [],
    namespaceSelector: undefined,
    matchLabelKeys: [],
    mismatchLabelKeys: [],
  };
}

/** A hard constraint that spreads the pods of the workload. */
export function spreadOf(name: string, topologyKey: string): PodSpecFacts['topologySpread'][number] {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: selectorOf(name),
    minDomains: undefined,
    nodeAffinityPolicy: 'Honor',
    nodeTaintsPolicy: 'Ignore',
    matchLabelKeys: [],
  };
}

function selectorOf(name: string): NonNullable<PodAffinityTerm['labelSelector']> {
  return { requirements: [{ key: 'app', operator: 'In', values: [name] }] };
}
