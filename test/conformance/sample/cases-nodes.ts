/** Cases about which nodes a pod may go to: names, cordons, taints, selectors, ports, features; and gates. */
import { node, pod, running } from './objects.ts';
import { FITS, forGood, forNow, type Sketch } from './outcomes.ts';

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

function withAffinity(name: string, ...nodeSelectorTerms: readonly object[]): ReturnType<typeof pod> {
  return pod(name, { spec: { affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms } } } } });
}

function named(...values: readonly string[]): object {
  return { matchFields: [{ key: 'metadata.name', operator: 'In', values }] };
}

const expression = (key: string, operator: string, ...values: readonly string[]): object => ({
  matchExpressions: [{ key, operator, values }],
});

const NOT_SELECTED = forGood('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
const UNTOLERATED = forGood('TaintToleration', 'node(s) had untolerated taint(s)');
const NOT_AMONG = forGood('NodeAffinity', "node(s) didn't satisfy plugin(s) [NodeAffinity]");
const PORT_TAKEN = forNow('NodePorts', "node(s) didn't have free ports for the requested pod ports");

function onPort(name: string, port: object, more: object = {}): Parameters<typeof pod> {
  return [name, { spec: { containers: [{ name: 'main', ports: [{ protocol: 'TCP', ...port }] }], ...more } }];
}

export const NODE_CASES: readonly Sketch[] = [
  {
    id: 'cordon',
    why: 'A cordoned node takes only pods that tolerate the cordon, whether the taint is there yet or not.',
    objects: { nodes: [node('a', { spec: { unschedulable: true } }), node('b')] },
    asked: [
      { pod: pod('plain'), on: { a: forGood('NodeUnschedulable', 'node(s) were unschedulable'), b: FITS } },
      {
        pod: pod('tolerant', { spec: { tolerations: [{ ...CORDON, operator: 'Exists' }] } }),
        on: { a: FITS, b: FITS },
      },
    ],
  },
  {
    id: 'taints',
    why: 'Every NoSchedule and NoExecute taint has to be tolerated, with its value and effect; a preference rejects nobody.',
    objects: {
      nodes: [
        node('a', { taints: [{ key: 'gpu', value: 'a40', effect: 'NoSchedule' }] }),
        node('b', { taints: [{ key: 'gpu', value: 'a40', effect: 'NoExecute' }] }),
        node('c', { taints: [{ key: 'gpu', value: 'a40', effect: 'PreferNoSchedule' }] }),
      ],
    },
    asked: [
      { pod: pod('plain'), on: { a: UNTOLERATED, b: UNTOLERATED, c: FITS } },
      {
        pod: pod('value', {
          spec: { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'a40', effect: 'NoSchedule' }] },
        }),
        on: { a: FITS, b: UNTOLERATED, c: FITS },
      },
      {
        pod: pod('other-value', { spec: { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'h100' }] } }),
        on: { a: UNTOLERATED, b: UNTOLERATED, c: FITS },
      },
      { pod: pod('all', { spec: { tolerations: [{ operator: 'Exists' }] } }), on: { a: FITS, b: FITS, c: FITS } },
    ],
  },
  {
    id: 'node-selector',
    why: 'All pairs of a nodeSelector must be there; a label that is missing is no match.',
    objects: { nodes: [node('a', { labels: { disk: 'ssd', pool: 'web' } }), node('b', { labels: { disk: 'hdd' } })] },
    asked: [
      { pod: pod('ssd', { spec: { nodeSelector: { disk: 'ssd' } } }), on: { a: FITS, b: NOT_SELECTED } },
      {
        pod: pod('both', { spec: { nodeSelector: { disk: 'hdd', pool: 'web' } } }),
        on: { a: NOT_SELECTED, b: NOT_SELECTED },
      },
    ],
  },
  {
    id: 'affinity-operators',
    why: 'Terms are alternatives; NotIn and DoesNotExist match where the label is missing; Gt compares whole numbers.',
    objects: { nodes: [node('a', { labels: { size: '010' } }), node('b', { labels: { size: 'large' } }), node('c')] },
    asked: [
      { pod: withAffinity('gt', expression('size', 'Gt', '9')), on: { a: FITS, b: NOT_SELECTED, c: NOT_SELECTED } },
      {
        pod: withAffinity('lt', expression('size', 'Lt', '10')),
        on: { a: NOT_SELECTED, b: NOT_SELECTED, c: NOT_SELECTED },
      },
      { pod: withAffinity('not', expression('size', 'NotIn', 'large')), on: { a: FITS, b: NOT_SELECTED, c: FITS } },
      {
        pod: withAffinity('none', expression('size', 'DoesNotExist')),
        on: { a: NOT_SELECTED, b: NOT_SELECTED, c: FITS },
      },
      {
        pod: withAffinity('either', expression('size', 'In', '010'), expression('size', 'DoesNotExist')),
        on: { a: FITS, b: NOT_SELECTED, c: FITS },
      },
      {
        pod: withAffinity('odd', expression('size', 'Gt', 'many')),
        on: { a: NOT_SELECTED, b: NOT_SELECTED, c: NOT_SELECTED },
      },
      { pod: withAffinity('empty', {}), on: { a: NOT_SELECTED, b: NOT_SELECTED, c: NOT_SELECTED } },
    ],
  },
  {
    id: 'pinned-by-name',
    why: 'Names in every term restrict the nodes beforehand; one term without a name lifts that; none left is a conflict.',
    objects: { nodes: [node('a'), node('b', { labels: { disk: 'ssd' } }), node('c')] },
    asked: [
      { pod: withAffinity('one', named('b')), on: { a: NOT_AMONG, b: FITS, c: NOT_AMONG } },
      { pod: withAffinity('two', named('a'), named('c')), on: { a: FITS, b: NOT_AMONG, c: FITS } },
      {
        pod: withAffinity('open', named('a'), expression('disk', 'In', 'ssd')),
        on: { a: FITS, b: FITS, c: NOT_SELECTED },
      },
      {
        pod: withAffinity('conflict', { matchFields: [...fields('a'), ...fields('b')] }),
        whole: forGood('NodeAffinity', 'pod affinity terms conflict'),
      },
    ],
  },
  {
    id: 'spec-node-name',
    why: 'A pod that names its node may go there only, if it fits there.',
    objects: { nodes: [node('a'), node('b', { amounts: { cpu: '1' } })] },
    asked: [
      {
        pod: pod('named', { requests: { cpu: '2' }, spec: { nodeName: 'b' } }),
        on: {
          a: forGood('NodeName', "node(s) didn't satisfy plugin(s) [NodeName]"),
          b: forGood('NodeResourcesFit', 'Insufficient cpu'),
        },
      },
    ],
  },
  {
    id: 'host-ports',
    why: 'A host port is taken per protocol and address; 0.0.0.0 overlaps with all; init containers hold none, sidecars do.',
    objects: {
      nodes: [node('a'), node('b'), node('c')],
      pods: [
        running('a', ...onPort('web', { hostPort: 80 }, { nodeName: 'a' })),
        running('b', ...onPort('web-local', { hostPort: 80, hostIP: '10.0.0.1' }, { nodeName: 'b' })),
        running('c', 'side', {
          spec: {
            nodeName: 'c',
            initContainers: [
              { name: 'once', ports: [{ hostPort: 81 }] },
              { name: 'side', ports: [{ hostPort: 80 }], restartPolicy: 'Always' },
            ],
          },
        }),
      ],
    },
    asked: [
      { pod: pod(...onPort('any', { hostPort: 80 })), on: { a: PORT_TAKEN, b: PORT_TAKEN, c: PORT_TAKEN } },
      {
        pod: pod(...onPort('one', { hostPort: 80, hostIP: '10.0.0.2' })),
        on: { a: PORT_TAKEN, b: FITS, c: PORT_TAKEN },
      },
      { pod: pod(...onPort('udp', { hostPort: 80, protocol: 'UDP' })), on: { a: FITS, b: FITS, c: FITS } },
      { pod: pod(...onPort('next', { hostPort: 81 })), on: { a: FITS, b: FITS, c: FITS } },
    ],
    sequence: [null, 'b', 'a', 'a'],
  },
  {
    id: 'gates-and-deletion',
    why: 'A gated pod is not queued, whatever else is wrong with it; one that is being deleted is not tried.',
    objects: { nodes: [node('a')] },
    asked: [
      {
        pod: pod('gated', {
          requests: { cpu: '64' },
          spec: { schedulingGates: [{ name: 'a.example/b' }, { name: 'c' }] },
        }),
        notQueued: forGood('SchedulingGates', 'waiting for scheduling gates: [a.example/b c]'),
      },
      {
        pod: pod('leaving', {
          metadata: { deletionTimestamp: '2026-01-05T09:01:00Z', deletionGracePeriodSeconds: 30 },
        }),
        skipped: true,
      },
      { pod: pod('plain'), on: { a: FITS } },
    ],
    sequence: [null, null, 'a'],
  },
  {
    id: 'declared-features',
    why: 'A pod that restarts all its containers by rule needs a kubelet that declares it.',
    objects: {
      nodes: [node('a', { status: { declaredFeatures: ['RestartAllContainersOnContainerExits'] } }), node('b')],
    },
    asked: [
      {
        pod: pod('ruled', {
          spec: {
            containers: [
              { name: 'main', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers' }] },
            ],
          },
        }),
        on: { a: FITS, b: forGood('NodeDeclaredFeatures', "node(s) didn't match Pod's required features") },
      },
    ],
  },
];

function fields(value: string): readonly object[] {
  return [{ key: 'metadata.name', operator: 'In', values: [value] }];
}
