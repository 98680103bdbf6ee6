import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newPod, nodeNameOf, phaseOf, schedulerMessage, testCluster } from './test-cluster.ts';

test('a pod is bound within a few milliseconds and runs', async () => {
  const { store, run, pod } = await testCluster({ nodes: 1 });
  store.create('pods', newPod('web', { cpu: '500m', memory: '1Gi' }));
  await run(20);
  assert.equal(nodeNameOf(pod('web')), 'web-1');
  await run(5000);
  assert.equal(phaseOf(pod('web')), 'Running');
});

test('a pod that fits nowhere is marked within 100 ms, in the words of kube-scheduler', async () => {
  const { store, run, pod } = await testCluster({ nodes: 3 });
  store.update('nodes', '', 'web-3', (node) => ({
    ...node,
    spec: { ...node.spec, taints: [{ key: 'team', value: 'data', effect: 'NoSchedule' }] },
  }));
  store.create('pods', newPod('big', { cpu: '8' }));
  await run(100);
  const message = '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.';
  assert.equal(schedulerMessage(pod('big')), message);
});

test('in a cluster without nodes the message says so', async () => {
  const { store, run, pod } = await testCluster();
  store.create('pods', newPod('lonely'));
  await run(100);
  assert.equal(schedulerMessage(pod('lonely')), 'no nodes available to schedule pods');
});

test('waiting pods are bound when a node joins, the important ones first', async () => {
  const { store, run, pod, instances } = await testCluster();
  store.create('priorityclasses', { metadata: { name: 'important' }, value: 1000 });
  for (const name of ['a-1', 'a-2', 'a-3']) store.create('pods', newPod(name, { cpu: '1500m' }));
  store.create('pods', newPod('vip', { cpu: '1500m' }, { priorityClassName: 'important' }));
  await run(100);
  instances.start();
  await run(120_000);
  assert.notEqual(nodeNameOf(pod('vip')), '');
  assert.notEqual(nodeNameOf(pod('a-1')), '');
  assert.equal(nodeNameOf(pod('a-2')) + nodeNameOf(pod('a-3')), '', 'a node of 4 CPUs holds two pods of 1.5');
});

test('a pod that ends makes room for one that waits', async () => {
  const { store, run, pod } = await testCluster({ nodes: 1 });
  store.create('pods', newPod('first', { cpu: '3' }));
  await run(5000);
  store.create('pods', newPod('second', { cpu: '3' }));
  await run(100);
  assert.match(schedulerMessage(pod('second')), /Insufficient cpu/);
  store.delete('pods', 'default', 'first');
  await run(5000);
  assert.equal(nodeNameOf(pod('second')), 'web-1');
});

test('pods spread to the emptiest node, and shun nodes with a PreferNoSchedule taint', async () => {
  const { store, run, pod } = await testCluster({ nodes: 3 });
  store.update('nodes', '', 'web-1', (node) => ({
    ...node,
    spec: { ...node.spec, taints: [{ key: 'soon-gone', value: '', effect: 'PreferNoSchedule' }] },
  }));
  for (const name of ['a-1', 'a-2', 'a-3']) {
    store.create('pods', newPod(name, { cpu: '1' }));
    await run(50);
  }
  const nodes = ['a-1', 'a-2', 'a-3'].map((name) => nodeNameOf(pod(name)));
  assert.deepEqual(nodes, ['web-2', 'web-3', 'web-2']);
});

test('node selector, required affinity, cordon and host ports decide as they do in Kubernetes', async () => {
  const { store, run, pod } = await testCluster({ nodes: 2 });
  store.update('nodes', '', 'web-2', (node) => ({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, disk: 'fast', size: '9' } },
  }));
  store.create('pods', newPod('selected', {}, { nodeSelector: { disk: 'fast' } }));
  const larger = { key: 'size', operator: 'Gt', values: ['8'] };
  const nodeAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [larger] }] },
  };
  store.create('pods', newPod('drawn', {}, { affinity: { nodeAffinity } }));
  store.create('pods', newPod('nowhere', {}, { nodeSelector: { disk: 'slow' } }));
  const listening = { containers: [{ name: 'main', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }] };
  for (const name of ['port-1', 'port-2', 'port-3']) store.create('pods', newPod(name, {}, listening));
  await run(100);
  assert.equal(nodeNameOf(pod('selected')), 'web-2');
  assert.equal(nodeNameOf(pod('drawn')), 'web-2');
  assert.equal(
    schedulerMessage(pod('nowhere')),
    "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
  );
  assert.match(schedulerMessage(pod('port-3')), /2 node\(s\) didn't have free ports/);
  for (const name of ['web-1', 'web-2']) {
    store.update('nodes', '', name, (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
  }
  store.create('pods', newPod('late'));
  await run(5);
  await run(100);
  assert.match(schedulerMessage(pod('late')), /2 node\(s\) were unschedulable/);
});

test('anti-affinity keeps replicas apart, in both directions', async () => {
  const { store, run, pod } = await testCluster({ nodes: 2 });
  const apart = { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' };
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [apart] };
  for (const name of ['db-1', 'db-2', 'db-3']) {
    store.create('pods', newPod(name, {}, { affinity: { podAntiAffinity } }));
  }
  await run(200);
  assert.notEqual(nodeNameOf(pod('db-1')), nodeNameOf(pod('db-2')));
  assert.equal(
    schedulerMessage(pod('db-3')),
    "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.",
  );
  store.create('pods', {
    ...newPod('intruder'),
    metadata: { name: 'intruder', namespace: 'default', labels: { app: 'db' } },
  });
  await run(200);
  assert.match(schedulerMessage(pod('intruder')), /didn't satisfy existing pods anti-affinity rules/);
  store.delete('pods', 'default', 'db-1');
  await run(5000);
  assert.notEqual(nodeNameOf(pod('db-3')), '', 'the place of db-1 is free again');
});

function near(app: string): object {
  return {
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
  };
}

test('a pod that kept others out of a whole region lets them in when it leaves, on whichever node has room', async () => {
  const { store, run, pod } = await testCluster({ nodes: 2 });
  const term = { labelSelector: { matchLabels: { app: 'guest' } }, topologyKey: 'region' };
  const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  store.create('pods', newPod('guard', { cpu: '100m' }, { affinity: { podAntiAffinity } }));
  await run(100);
  const [crowded, roomy] = nodeNameOf(pod('guard')) === 'web-1' ? ['web-1', 'web-2'] : ['web-2', 'web-1'];
  store.create('pods', newPod('crowd', { cpu: '3500m' }, { nodeSelector: { 'kubernetes.io/hostname': crowded } }));
  store.create('pods', newPod('guest', { cpu: '1' }));
  await run(100);
  assert.match(schedulerMessage(pod('guest')), /1 node\(s\) didn't satisfy existing pods anti-affinity rules/);
  store.delete('pods', 'default', 'guard');
  await run(5000);
  assert.equal(nodeNameOf(pod('guest')), roomy);
});

test('pod affinity follows the pods it wants to be near, and the first of a group may go anywhere', async () => {
  const { store, run, pod } = await testCluster({ nodes: 3 });
  store.create('pods', newPod('client', {}, near('server')));
  store.create('pods', newPod('self-1', {}, near('self')));
  store.create('pods', newPod('self-2', {}, near('self')));
  await run(200);
  assert.match(schedulerMessage(pod('client')), /3 node\(s\) didn't match pod affinity rules/);
  assert.equal(nodeNameOf(pod('self-1')), nodeNameOf(pod('self-2')));
  store.create('pods', newPod('server', { cpu: '1' }));
  await run(200);
  assert.equal(nodeNameOf(pod('client')), nodeNameOf(pod('server')));
});

test('topology spread holds the skew, and a new domain lets waiting pods go on', async () => {
  const { store, run, instances } = await testCluster({ nodes: 2 });
  store.update('nodes', '', 'web-2', (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
  const spread = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'w' } },
  };
  for (const name of ['w-1', 'w-2', 'w-3']) {
    store.create('pods', newPod(name, {}, { topologySpreadConstraints: [spread] }));
  }
  await run(200);
  const placed = (): readonly string[] =>
    store
      .list('pods')
      .map(nodeNameOf)
      .filter((name) => name !== '');
  assert.deepEqual(placed(), ['web-1'], 'the cordoned node still counts as an empty domain');
  instances.start();
  await run(120_000);
  assert.deepEqual(placed().toSorted(), ['web-1', 'web-3']);
});

test('a gated pod and one for another scheduler are left alone until that changes', async () => {
  const { store, run, pod } = await testCluster({ nodes: 1 });
  store.create('pods', newPod('gated', {}, { schedulingGates: [{ name: 'quota' }] }));
  store.create('pods', newPod('foreign', {}, { schedulerName: 'other' }));
  await run(1000);
  assert.equal(nodeNameOf(pod('gated')) + nodeNameOf(pod('foreign')), '');
  store.update('pods', 'default', 'gated', (current) => ({
    ...current,
    spec: { ...current.spec, schedulingGates: [] },
  }));
  await run(100);
  assert.equal(nodeNameOf(pod('gated')), 'web-1');
  assert.equal(nodeNameOf(pod('foreign')), '');
});

test('a thousand pods that fit nowhere are all marked at once, and then nothing stirs until something changes', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  for (let i = 0; i < 1000; i++) store.create('pods', newPod(`big-${i}`, { cpu: '64' }));
  await run(100);
  assert.equal(store.list('pods').filter((one) => schedulerMessage(one) !== '').length, 1000);
  const { revision } = store;
  await run(3_600_000);
  assert.equal(store.revision, revision);
});
