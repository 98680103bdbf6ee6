/**
 * What a person reads who asks why: ten pods that wait and ten nodes that stay, each for another cause, in the sandbox and
 * in virtual time, in the words of `vke-autoscaler explain`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, numberAt, recordAt, textAt } from '../sandbox/kubernetes/json.ts';
import { answerText, decisionsText, problemText } from '../src/commands/answer-text.ts';
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

/** A pod with this in its spec. */
function podWith(spec: object, needs: Parameters<typeof barePod>[1] = {}): Workload {
  const { resource, object } = barePod('asked', needs);
  return { resource, object: { ...object, spec: { ...recordAt(object, 'spec'), ...spec } } };
}

async function ask(world: World, path: string): Promise<{ readonly answer: unknown; readonly text: string }> {
  const { status, body } = await world.current.ask(path);
  assert.equal(status, 200, body);
  const text = answerText(body);
  assert.ok(text !== undefined, body);
  return { answer: JSON.parse(body), text };
}

/** The reason, or what stands behind it. */
function reasonIn(holder: unknown): unknown {
  const because = recordAt(holder, 'reason', 'because');
  return 'code' in because ? because : recordAt(holder, 'reason');
}

interface PodCase {
  readonly cause: string;
  readonly world?: Partial<WorldOptions>;
  readonly prepare?: (world: World) => void;
  readonly pod: Workload;
  /** What the pool says; without a pool, why the pod waits. */
  readonly code: string;
  readonly check: string;
  readonly amounts: object;
  readonly words: readonly RegExp[];
}

/** Leaves no room on the one node of the pool web. */
const filler = deployment('filler', 1, { cpu: '3' });
const REGION = 'topology.kubernetes.io/region';

const PODS: readonly PodCase[] = [
  {
    cause: 'it is too big',
    pod: podWith({}, { cpu: '64' }),
    code: 'InsufficientResource',
    check: 'NodeResourcesFit',
    amounts: { resource: 'cpu', requested: 64_000 },
    words: [/needs 64000m CPU, \d+m free of \d+m/, /Lower the request, or add a node pool whose plan has more cpu/],
  },
  {
    cause: 'of a taint',
    world: {
      pools: [aPool('web', { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] })],
    },
    pod: podWith({}),
    code: 'UntoleratedTaint',
    check: 'TaintToleration',
    amounts: { taint: { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' } },
    words: [/does not tolerate the taint dedicated=gpu:NoSchedule/, /Add a toleration for dedicated/],
  },
  {
    cause: 'of its node affinity',
    pod: podWith({ nodeSelector: { disk: 'ssd' } }),
    code: 'NodeAffinityMismatch',
    check: 'NodeAffinity',
    amounts: {},
    words: [/wants a node with .*disk/, /add a node pool with these labels/],
  },
  {
    cause: 'of its spread',
    pod: podWith({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'asked' } },
        },
      ],
    }),
    code: 'TopologyKeyMissing',
    check: 'PodTopologySpread',
    amounts: { topologyKey: 'topology.kubernetes.io/zone' },
    words: [/spread over topology\.kubernetes\.io\/zone/, /Spread over a label that the nodes have/],
  },
  {
    cause: 'its volume is in another region',
    prepare(world) {
      const claimRef = { namespace: 'default', name: 'data' };
      world.sandbox.store.create('persistentvolumes', {
        metadata: { name: 'pv-1', labels: { [REGION]: 'ams' } },
        spec: {
          capacity: { storage: '10Gi' },
          accessModes: ['ReadWriteOnce'],
          claimRef,
          csi: { driver: 'block.csi.vultr.com', volumeHandle: 'v' },
        },
      });
      world.sandbox.store.create('persistentvolumeclaims', {
        metadata: { ...claimRef, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
        spec: { accessModes: ['ReadWriteOnce'], volumeName: 'pv-1', resources: { requests: { storage: '10Gi' } } },
        status: { phase: 'Bound' },
      });
      world.apply(filler);
    },
    pod: podWith({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }, { cpu: '2' }),
    code: 'VolumeInAnotherZone',
    check: 'VolumeZone',
    amounts: { volume: 'pv-1', label: `${REGION}=ams` },
    words: [
      /its volume pv-1 is elsewhere \(topology\.kubernetes\.io\/region=ams\)/,
      /Add a node pool where the volume is/,
    ],
  },
  {
    cause: 'the pool is at its maximum',
    world: { pools: [aPool('web', { maxNodes: 1 })] },
    prepare: (world) => world.apply(filler),
    pod: podWith({}, { cpu: '2' }),
    code: 'GroupAtMaxSize',
    check: 'pool maximum',
    amounts: { maxSize: 1, targetSize: 1 },
    words: [/at its maximum of 1 node/, /Raise the node pool's maximum/],
  },
  {
    cause: 'the account has no more machines',
    world: { vultr: { instanceLimit: 1 } },
    prepare: (world) => world.apply(filler),
    pod: podWith({}, { cpu: '2' }),
    code: 'GroupInBackoff',
    check: 'backoff',
    amounts: { cause: 'quota-exceeded' },
    words: [
      /left alone for another \d+ (s|min) .*maximum number of active virtual machines/,
      /Ask Vultr to raise the limit/,
    ],
  },
  {
    cause: 'the plan was sold out a moment ago',
    prepare(world) {
      world.sandbox.cloud.setStock('vc2-4c-8gb', 'ewr', false);
      world.apply(filler);
    },
    pod: podWith({}, { cpu: '2' }),
    code: 'GroupInBackoff',
    check: 'backoff',
    amounts: { cause: 'out-of-stock' },
    words: [/left alone for another \d+ (s|min) after a failure \(out-of-stock/, /Add a node pool with another plan/],
  },
  {
    cause: 'of a limit of the cluster',
    world: { flags: ['--cores-total=0:4'] },
    prepare: (world) => world.apply(filler),
    pod: podWith({}, { cpu: '2' }),
    code: 'ClusterLimit',
    check: 'cluster limits',
    amounts: { resource: 'cpu', limit: 4000, wouldBe: 8000 },
    words: [/the cluster's limit of 4000m CPU would be passed \(8000m\)/, /Raise --cores-total/],
  },
  {
    cause: 'of a scheduling gate',
    pod: podWith({ schedulingGates: [{ name: 'example.com/quota' }] }),
    code: 'SchedulingGated',
    check: 'SchedulingGates',
    amounts: { gates: ['example.com/quota'] },
    words: [/held back by the scheduling gates example\.com\/quota/, /Whoever set the gates removes them/],
  },
];

describe('a pod waits because', () => {
  for (const { cause, world: given, prepare, pod, code, check, amounts, words } of PODS) {
    it(`${cause}: the answer names the pool, the check, the amount and what to do`, async () => {
      const world = aWorld({ pools: [aPool('web')], ...given });
      await world.begin();
      prepare?.(world);
      await world.runFor(20_000);
      world.apply(pod);
      await world.runFor(30_000);
      const { answer, text } = await ask(world, '/explain/pods/default/asked');
      const waits = 'reason' in recordAt(answer);
      const named = reasonIn(waits ? answer : listAt(answer, 'pools').find((pool) => textAt(pool, 'pool') === 'web'));
      assert.equal(textAt(named, 'code'), code, text);
      assert.equal(textAt(named, 'check'), check);
      assert.partialDeepStrictEqual(recordAt(named, 'amounts'), amounts);
      assert.notEqual(textAt(named, 'advice'), '');
      if (!waits) assert.match(text, /^web +\S/m);
      for (const word of words) assert.match(text, word);
      assert.ok(world.current.records.some(({ id }) => id === textAt(answer, 'decision')));
      await world.end();
    });
  }
});

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

describe('questions', () => {
  it('about one of many alike pods are answered for each of them, and for pods that have their node', async () => {
    const world = aWorld({ pools: [aPool('web', { maxNodes: 2 })] });
    await world.begin();
    world.apply(deployment('web', 20));
    await world.runFor(5 * MINUTE_MS);
    const waiting = world.waitingPods();
    assert.ok(waiting.length > 2);
    for (const { metadata } of waiting) {
      const { answer } = await ask(world, `/explain/pods/default/${metadata.name}`);
      assert.equal(textAt(answer, 'state'), 'cannot-be-helped');
      assert.equal(numberAt(answer, 'alike'), waiting.length);
      assert.match(textAt(answer, 'owner'), /^ReplicaSet default\/web/);
    }
    const bound = world.pods().find((pod) => !waiting.includes(pod));
    const { answer } = await ask(world, `/explain/pods/default/${bound?.metadata.name}`);
    assert.equal(textAt(answer, 'state'), 'bound');
    const { text } = await ask(world, '/explain/pools/web');
    assert.match(text, /pool web: It does not grow: at its maximum of 2 nodes\./);
    await world.end();
  });

  it('about what is not there are answered with near names; others that make no sense are refused', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    world.apply(podWith({}, { cpu: '64' }));
    await world.runFor(30_000);
    for (const [path, status, words] of [
      ['/explain/pods/default/askde', 404, /there is no pod default\/askde; did you mean default\/asked\?/],
      ['/explain/pools/wbe', 404, /did you mean web\?/],
      ['/explain/nodes/nothing-like-it', 404, /^there is no node nothing-like-it$/],
      ['/explain/pods/asked', 400, /NAMESPACE\/NAME/],
      ['/explain/nodes/%E0%A4%A', 400, /not well formed/],
      ['/explain/secrets/default', 404, /\/explain\/pods/],
      ['/decisions?limit=0', 400, /from 1 to 256/],
      ['/decisions/none', 404, /there is no decision none/],
    ] as const) {
      const answer = await world.current.ask(path);
      assert.equal(answer.status, status, path);
      assert.match(problemText(answer.body), words);
    }
    await world.end();
  });

  it('to a replica that does not lead say so', async () => {
    const world = aWorld({ pools: [aPool('web')], flags: ['--leader-elect=true'] });
    const [first, second] = [world.start('one'), world.start('two')];
    await world.runFor(MINUTE_MS);
    const [leader, other] = first.isLeader ? [first, second] : [second, first];
    assert.equal((await leader.ask('/explain/pools/web')).status, 200);
    const answer = await other.ask('/explain/pools/web');
    assert.equal(answer.status, 503);
    assert.match(answer.body, /"reason":"not-leading"/);
    assert.equal((await other.ask('/health-check')).status, 200);
    assert.match((await other.ask('/metrics')).body, /^vke_autoscaler_leader 0$/m);
    await world.end();
  });
});

describe('decisions', () => {
  it('are kept with what came of them: the call, the nodes, the pods, the removal', async () => {
    const world = aWorld({ pools: [aPool('web')] });
    await world.begin();
    world.apply(deployment('web', 8));
    await world.served();
    world.scale('deployments', 'web', 1);
    await world.until('one node is left', () => world.nodes().length === 1, 60 * MINUTE_MS);
    await world.runFor(MINUTE_MS);
    const { body } = await world.current.ask('/decisions?limit=256');
    const decisions = listAt(JSON.parse(body), 'decisions');
    const outcomes = decisions.flatMap((decision) => listAt(decision, 'outcomes'));
    const whats = new Set(outcomes.map((outcome) => textAt(outcome, 'what')));
    for (const what of ['resize-accepted', 'nodes-ready', 'pod-bound', 'removal-started', 'removal-done'] as const) {
      assert.ok(whats.has(what), `${what} among ${[...whats].join(' ')}`);
    }
    const text = decisionsText(body) ?? '';
    assert.match(text, /pool web 1 → \d nodes: /);
    assert.match(text, /→ nodes-ready web after \d+ s/);
    assert.match(text, /→ pod-bound default\/web-\S+ after \d+ s \(\S+\)/);
    assert.equal((await world.current.ask(`/decisions/${textAt(decisions[0], 'id')}`)).status, 200);
    await world.end();
  });
});
