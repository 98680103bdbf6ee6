import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PodFacts } from '../cluster/facts.ts';
import { decodePodJson } from './decode-pod-json.ts';
import { decodePodProtobuf } from './decode-pod-protobuf.ts';
import type { DecodeResult } from './decode-result.ts';
import { Interner } from './intern.ts';
import { isRecord } from './json-reader.ts';
import { encodeMessage, type Json } from './testing/encode-objects.ts';
import { randomPod } from './testing/random-objects.ts';

function podOf(result: DecodeResult): PodFacts {
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value.event.kind === 'pod' ? result.value.event.pod : assert.fail();
}

function aPod(spec: Json, more: { readonly metadata?: Json; readonly status?: Json } = {}): Json {
  const metadata = { namespace: 'shop', name: 'web-1', uid: 'u1', resourceVersion: '7', ...more.metadata };
  return { metadata, spec, status: more.status ?? {} };
}

const decodeBoth = (pod: Json): PodFacts => {
  const interner = new Interner();
  const fromProtobuf = podOf(decodePodProtobuf(encodeMessage('Pod', pod), interner));
  const fromJson = podOf(decodePodJson(pod, interner));
  assert.deepEqual(fromProtobuf, fromJson);
  return fromJson;
};

test('any pod gives equal facts from JSON and from protobuf, and shares one spec and label object', () => {
  // One interner for all: a wrong key would give one pod another's spec.
  const interner = new Interner();
  fc.assert(
    fc.property(randomPod, (pod) => {
      const fromProtobuf = podOf(decodePodProtobuf(encodeMessage('Pod', pod), interner));
      const fromJson = podOf(decodePodJson(pod, new Interner()));
      assert.deepEqual(fromProtobuf, fromJson);
      const again = podOf(decodePodJson(pod, interner));
      assert.equal(again.spec, fromProtobuf.spec);
      assert.equal(again.labels, fromProtobuf.labels);
    }),
    { numRuns: 400 },
  );
});

test('pods that differ in one field only are never taken for one another', () => {
  fc.assert(
    fc.property(randomPod, randomPod, (base, other) => {
      const interner = new Interner();
      for (const part of ['spec', 'status'] as const) {
        const [own, theirs] = [base[part], other[part]].map((fields) => (isRecord(fields) ? fields : {}));
        for (const [field, value] of Object.entries(theirs ?? {})) {
          const variant = { ...base, [part]: { ...own, [field]: value } };
          const fromProtobuf = podOf(decodePodProtobuf(encodeMessage('Pod', variant), interner));
          assert.deepEqual(fromProtobuf, podOf(decodePodJson(variant, new Interner())));
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('a pod whose resize cannot be done is not taken for one without a node, nor the other way round', () => {
  const spec = { containers: [{ name: 'web', resources: { requests: { cpu: '2' } } }] };
  const status = { conditions: [{ type: 'PodResizePending', reason: 'Infeasible' }] };
  const [placed, unplaced] = [aPod({ ...spec, nodeName: 'n' }, { status }), aPod(spec, { status })];
  for (const order of [
    [placed, unplaced],
    [unplaced, placed],
  ]) {
    const interner = new Interner();
    for (const pod of order) {
      const fromProtobuf = podOf(decodePodProtobuf(encodeMessage('Pod', pod), interner));
      assert.deepEqual(fromProtobuf, podOf(decodePodJson(pod, new Interner())));
    }
  }
});

test('pods whose containers differ in one field only are never taken for one another', () => {
  const initContainer = { name: 'side', resources: { requests: { cpu: '2' } }, ports: [{ hostPort: 80 }] };
  const status = { name: 'web', allocatedResources: { cpu: '1' }, resources: { requests: { cpu: '1' } } };
  const variant = (init: object, inPlace: object): Json =>
    aPod(
      { nodeName: 'n', containers: [{ name: 'web' }], initContainers: [{ ...initContainer, ...init }] },
      { status: { containerStatuses: [{ ...status, ...inPlace }] } },
    );
  const variants = [
    variant({}, {}),
    variant({ restartPolicy: 'Always' }, {}),
    variant({ resources: { requests: { cpu: '3' } } }, {}),
    variant({ ports: [{ hostPort: 81 }], restartPolicy: 'Always' }, {}),
    variant({}, { resources: { requests: { cpu: '5' } } }),
    variant({}, { allocatedResources: { cpu: '6' } }),
    variant({}, { name: 'side' }),
  ];
  const interner = new Interner();
  for (const pod of variants) {
    const fromProtobuf = podOf(decodePodProtobuf(encodeMessage('Pod', pod), interner));
    assert.deepEqual(fromProtobuf, podOf(decodePodJson(pod, new Interner())));
  }
});

test('a truncated or damaged pod is refused as malformed and never throws', () => {
  fc.assert(
    fc.property(randomPod, fc.nat(), fc.nat(255), (pod, at, byte) => {
      const bytes = encodeMessage('Pod', pod);
      const position = at % bytes.length;
      const cut = decodePodProtobuf(bytes.subarray(0, position), new Interner());
      assert.ok(cut.ok || cut.error.reason.length > 0);
      bytes[position] = byte;
      const damaged = decodePodProtobuf(bytes, new Interner());
      assert.ok(damaged.ok || damaged.error.reason.length > 0);
    }),
    { numRuns: 400 },
  );
});

const sibling = (index: number): Json =>
  aPod(
    {
      containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '500m' } } }],
      volumes: [{ name: `kube-api-access-${index}`, projected: { defaultMode: 420 } }],
      nodeName: `node-${index}`,
    },
    { metadata: { name: `web-${index}`, uid: `u${index}`, labels: { app: 'web', hash: 'abc' } } },
  );
const interner = new Interner();

test('pods of one ReplicaSet share spec and labels although node name and token volume differ', () => {
  const [first, second] = [1, 2].map((index) =>
    podOf(decodePodProtobuf(encodeMessage('Pod', sibling(index)), interner)),
  );
  assert.equal(first?.spec, second?.spec);
  assert.equal(first?.labels, second?.labels);
  assert.deepEqual(first?.spec.volumes, []);
  assert.deepEqual([first.nodeName, second?.nodeName], ['node-1', 'node-2']);
});

test('a pod marked Unschedulable by the scheduler is known as such, with its time', () => {
  const pod = decodeBoth(
    aPod(
      { containers: [] },
      {
        status: {
          phase: 'Pending',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              lastTransitionTime: '2026-11-24T02:00:00Z',
            },
          ],
        },
      },
    ),
  );
  assert.equal(pod.unschedulable, true);
  assert.equal(pod.scheduledConditionAtMs, Date.parse('2026-11-24T02:00:00Z'));
  assert.equal(pod.phase, 'Pending');
});

test('a gated pod is not unschedulable', () => {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }];
  const pod = decodeBoth(aPod({ containers: [], schedulingGates: [{ name: 'quota' }] }, { status: { conditions } }));
  assert.equal(pod.unschedulable, false);
  assert.deepEqual(pod.spec.schedulingGates, ['quota']);
});

test('defaults are those of the API server', () => {
  const { spec } = decodeBoth(aPod({ containers: [{ name: 'c', ports: [{ hostPort: 80 }] }] }));
  assert.deepEqual(
    [spec.priority, spec.preemptionPolicy, spec.schedulerName, spec.terminationGracePeriodSeconds, spec.restartPolicy],
    [0, 'PreemptLowerPriority', 'default-scheduler', 30, 'Always'],
  );
  assert.deepEqual(spec.hostPorts, [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 80 }]);
  assert.equal(spec.requiredNodeAffinity, undefined);
});

test('the controller is the owner marked so, not the first one', () => {
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'o1' },
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'o2', controller: true },
  ];
  const pod = decodeBoth(aPod({ containers: [] }, { metadata: { ownerReferences } }));
  assert.deepEqual(pod.controller, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'o2' });
});

test('only the annotations that the product reads are kept', () => {
  const annotations = {
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
    'kubernetes.io/config.mirror': 'abc',
    'controller.kubernetes.io/pod-deletion-cost': '100',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
  };
  const pod = decodeBoth(aPod({ containers: [] }, { metadata: { annotations } }));
  assert.deepEqual(Object.keys(pod.annotations).toSorted(), [
    'cluster-autoscaler.kubernetes.io/safe-to-evict',
    'controller.kubernetes.io/pod-deletion-cost',
    'kubernetes.io/config.mirror',
  ]);
});

test('what has no meaning in a spec is kept as its problem, with the field: such a pod fits nowhere', () => {
  const selector = { matchExpressions: [{ key: 'app', operator: 'Like', values: ['web'] }] };
  const cases: readonly (readonly [Json, string | undefined])[] = [
    [
      { containers: [{ name: 'web', resources: { requests: { cpu: '1 core' } } }] },
      'container web: resources.requests.cpu: "1 core" is no quantity',
    ],
    [
      { initContainers: [{ name: 'init', resources: { requests: { memory: '-1Gi' } } }] },
      'container init: resources.requests.memory: "-1Gi" is no quantity',
    ],
    [{ overhead: { cpu: 'much' } }, 'spec.overhead.cpu: "much" is no quantity'],
    [{ resources: { requests: { cpu: '' } } }, 'spec.resources.requests.cpu: "" is no quantity'],
    [{ tolerations: [{ key: 'a', effect: 'Never' }] }, 'spec.tolerations: unknown effect "Never"'],
    [
      {
        topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector }],
      },
      'spec.topologySpreadConstraints: "app Like [web]" is no selector',
    ],
    [
      {
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaceSelector: selector }] },
        },
      },
      'spec.affinity: "app Like [web]" is no selector',
    ],
    [{ topologySpreadConstraints: [{ whenUnsatisfiable: 'ScheduleAnyway', labelSelector: selector }] }, undefined],
    [{ containers: [{ name: 'web', resources: { requests: { cpu: '0.1' } } }] }, undefined],
  ];
  for (const [spec, problem] of cases) assert.equal(decodeBoth(aPod(spec)).spec.problem, problem);
});

test('in-tree disks keep what tells them apart; what only kubelets read is dropped', () => {
  const { spec } = decodeBoth(
    aPod({
      volumes: [
        { name: 'a', gcePersistentDisk: { pdName: 'pd-1', readOnly: true } },
        { name: 'b', awsElasticBlockStore: { volumeID: 'vol-1' } },
        { name: 'c', iscsi: { targetPortal: '10.0.0.1:3260', iqn: 'iqn.2026-01.com.example:disk' } },
        { name: 'd', rbd: { monitors: ['m1:6789', 'm2:6789'], pool: 'rbd', image: 'img', readOnly: true } },
        { name: 'e', csi: { driver: 'inline.example.com' } },
        { name: 'f', secret: { secretName: 's' } },
      ],
    }),
  );
  assert.deepEqual(
    spec.volumes.map((volume) => (volume.kind === 'inline' ? [volume.source, volume.disk] : volume.kind)),
    [
      ['gcePersistentDisk', { id: 'pd-1', readOnly: true, monitors: [] }],
      ['awsElasticBlockStore', { id: 'vol-1', readOnly: false, monitors: [] }],
      ['iscsi', { id: 'iqn.2026-01.com.example:disk', readOnly: false, monitors: [] }],
      ['rbd', { id: 'rbd/img', readOnly: true, monitors: ['m1:6789', 'm2:6789'] }],
      ['csi', undefined],
    ],
  );
});

const ruled = (action: string): Json => ({
  initContainers: [{ name: 'init', restartPolicyRules: [{ action: 'Restart' }, { action }] }],
});

test('a rule that restarts all containers needs a kubelet that can do it', () => {
  assert.deepEqual(decodeBoth(aPod(ruled('RestartAllContainers'))).spec.requiredFeatures, [
    'RestartAllContainersOnContainerExits',
  ]);
  assert.equal(decodeBoth(aPod(ruled('Restart'))).spec.requiredFeatures, undefined);
});

test('JSON of the wrong type is refused with the path to it', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['text', /not an object/],
    [{ metadata: { name: 'a' }, spec: {} }, /metadata\.uid: missing/],
    [{ metadata: { name: 'a', uid: 'u' } }, /spec: missing/],
    [aPod({ containers: 'none' }), /spec\.containers: not a list/],
    [aPod({ containers: [null] }), /spec\.containers\[0\]: not an object/],
    [aPod({ containers: [], priority: 'high' }), /spec\.priority: not a whole number/],
    [aPod({ containers: [] }, { metadata: { creationTimestamp: 'yesterday' } }), /creationTimestamp: not a time/],
  ];
  for (const [value, expected] of cases) {
    const result = decodePodJson(value, new Interner());
    assert.match(result.ok ? 'accepted' : result.error.reason, expected);
  }
});
