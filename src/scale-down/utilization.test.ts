import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aDaemonSetReference, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { NOW_MS } from './fixtures.test-support.ts';
import type { UtilizationOptions } from './utilization.ts';
import { gpuResourceOf } from '../node-groups/gpus.ts';
import { utilizationOf } from './utilization.ts';

const PLAIN: UtilizationOptions = {
  now: NOW_MS,
  ignoreDaemonSets: false,
  ignoreMirrorPods: false,
  expendablePodsPriorityCutoff: -10,
  gpuResource: undefined,
};
const TENTH = { cpu: 100, memory: 200_000 };
const DAEMON: PodSketch = { ...TENTH, owner: aDaemonSetReference('agent') };
const MIRROR: PodSketch = { ...TENTH, annotations: { 'kubernetes.io/config.mirror': 'x' } };

function utilization(pods: readonly PodSketch[], rest: Partial<UtilizationOptions> = {}, node: NodeSketch = {}) {
  const cluster = aCluster({
    nodes: [aNode({ name: 'n1', cpu: 2000, memory: 2_000_000, ...node })],
    pods: pods.map((pod, index) => aPod({ name: `p${index}`, nodeName: 'n1', ...pod })),
  });
  const answer = utilizationOf(cluster, cluster.slotOf('n1') ?? assert.fail(), { ...PLAIN, ...rest });
  return answer.kind === 'known' ? [answer.resource, answer.share] : [answer.resource];
}

test('UT-01 the larger share counts', () => {
  assert.deepEqual(utilization([TENTH, TENTH, {}]), ['memory', 0.2]);
  assert.deepEqual(utilization([{ cpu: 1000, memory: 1 }]), ['cpu', 0.5]);
});

test('UT-02 EL-10 a node that cannot say what it can allocate has no utilization', () => {
  assert.deepEqual(utilization([TENTH], {}, { memory: 0 }), ['memory']);
  assert.deepEqual(utilization([TENTH], {}, { cpu: 0 }), ['cpu']);
});

test('UT-03 a pod with a large sidecar uses as much as all its containers together', () => {
  const withSidecar = { cpu: 50_050, memory: 100_100_000 };
  assert.deepEqual(utilization([TENTH, TENTH, withSidecar]), ['memory', 50.25]);
  assert.deepEqual(utilization([TENTH, TENTH, { ...withSidecar, memory: 0 }]), ['cpu', 25.125]);
});

test('UT-12 UT-16 UT-17 devices of resource claims are not looked at: cpu and memory count, or GPUs', () => {
  const half: PodSketch = { cpu: 250, spec: { resourceClaims: ['gpu'] } };
  assert.deepEqual(utilization([half, half], {}, { cpu: 1000 }), ['cpu', 0.5]);
  const gpuResource = 'nvidia.com/gpu';
  const using = { ...half, requests: { [gpuResource]: 1 } };
  assert.deepEqual(utilization([using], { gpuResource }, { resources: { [gpuResource]: 4 } }), [gpuResource, 0.25]);
});

test('UT-04 UT-05 DaemonSet pods are taken out of both sides, if at all', () => {
  const byAnnotation: PodSketch = {
    ...TENTH,
    annotations: { 'cluster-autoscaler.kubernetes.io/daemonset-pod': 'true' },
  };
  assert.deepEqual(utilization([TENTH, TENTH, DAEMON, byAnnotation], { ignoreDaemonSets: true }), ['memory', 0.25]);
  assert.deepEqual(utilization([TENTH, DAEMON]), ['memory', 0.2]);
});

test('UT-06 a pod that should have ended long ago is not there', () => {
  const ended = { ...TENTH, deletion: { atMs: NOW_MS - 600_000, graceSeconds: 30 } };
  assert.deepEqual(utilization([TENTH, TENTH, ended]), ['memory', 0.2]);
});

test('UT-07 UT-08 UT-09 mirror pods likewise', () => {
  assert.deepEqual(utilization([TENTH, TENTH, MIRROR], { ignoreMirrorPods: true }), ['memory', 2 / 9]);
  assert.deepEqual(utilization([TENTH, MIRROR]), ['memory', 0.2]);
  const both = { ignoreMirrorPods: true, ignoreDaemonSets: true };
  assert.deepEqual(utilization([TENTH, MIRROR, DAEMON], both), ['memory', 1 / 8]);
});

test('UT-10 UT-11 a GPU node is measured by its GPUs alone, and is unused while they are not up', () => {
  const gpuResource = gpuResourceOf({ 'nvidia.com/gpu': 1 });
  assert.equal(gpuResource, 'nvidia.com/gpu');
  const using: PodSketch = { cpu: 1, requests: { 'nvidia.com/gpu': 1 } };
  assert.deepEqual(utilization([using], { gpuResource }, { resources: { 'nvidia.com/gpu': 1 } }), [
    'nvidia.com/gpu',
    1,
  ]);
  assert.deepEqual(utilization([{ cpu: 1900 }], { gpuResource }), ['nvidia.com/gpu', 0]);
  assert.equal(gpuResourceOf({ cpu: 4000 }, undefined), undefined);
});

test('UT-29 on a tie memory is named', () => {
  assert.deepEqual(utilization([{ cpu: 600, memory: 600_000 }]), ['memory', 0.3]);
});

test('UT-30 a pod beside ignored pods that take all is more than all; no pod beside them is nothing', () => {
  const filling: PodSketch = { cpu: 2000, memory: 2_000_000, owner: aDaemonSetReference('agent') };
  assert.deepEqual(utilization([filling, TENTH], { ignoreDaemonSets: true }), ['memory', Infinity]);
  assert.deepEqual(utilization([filling], { ignoreDaemonSets: true }), ['memory', 0]);
});

test('pods below the priority cutoff are not counted', () => {
  assert.deepEqual(utilization([TENTH, { ...TENTH, spec: { priority: -11 } }]), ['memory', 0.1]);
});
