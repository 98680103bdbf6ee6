/**
 * What a person reads who asks why a node stays: each for another cause, in the sandbox and in virtual time, in the words of
 * `vke-autoscaler explain`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordAt, textAt } from '../sandbox/kubernetes/json.ts';
import { ask, reasonIn } from './support/asking.ts';
import { MINUTE_MS, type World, aPool, aWorld, type WorldOptions } from './support/world.ts';
import {
  barePod,
  budget,
  deployment,
  job,
  NOT_SAFE_TO_EVICT,
  statefulSet,
  type Workload,
} from './support/workloads.ts';

interface NodeCase {
  readonly cause: string;
  readonly world?: Partial<WorldOptions>;
  readonly prepare?: (world: World) => void;
  /** Of which node; by default the first. */
  readonly node?: (world: World) => string;
  readonly afterMs?: number;
  readonly code: string;
  readonly amounts: object;
  readonly words: readonly RegExp[];
}

/** Two nodes, of which one may go, but not so soon. */
const TWO = {
  pools: [aPool('web', { quantity: 2 })],
  flags: [
    '--scale-down-unneeded-time=30m',
    '--skip-nodes-with-system-pods=false',
    '--unremovable-node-recheck-timeout=10s',
  ],
};

/** So many pods, no two on one node. */
function apart(replicas: number): Workload {
  const { resource, object } = deployment('apart', replicas, { cpu: '100m' });
  const term = { labelSelector: { matchLabels: { app: 'apart' } }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const spec = { ...recordAt(object, 'spec', 'template', 'spec'), affinity };
  const template = { ...recordAt(object, 'spec', 'template'), spec };
  return { resource, object: { ...object, spec: { ...recordAt(object, 'spec'), template } } };
}
const firstNode = (world: World): string => world.nodes()[0]?.metadata.name ?? '';

/** A node that the last record calls unneeded. */
function unneededNode({ current }: World): string {
  return current.records.at(-1)?.nodes.find(({ outcome }) => outcome.kind === 'unneeded')?.node ?? '';
}

/** The node that runs the pod of that name, or the first of that workload. */
function nodeOf(name: string): (world: World) => string {
  return (world) => {
    const pod = world.pods().find(({ metadata }) => metadata.name.startsWith(name));
    return textAt(pod, 'spec', 'nodeName');
  };
}

const NODES: readonly NodeCase[] = [
  {
    cause: 'its pool is at its minimum',
    world: { pools: [aPool('web')] },
    code: 'NodeGroupMinSizeReached',
    amounts: { minSize: 1 },
    words: [/its group is at its minimum of 1 node/, /Lower the node pool's minimum/],
  },
  {
    cause: 'too much of it is used',
    world: TWO,
    prepare: (world) => world.apply(deployment('busy', 2, { cpu: '3' })),
    code: 'NotUnderutilized',
    amounts: { resource: 'cpu', threshold: 0.5 },
    words: [/\d+ % of its CPU is used, threshold 50 %/, /Raise --scale-down-utilization-threshold/],
  },
  {
    cause: 'it has not been unneeded for long enough',
    world: TWO,
    node: unneededNode,
    code: 'NotUnneededLongEnough',
    amounts: {},
    words: [/unneeded for \d+ \w+, removed after 30 min/, /not needed since 20/, /lower --scale-down-unneeded-time/],
  },
  {
    cause: 'nothing would replace a pod on it',
    world: TWO,
    prepare: (world) => world.apply(barePod('alone', { cpu: '500m' })),
    node: nodeOf('alone'),
    code: 'BlockedByPod',
    amounts: { pod: 'default/alone', blocking: 'NotReplicated' },
    words: [/default\/alone keeps it \(NotReplicated/, /Run the pod under a controller/],
  },
  {
    cause: 'a budget allows no eviction',
    world: TWO,
    prepare: (world) => world.apply(statefulSet('db', 1, { cpu: '500m' }), budget('db', { maxUnavailable: 0 })),
    node: nodeOf('db'),
    code: 'BlockedByPod',
    amounts: { pod: 'default/db-0', blocking: 'NotEnoughPdb' },
    words: [/default\/db-0 keeps it \(NotEnoughPdb/, /PodDisruptionBudget allows no disruption/],
  },
  {
    cause: 'an annotation keeps a pod where it is',
    world: TWO,
    prepare: (world) => world.apply(deployment('stays', 1, { cpu: '500m', annotations: NOT_SAFE_TO_EVICT })),
    node: nodeOf('stays'),
    code: 'BlockedByPod',
    amounts: { blocking: 'NotSafeToEvictAnnotation' },
    words: [/default\/stays-\S+ keeps it/, /Remove the annotation cluster-autoscaler\.kubernetes\.io\/safe-to-evict/],
  },
  {
    cause: 'its pods fit nowhere else',
    world: TWO,
    prepare: (world) => world.apply(apart(2)),
    code: 'NoPlaceToMovePods',
    amounts: {},
    words: [/default\/apart-\S+ fits nowhere else: 1 node: .*kubernetes\.io\/hostname/, /Lower what the pod asks for/],
  },
  {
    cause: 'an annotation keeps the node',
    world: TWO,
    prepare(world) {
      world.sandbox.store.update('nodes', '', firstNode(world), (node) => ({
        ...node,
        metadata: {
          ...node.metadata,
          annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' },
        },
      }));
    },
    code: 'ScaleDownDisabledAnnotation',
    amounts: {},
    words: [/its annotation disables scale-down/, /Remove the annotation/],
  },
  {
    cause: 'nodes were added a short while ago',
    world: {
      pools: [aPool('web')],
      flags: [
        '--scale-down-delay-after-add=30m',
        '--scale-down-unneeded-time=1m',
        '--skip-nodes-with-system-pods=false',
      ],
    },
    prepare: (world) => world.apply(job('burst', 2, { cpu: '3', durationMs: 5 * MINUTE_MS })),
    node: unneededNode,
    afterMs: 15 * MINUTE_MS,
    code: 'InCooldown',
    amounts: { after: 'add' },
    words: [/scale-down waits for another \d+ min after nodes were added/, /--scale-down-delay-after-add/],
  },
  {
    cause: 'its pool is not managed',
    world: { pools: [aPool('web'), aPool('own', { autoScaler: false })] },
    node: (world) => world.nodes().find(({ metadata }) => metadata.name.startsWith('own'))?.metadata.name ?? '',
    code: 'NotInNodeGroup',
    amounts: {},
    words: [/belongs to no node group/, /Only nodes of an autoscaled node pool are removed/],
  },
];

describe('a node stays because', () => {
  for (const { cause, world: given, prepare, node = firstNode, afterMs = MINUTE_MS, code, amounts, words } of NODES) {
    it(`${cause}: the answer names it, by how much, and what to do`, async () => {
      const world = aWorld({ pools: [aPool('web')], ...given });
      await world.begin();
      prepare?.(world);
      await world.runFor(afterMs);
      const { answer, text } = await ask(world, `/explain/nodes/${node(world)}`);
      const named = reasonIn(answer);
      assert.equal(textAt(named, 'code'), code, text);
      assert.partialDeepStrictEqual(recordAt(named, 'amounts'), amounts);
      assert.notEqual(textAt(named, 'advice'), '');
      for (const word of words) assert.match(text, word);
      await world.end();
    });
  }
});
