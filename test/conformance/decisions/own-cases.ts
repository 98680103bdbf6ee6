/**
 * Cases of our own in the recorded format, worked out by hand from Cluster Autoscaler's documented rules, so that a
 * clone without recordings still tests the replay.
 */
import { node, pod, type ApiObject } from '../sample/objects.ts';
import type { RecordedDecisions, RecordedGroup, RecordedPass } from './recorded.ts';

const LONG_AGO = '1999-12-31T20:00:00Z';
const OWNER = { uid: 'set', kind: 'ReplicaSet', name: 'web', controller: true, apiVersion: 'apps/v1' };

/** A pass in which nothing happens. */
const QUIET: RecordedPass = {
  now: 10,
  scaleUpResult: 'ScaleUpNotNeeded',
  scaleUps: [],
  podsTriggeredScaleUp: {},
  noScaleUp: [],
  scaleDownResult: 'ScaleDownNoNodeDeleted',
  unneeded: [],
  unremovable: [],
  deletedEmpty: [],
  drained: [],
  evictedPods: [],
  targetsAfter: {},
};

/** A pool of 4-CPU nodes; those that are there are called `pool-1` and so on. */
function pool(max: number, there: number): RecordedGroup {
  const names = Array.from({ length: there }, (_, index) => `pool-${index + 1}`);
  return {
    id: 'pool',
    min: 0,
    max,
    target: there,
    template: { ...node('pool-template') },
    instances: names.map((name) => ({ id: `cloud:///${name}`, node: name, state: 'running' })),
  };
}

function readyNode(name: string): ApiObject {
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: LONG_AGO }];
  const built = node(name, { spec: { providerID: `cloud:///${name}` }, status: { conditions } });
  return { ...built, metadata: { ...built.metadata, creationTimestamp: LONG_AGO } };
}

function webPod(name: string, cpu: string, nodeName?: string): ApiObject {
  const owned = { ownerReferences: [OWNER], creationTimestamp: LONG_AGO };
  if (nodeName !== undefined) {
    return pod(name, { requests: { cpu }, metadata: owned, spec: { nodeName }, status: { phase: 'Running' } });
  }
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }];
  return pod(name, { requests: { cpu }, metadata: owned, status: { phase: 'Pending', conditions } });
}

const webSet: ApiObject = {
  metadata: { name: 'web', namespace: 'default', uid: 'set', resourceVersion: '1' },
  spec: { replicas: 3, selector: { matchLabels: { app: 'web' } } },
  status: { replicas: 3 },
};

/** Three pods of 3 CPUs, a pool of 4-CPU nodes with room for two more. */
export const growsToItsMaximum = recorded({
  id: 'own-grows-to-its-maximum',
  nodeGroups: [pool(2, 0)],
  objects: { pods: [webPod('web-1', '3'), webPod('web-2', '3'), webPod('web-3', '3')], replicaSets: [webSet] },
  passes: [
    {
      ...QUIET,
      scaleUpResult: 'ScaleUpSuccessful',
      scaleUps: [{ group: 'pool', delta: 2 }],
      podsTriggeredScaleUp: { 'default/web': 2 },
      scaleDownResult: 'ScaleDownInCooldown',
    },
  ],
});

/** A pod that is larger than any node of the pool. */
const tooLarge = recorded({
  id: 'own-too-large',
  nodeGroups: [pool(5, 0)],
  objects: { pods: [webPod('web-1', '6')], replicaSets: [webSet] },
  passes: [
    {
      ...QUIET,
      scaleUpResult: 'ScaleUpNoOptionsAvailable',
      noScaleUp: [{ pods: 'default/web', count: 1, rejected: { pool: ['Insufficient cpu'] } }],
    },
  ],
});

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

/** To Cluster Autoscaler a pod below the priority cutoff is not there, whatever its annotation says. */
export const expendablePod = recorded({
  id: 'own-expendable-pod',
  nodeGroups: [pool(5, 2)],
  objects: {
    nodes: [readyNode('pool-1'), readyNode('pool-2')],
    pods: [webPod('web-1', '3', 'pool-1'), protectedPod('batch-1', -20, 'pool-2')],
    replicaSets: [webSet],
  },
  passes: [
    {
      ...QUIET,
      unneeded: ['pool-2'],
      unremovable: [
        { node: 'pool-1', reason: 'NotUnderutilized' },
        { node: 'pool-2', reason: 'NotUnneededLongEnough' },
      ],
    },
  ],
});

function protectedPod(name: string, priority: number, nodeName: string): ApiObject {
  const annotated = {
    annotations: { [SAFE_TO_EVICT]: 'false' },
    ownerReferences: [OWNER],
    creationTimestamp: LONG_AGO,
  };
  return pod(name, {
    requests: { cpu: '1' },
    metadata: annotated,
    spec: { nodeName, priority },
    status: { phase: 'Running' },
  });
}

/** Two nodes, one empty: it is unneeded at once, and gone a second after its ten minutes, not at them. */
export const emptyNodeGoes = recorded({
  id: 'own-empty-node-goes',
  nodeGroups: [pool(5, 2)],
  objects: {
    nodes: [readyNode('pool-1'), readyNode('pool-2')],
    pods: [webPod('web-1', '3', 'pool-1')],
    replicaSets: [webSet],
  },
  passes: [10, 610, 611].map((now) => ({
    ...QUIET,
    now,
    unneeded: ['pool-2'],
    unremovable: [
      { node: 'pool-1', reason: 'NotUnderutilized' },
      ...(now === 611 ? [] : [{ node: 'pool-2', reason: 'NotUnneededLongEnough' }]),
    ],
    ...(now === 611 ? { scaleDownResult: 'ScaleDownNodeDeleteStarted', deletedEmpty: ['pool-2'] } : {}),
  })),
});

/** Either of two alike nodes may take the other's pod: which one is unneeded is left to chance. */
export const eitherOfTwo = recorded({
  id: 'own-either-of-two',
  nodeGroups: [pool(5, 2)],
  objects: {
    nodes: [readyNode('pool-1'), readyNode('pool-2')],
    pods: [webPod('web-1', '1', 'pool-1'), webPod('web-2', '1', 'pool-2')],
    replicaSets: [webSet],
  },
  anyOf: ['pool-1', 'pool-2'].map((unneeded) => ({
    passes: [
      {
        ...QUIET,
        unneeded: [unneeded],
        unremovable: [
          { node: unneeded, reason: 'NotUnneededLongEnough' },
          { node: unneeded === 'pool-1' ? 'pool-2' : 'pool-1', reason: 'NoPlaceToMovePods' },
        ],
      },
    ],
  })),
  always: [{ now: 10, unneededCount: 1 }],
});

export const ownCases = [growsToItsMaximum, tooLarge, emptyNodeGoes, eitherOfTwo];

function recorded(outline: Omit<RecordedDecisions, 'family' | 'options'>): RecordedDecisions {
  return { family: 'own', options: {}, ...outline };
}
