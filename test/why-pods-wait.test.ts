/**
 * What a person reads who asks why a pod waits: each for another cause, in the sandbox and in virtual time, in the words of
 * `vke-autoscaler explain`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, recordAt, textAt } from '../sandbox/kubernetes/json.ts';
import { ask, podWith, reasonIn } from './support/asking.ts';
import { type World, aPool, aWorld, type WorldOptions } from './support/world.ts';
import { deployment, type Workload } from './support/workloads.ts';

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
