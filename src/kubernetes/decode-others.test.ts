import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ClusterEvent, ControllerFacts } from '../cluster/facts.ts';
import { decodeController } from './decode-controllers.ts';
import { decodeNodeJson } from './decode-node-json.ts';
import { decodeNodeProtobuf } from './decode-node-protobuf.ts';
import { decodePodDisruptionBudget } from './decode-pdb.ts';
import type { DecodeResult } from './decode-result.ts';
import { Interner } from './intern.ts';
import { encodeMessage } from './testing/encode-objects.ts';
import { randomNode } from './testing/random-objects.ts';

function eventOf(result: DecodeResult): ClusterEvent {
  assert.ok(result.ok, result.ok ? '' : result.error.reason);
  return result.value.event;
}

const metadata = { namespace: 'shop', name: 'web', uid: 'u1', resourceVersion: '7' };

test('any node gives equal facts from JSON and from protobuf', () => {
  fc.assert(
    fc.property(randomNode, (node) => {
      const fromProtobuf = eventOf(decodeNodeProtobuf(encodeMessage('Node', node), new Interner()));
      assert.deepEqual(fromProtobuf, eventOf(decodeNodeJson(node, new Interner())));
    }),
    { numRuns: 200 },
  );
});

test('a VKE node: provider id, amounts, taints, readiness', () => {
  const event = eventOf(
    decodeNodeJson(
      {
        metadata: { name: 'pool-1', uid: 'n1', resourceVersion: '9', creationTimestamp: '2026-11-24T02:00:00Z' },
        spec: {
          providerID: 'vultr://0d6f',
          unschedulable: true,
          taints: [{ key: 'ToBeDeletedByClusterAutoscaler', value: '17', effect: 'NoSchedule' }],
        },
        status: {
          capacity: { cpu: '2', memory: '4025512Ki', pods: '110' },
          allocatable: { cpu: '1950m', memory: '3401Mi', pods: '110' },
          conditions: [
            { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: '2026-11-24T02:01:00Z' },
          ],
        },
      },
      new Interner(),
    ),
  );
  assert.ok(event.kind === 'node');
  assert.deepEqual({ ...event.node.allocatable }, { cpu: 1950, memory: 3401 * 2 ** 20, pods: 110 });
  assert.equal(event.node.providerID, 'vultr://0d6f');
  assert.equal(event.node.unschedulable, true);
  assert.deepEqual(event.node.taints, [{ key: 'ToBeDeletedByClusterAutoscaler', value: '17', effect: 'NoSchedule' }]);
  assert.equal(event.node.conditions[0]?.lastTransitionAtMs, Date.parse('2026-11-24T02:01:00Z'));
});

test('a taint of unknown effect makes the node malformed: to guess could let pods land wrongly', () => {
  const node = { metadata: { name: 'n', uid: 'u' }, spec: { taints: [{ key: 'k', effect: 'Maybe' }] } };
  const result = decodeNodeJson(node, new Interner());
  assert.equal(result.ok ? '' : result.error.reason, 'spec.taints[0].effect: unknown effect "Maybe"');
});

const selectorOf = (spec: object): unknown => {
  const event = eventOf(decodePodDisruptionBudget({ metadata, spec }, new Interner()));
  return event.kind === 'pdb' ? event.pdb.selector : assert.fail();
};

test('a budget without selector matches nothing; an empty selector everything', () => {
  assert.equal(selectorOf({}), undefined);
  assert.deepEqual(selectorOf({ selector: {} }), { requirements: [] });
  assert.deepEqual(
    selectorOf({ selector: { matchLabels: { b: '2', a: '1' }, matchExpressions: [{ key: 'c', operator: 'Exists' }] } }),
    {
      requirements: [
        { key: 'a', operator: 'In', values: ['1'] },
        { key: 'b', operator: 'In', values: ['2'] },
        { key: 'c', operator: 'Exists', values: [] },
      ],
    },
  );
});

test('a budget that no controller has looked at yet allows nothing', () => {
  const event = eventOf(decodePodDisruptionBudget({ metadata, spec: { selector: {} } }, new Interner()));
  assert.ok(event.kind === 'pdb');
  assert.equal(event.pdb.disruptionsAllowed, 0);
  assert.equal(event.pdb.unhealthyPodEvictionPolicy, 'IfHealthyBudget');
});

function controllerOf(object: object, kind: ControllerFacts['kind']): ControllerFacts {
  const event = eventOf(decodeController({ metadata, ...object }, new Interner(), kind));
  return event.kind === 'controller' ? event.controller : assert.fail();
}

test('wanted replicas, by kind', () => {
  assert.equal(controllerOf({ spec: { replicas: 3 } }, 'ReplicaSet').replicas, 3);
  assert.equal(controllerOf({ spec: { replicas: 0 } }, 'StatefulSet').replicas, 0);
  assert.equal(controllerOf({ spec: {} }, 'ReplicationController').replicas, 1);
  assert.equal(controllerOf({ spec: { parallelism: 4 } }, 'Job').replicas, 4);
  assert.equal(controllerOf({ status: { desiredNumberScheduled: 5 } }, 'DaemonSet').replicas, 5);
  assert.equal(controllerOf({ spec: { replicas: 3 } }, 'ReplicaSet').podTemplate, undefined);
});

test('a DaemonSet pod is completed as its controller and the API server complete it', () => {
  const template = {
    metadata: { labels: { app: 'agent' } },
    spec: {
      hostNetwork: true,
      containers: [
        {
          name: 'a',
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } },
          ports: [{ containerPort: 9100 }],
        },
      ],
    },
  };
  const podTemplate = controllerOf({ spec: { template } }, 'DaemonSet').podTemplate;
  assert.deepEqual({ ...podTemplate?.labels }, { app: 'agent' });
  assert.deepEqual({ ...podTemplate?.spec.requests }, { cpu: 100, memory: 2 ** 30 });
  assert.deepEqual(podTemplate?.spec.hostPorts, [{ hostIP: '0.0.0.0', protocol: 'TCP', port: 9100 }]);
  const tolerated = podTemplate.spec.tolerations.map((toleration) => toleration.key);
  assert.ok(tolerated.includes('node.kubernetes.io/unschedulable'));
  assert.ok(tolerated.includes('node.kubernetes.io/network-unavailable'));
});
