import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControllerFacts, PodDisruptionBudgetFacts, PodFacts, VolumeFacts } from '../cluster/facts.ts';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aController, aDaemonSetReference, aNode, aPdb, aPod } from '../cluster/fixtures.test-support.ts';
import type { BlockingPod, MovablePods } from './drainability.ts';
import { podsToMove } from './drainability.ts';
import { aDrainContext, DRAINABILITY, MINUTE_MS, NOW_MS, SECOND_MS } from './fixtures.test-support.ts';

const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const LOCAL_VOLUMES = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
const MIRROR = 'kubernetes.io/config.mirror';
const SCRATCH: VolumeFacts = { kind: 'emptyDir', name: 'scratch', medium: '' };
const EVERYTHING = { requirements: [] };

interface Case {
  readonly pods: readonly PodSketch[];
  readonly pdbs?: readonly PodDisruptionBudgetFacts[];
  /** ReplicaSet `web` unless said. */
  readonly controllers?: readonly ControllerFacts[];
  readonly options?: Partial<typeof DRAINABILITY>;
}

function ask({ pods, pdbs = [], controllers = [aController('ReplicaSet', 'web')], options = {} }: Case) {
  const running = pods.map((pod, index) => aPod({ name: `p${index}`, nodeName: 'n1', createdAtMs: 1, ...pod }));
  const cluster = aCluster({ nodes: [aNode({ name: 'n1' })], pods: running, pdbs, controllers });
  const slot = cluster.slotOf('n1') ?? assert.fail();
  return podsToMove(cluster, slot, aDrainContext(cluster, { options: { ...DRAINABILITY, ...options } }));
}

function names(pods: readonly PodFacts[]): string[] {
  return pods.map(({ name }) => name);
}

function movable(given: Case): MovablePods {
  const answer = ask(given);
  return answer.kind === 'movable' ? answer : assert.fail(`blocked: ${answer.detail}`);
}

function moves(given: Case): string[] {
  return names(movable(given).evict);
}

function blocks(given: Case): BlockingPod['reason'] {
  const answer = ask(given);
  return answer.kind === 'blocked' ? answer.reason : assert.fail('the node is not blocked');
}

const web: PodSketch = { owner: 'web' };
const system: PodSketch = { owner: 'web', namespace: 'kube-system', createdAtMs: NOW_MS - 59 * MINUTE_MS };

test('DR-01 a pod without an owner keeps its node', () => {
  assert.equal(blocks({ pods: [{}] }), 'NotReplicated');
});

test('DR-02 DR-19 DR-21 pods of ReplicaSets, Jobs and StatefulSets move', () => {
  const controllers = [
    aController('ReplicaSet', 'web'),
    aController('Job', 'job'),
    aController('StatefulSet', 'db'),
    aController('ReplicationController', 'rc', { replicas: 5 }),
  ];
  const owners = [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web' },
    { apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'job' },
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db' },
    { apiVersion: 'v1', kind: 'ReplicationController', name: 'rc', uid: 'rc' },
  ];
  assert.deepEqual(moves({ pods: owners.map((owner) => ({ owner })), controllers }), ['p0', 'p1', 'p2', 'p3']);
});

test('DR-03 a mirror pod in kube-system is ignored', () => {
  assert.deepEqual(moves({ pods: [{ namespace: 'kube-system', annotations: { [MIRROR]: '' } }] }), []);
});

test('DR-04 DR-20 DaemonSet pods, also by annotation, are told apart from pods to move', () => {
  const controllers = [aController('ReplicaSet', 'web'), aController('DaemonSet', 'agent')];
  const answer = movable({
    pods: [
      web,
      { annotations: { [MIRROR]: 'x' } },
      { owner: aDaemonSetReference('agent') },
      { annotations: { 'cluster-autoscaler.kubernetes.io/daemonset-pod': 'true' } },
    ],
    controllers,
  });
  assert.deepEqual([names(answer.evict), names(answer.daemonSet)], [['p0'], ['p2', 'p3']]);
});

test('DR-05 DR-06 DR-07 a pod of kube-system without a budget keeps its node for its first hour', () => {
  assert.equal(blocks({ pods: [{ ...system, createdAtMs: 0 }] }), 'UnmovableKubeSystemPod');
  assert.equal(blocks({ pods: [system] }), 'UnmovableKubeSystemPod');
  assert.deepEqual(moves({ pods: [{ ...system, createdAtMs: NOW_MS - 61 * MINUTE_MS }] }), ['p0']);
  assert.deepEqual(moves({ pods: [system], options: { skipNodesWithSystemPods: false } }), ['p0']);
});

test('DR-69, kept safe: safe-to-evict=false protects a pod of kube-system of any age', () => {
  const old = { ...system, createdAtMs: 1, annotations: { [SAFE]: 'false' } };
  assert.equal(blocks({ pods: [old] }), 'NotSafeToEvictAnnotation');
});

test('DR-33 DR-34 DR-35 DR-36 a budget of the same namespace lets a pod of kube-system go', () => {
  const budget = aPdb('b', { namespace: 'kube-system', selector: EVERYTHING });
  assert.deepEqual(moves({ pods: [system], pdbs: [budget] }), ['p0']);
  const other = { requirements: [{ key: 'app', operator: 'In', values: ['other'] }] };
  assert.equal(blocks({ pods: [system], pdbs: [{ ...budget, selector: other }] }), 'UnmovableKubeSystemPod');
  assert.deepEqual(moves({ pods: [web], pdbs: [{ ...budget, disruptionsAllowed: 0 }] }), ['p0']);
  assert.equal(blocks({ pods: [system], pdbs: [aPdb('b')] }), 'UnmovableKubeSystemPod');
});

test('DR-09 DR-40 DR-41 DR-42 DR-43 DR-46 local storage keeps the node unless all its names are given, to the letter', () => {
  const volumes: VolumeFacts[] = [SCRATCH, { kind: 'emptyDir', name: 'tmp', medium: 'HugePages' }];
  const pod = (given?: string): Case => ({
    pods: [{ ...web, spec: { volumes }, annotations: given === undefined ? {} : { [LOCAL_VOLUMES]: given } }],
  });
  for (const given of [undefined, 'other', '', 'scratch', ',', 'scratch, tmp']) {
    assert.equal(blocks(pod(given)), 'LocalStorageRequested', String(given));
  }
  assert.deepEqual(moves(pod('scratch,tmp')), ['p0'], 'DR-23');
  assert.deepEqual(moves({ ...pod(), options: { skipNodesWithLocalStorage: false } }), ['p0']);
});

const podUsing = (volume: VolumeFacts): Case => ({ pods: [{ ...web, spec: { volumes: [volume] } }] });

test('DR-10 DR-44 DR-45 memory and claims are not local storage, hostPath is', () => {
  assert.deepEqual(moves(podUsing({ kind: 'emptyDir', name: 'm', medium: 'Memory' })), ['p0']);
  assert.deepEqual(moves(podUsing({ kind: 'claim', name: 'c', claimName: 'c', readOnly: false })), ['p0']);
  assert.equal(blocks(podUsing({ kind: 'hostPath', name: 'h' })), 'LocalStorageRequested');
});

test('DR-11 DR-12 a pod whose budget is used up keeps its node', () => {
  assert.equal(blocks({ pods: [web], pdbs: [aPdb('b', { disruptionsAllowed: 0 })] }), 'NotEnoughPdb');
  assert.deepEqual(moves({ pods: [web], pdbs: [aPdb('b', { disruptionsAllowed: 1 })] }), ['p0']);
});

const podEnding = (agoMs: number, grace: number): Case => {
  const deletion = { atMs: NOW_MS - agoMs, graceSeconds: grace };
  return { pods: [{ ...web, deletion, spec: { terminationGracePeriodSeconds: grace } }] };
};

test('DR-13 DR-14 DR-22 DR-25 DR-26 DR-72 a pod that should have ended long ago is ignored, one that is ending is not', () => {
  assert.deepEqual(moves(podEnding(90 * SECOND_MS, 30)), []);
  assert.deepEqual(moves(podEnding(-30 * SECOND_MS, 30)), ['p0']);
  assert.deepEqual(moves(podEnding(60 * MINUTE_MS, 30)), []);
  assert.deepEqual(moves(podEnding(60 * SECOND_MS, 0)), []);
  assert.deepEqual(moves(podEnding(3 * MINUTE_MS, 360)), ['p0']);
  assert.deepEqual(moves(podEnding(60 * SECOND_MS, 30)), ['p0'], 'exactly the time is not over it');
});

test('DR-29 DR-30 DR-31 safe-to-evict=true lets anything go', () => {
  const annotations = { [SAFE]: 'true' };
  const given = {
    pods: [{ annotations }, { annotations, namespace: 'kube-system' }, { annotations, spec: { volumes: [SCRATCH] } }],
  };
  assert.equal(moves(given).length, 3);
});

test('DR-71, kept safe: safe-to-evict=true does not pass a budget, since the eviction API would not', () => {
  const given = { pods: [{ annotations: { [SAFE]: 'true' } }], pdbs: [aPdb('b', { disruptionsAllowed: 0 })] };
  assert.equal(blocks(given), 'NotEnoughPdb');
});

test('DR-37 a pod to wait for is listed apart', () => {
  const answer = movable({ pods: [{ annotations: { [SAFE]: 'on-completion' } }] });
  assert.deepEqual([names(answer.evict), names(answer.onCompletion)], [[], ['p0']]);
});

test('DR-38 safe-to-evict=false keeps the node; other spellings say nothing', () => {
  assert.equal(blocks({ pods: [{ ...web, annotations: { [SAFE]: 'false' } }] }), 'NotSafeToEvictAnnotation');
  assert.deepEqual(moves({ pods: [{ ...web, annotations: { [SAFE]: 'False' } }] }), ['p0']);
});

test('DR-47 DR-49 DR-52 DR-53 DR-55 DR-58 a pod whose controller is gone keeps its node', () => {
  const owners = [
    ['v1', 'ReplicationController'],
    ['apps/v1', 'DaemonSet'],
    ['batch/v1', 'Job'],
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'ReplicaSet'],
  ] as const;
  for (const [apiVersion, kind] of owners) {
    const owner = { apiVersion, kind, name: 'x', uid: 'x' };
    assert.equal(blocks({ pods: [{ owner }], controllers: [] }), 'ControllerNotFound', kind);
    const annotations = { [SAFE]: 'true' };
    assert.equal(blocks({ pods: [{ owner, annotations }], controllers: [] }), 'ControllerNotFound', kind);
  }
});

test('DR-50 DR-54 kinds of that name in other API groups are not looked up', () => {
  const custom = { apiVersion: 'example.com/v1', name: 'x', uid: 'x' };
  const daemonSet: Case = { pods: [{ owner: { ...custom, kind: 'DaemonSet' } }], controllers: [] };
  assert.deepEqual(names(movable(daemonSet).daemonSet), ['p0']);
  assert.deepEqual(moves({ pods: [{ owner: { ...custom, kind: 'StatefulSet' } }], controllers: [] }), ['p0']);
});

test('DR-48 DR-56 too few replicas keep the node', () => {
  const controllers = [aController('ReplicaSet', 'web', { replicas: 1 })];
  assert.equal(blocks({ pods: [web], controllers, options: { minReplicaCount: 2 } }), 'MinReplicasReached');
  assert.deepEqual(moves({ pods: [web], controllers, options: { minReplicaCount: 1 } }), ['p0']);
});

test('DR-59 DR-60 pods of custom controllers keep the node unless the flag says otherwise', () => {
  const owner = { apiVersion: 'example.com/v1', kind: 'Rollout', name: 'x', uid: 'x' };
  const options = { skipNodesWithCustomControllerPods: false };
  assert.equal(blocks({ pods: [{ owner }] }), 'NotReplicated');
  assert.deepEqual(moves({ pods: [{ owner }], options }), ['p0']);
  assert.equal(blocks({ pods: [{}], options }), 'NotReplicated');
  assert.deepEqual(moves({ pods: [web], controllers: [], options }), ['p0'], 'existence is not asked for then');
});

test('a pod below the priority cutoff needs no place, unless it is annotated or a budget keeps it', () => {
  const lowly: PodSketch = { spec: { priority: -11 } };
  const answer = movable({ pods: [lowly, { ...web, spec: { priority: -10 } }] });
  assert.deepEqual([names(answer.evict), names(answer.expendable)], [['p1'], ['p0']]);
  assert.equal(
    blocks({ pods: [{ ...lowly, owner: 'web', annotations: { [SAFE]: 'false' } }] }),
    'NotSafeToEvictAnnotation',
  );
  assert.equal(blocks({ pods: [lowly], pdbs: [aPdb('b', { disruptionsAllowed: 0 })] }), 'NotEnoughPdb');
});

test('the first blocking pod by name is named, whatever the order in which they came (I10)', () => {
  const pods: PodSketch[] = [{ name: 'b' }, { name: 'a', annotations: { [SAFE]: 'false' }, owner: 'web' }];
  assert.equal(blocks({ pods }), 'NotSafeToEvictAnnotation');
  assert.equal(blocks({ pods: pods.toReversed() }), 'NotSafeToEvictAnnotation');
});
