import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster, aNode, aPod, aTaint } from '../cluster/fixtures.test-support.ts';
import type { ClusterEvent } from '../cluster/facts.ts';
import { triggerOf } from './trigger-of.ts';

const known = aCluster({
  nodes: [aNode({ name: 'n1' }), aNode({ name: 'n3', ready: false })],
  pods: [aPod({ name: 'waits' }), aPod({ name: 'runs', nodeName: 'n1' }), aPod({ name: 'new', unschedulable: false })],
});
const gone = (name: string): ClusterEvent => ({
  kind: 'pod-gone',
  namespace: 'default',
  name,
  uid: `uid-default-${name}`,
});
const noRemoval = (): boolean => false;

const cases: readonly (readonly [what: string, event: ClusterEvent, expected: string | undefined])[] = [
  ['a pod that the scheduler cannot place', { kind: 'pod', pod: aPod({ name: 'another' }) }, 'pod-unschedulable'],
  ['a pod that it has not tried yet', { kind: 'pod', pod: aPod({ name: 'another', unschedulable: false }) }, undefined],
  ['a pod that it tries in vain at last', { kind: 'pod', pod: aPod({ name: 'new' }) }, 'pod-unschedulable'],
  ['a pod that waits as before', { kind: 'pod', pod: aPod({ name: 'waits' }) }, undefined],
  ['another pod of the same name', { kind: 'pod', pod: aPod({ name: 'waits', uid: 'second' }) }, 'pod-unschedulable'],
  ['a pod that found its place', { kind: 'pod', pod: aPod({ name: 'waits', nodeName: 'n1' }) }, undefined],
  [
    'a pod that has ended',
    { kind: 'pod', pod: aPod({ name: 'runs', nodeName: 'n1', phase: 'Succeeded' }) },
    'pod-left',
  ],
  ['a pod that is gone', gone('runs'), 'pod-left'],
  ['a new node', { kind: 'node', node: aNode({ name: 'n2' }) }, 'node-changed'],
  ['a heartbeat', { kind: 'node', node: aNode({ name: 'n1', resourceVersion: '2' }) }, undefined],
  ['a node that turns unready', { kind: 'node', node: aNode({ name: 'n1', ready: false }) }, 'node-changed'],
  ['a node with another taint', { kind: 'node', node: aNode({ name: 'n1', taints: [aTaint('new')] }) }, 'node-changed'],
  [
    'a step of a node that comes up',
    { kind: 'node', node: aNode({ name: 'n3', ready: false, labels: { region: 'ewr' } }) },
    undefined,
  ],
  ['a node that is gone', { kind: 'node-gone', name: 'n1', uid: 'uid-n1' }, 'node-changed'],
];

for (const [what, event, expected] of cases) {
  test(`${what} is ${expected === undefined ? 'no reason to look' : `a reason to look: ${expected}`}`, () => {
    assert.equal(triggerOf(event, known, noRemoval), expected);
  });
}

test('a pod gone from a node that is being emptied brings the removal on at once', () => {
  assert.equal(
    triggerOf(gone('runs'), known, (node) => node === 'n1'),
    'drain-progressed',
  );
});
