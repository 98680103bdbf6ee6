import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePodJson } from './decode-pod-json.ts';
import { Interner } from './intern.ts';

type Json = Readonly<Record<string, unknown>>;

function requestsOf(spec: Json, status: Json = {}): unknown {
  const decoded = decodePodJson({ metadata: { name: 'p', uid: 'u' }, spec, status }, new Interner());
  return decoded.ok && decoded.value.event.kind === 'pod' ? { ...decoded.value.event.pod.spec.requests } : decoded;
}

const asking = (name: string, requests: Json, more: Json = {}): Json => ({ name, resources: { requests }, ...more });

test('containers are summed', () => {
  const containers = [asking('a', { cpu: '100m', memory: '1Mi' }), asking('b', { cpu: '1', 'nvidia.com/gpu': '1' })];
  assert.deepEqual(requestsOf({ containers }), { cpu: 1100, memory: 2 ** 20, 'nvidia.com/gpu': 1 });
});

test('limits are not requests, and zeros are absent', () => {
  assert.deepEqual(
    requestsOf({ containers: [{ name: 'a', resources: { limits: { cpu: '2' }, requests: { memory: '0' } } }] }),
    {},
  );
});

test('KS-16 the largest init container counts where it is larger than all containers together', () => {
  const spec = {
    containers: [asking('a', { cpu: '1', memory: '1Gi' })],
    initContainers: [asking('i', { cpu: '3' }), asking('j', { cpu: '2', memory: '512Mi' })],
  };
  assert.deepEqual(requestsOf(spec), { cpu: 3000, memory: 2 ** 30 });
});

test('KS-17 a sidecar runs beside the containers, and beside the init containers after it', () => {
  const sidecar = asking('s', { cpu: '500m' }, { restartPolicy: 'Always' });
  const initContainers = [asking('before', { cpu: '2200m' }), sidecar, asking('after', { cpu: '2' })];
  assert.deepEqual(requestsOf({ containers: [asking('a', { cpu: '1' })], initContainers }), { cpu: 2500 });
  assert.deepEqual(requestsOf({ containers: [asking('a', { cpu: '2' })], initContainers: [sidecar] }), { cpu: 2500 });
  const large = asking('s', { cpu: '50', memory: '100M' }, { restartPolicy: 'Always' });
  const small = asking('a', { cpu: '50m', memory: '100k' });
  assert.deepEqual(
    requestsOf({ containers: [small], initContainers: [large] }),
    { cpu: 50_050, memory: 100_100_000 },
    'UT-03',
  );
});

test('KS-18 KS-19 amounts for the whole pod replace the sums, for CPU, memory and huge pages only; overhead comes on top', () => {
  const spec = {
    containers: [asking('a', { cpu: '1', memory: '1Mi', 'example.com/disk': '2' })],
    resources: { requests: { cpu: '250m', 'hugepages-2Mi': '4Mi', 'example.com/disk': '9' } },
    overhead: { cpu: '10m' },
  };
  assert.deepEqual(requestsOf({ containers: [asking('a', { cpu: '200m' })], overhead: { cpu: '100m' } }), { cpu: 300 });
  assert.deepEqual(requestsOf(spec), { cpu: 260, memory: 2 ** 20, 'hugepages-2Mi': 2 ** 22, 'example.com/disk': 2 });
});

test('KS-22 while a placed pod shrinks, what it still has counts; while it grows, what it asks', () => {
  const spec = { nodeName: 'n', containers: [asking('a', { cpu: '1', memory: '2Gi' })] };
  const containerStatuses = [
    { name: 'a', allocatedResources: { cpu: '2', memory: '1Gi' }, resources: { requests: { cpu: '3' } } },
  ];
  assert.deepEqual(requestsOf(spec, { containerStatuses }), { cpu: 3000, memory: 2 ** 31 });
});

test('KS-22 a resize that cannot be done on the node does not count', () => {
  const spec = { nodeName: 'n', containers: [asking('a', { cpu: '64' })] };
  const status = {
    containerStatuses: [{ name: 'a', allocatedResources: { cpu: '1' }, resources: { requests: { cpu: '1' } } }],
    conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
  };
  assert.deepEqual(requestsOf(spec, status), { cpu: 1000 });
});

test('the status of a pod that waits for a node is not consulted', () => {
  const spec = { containers: [asking('a', { cpu: '1' })] };
  assert.deepEqual(requestsOf(spec, { containerStatuses: [{ name: 'a', allocatedResources: { cpu: '9' } }] }), {
    cpu: 1000,
  });
});
