/** A large cluster as objects: nodes that no machine stands behind, and pods that fill them, bound from the start. */
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../../../sandbox/kubernetes/object.ts';
import { ApiRefusal, type KubernetesApi } from './kubernetes-api.ts';
import { podSpec } from './workloads.ts';

const AT_ONCE = 32;
const PODS = '/api/v1/namespaces/default/pods';
const RETRY_MS = 200;
/** A minute: longer than a restart of the server takes. */
const ATTEMPTS = 300;

export interface FillerSize {
  readonly nodes: number;
  readonly pods: number;
}

/** `api` is asked before each request: a server that is away is waited for. */
export async function fillCluster(api: () => KubernetesApi, { nodes, pods }: FillerSize): Promise<void> {
  await eachOf(nodes, async (index) => {
    await untilDone(async () => api().create('/api/v1/nodes', fillerNode(index)));
  });
  await eachOf(pods, async (index) => {
    const pod = fillerPod(index, `filler-${index % nodes}`);
    await untilDone(async () => api().create(PODS, pod));
  });
}

/** Deletes the last of the pods. */
export async function thinOut(
  api: () => KubernetesApi,
  { pods }: FillerSize,
  { fewer }: { readonly fewer: number },
): Promise<void> {
  await eachOf(fewer, async (index) => {
    const path = `${PODS}/filler-${pods - 1 - index}`;
    await untilDone(async () => api().delete(path, { gracePeriodSeconds: 0 }));
  });
}

async function untilDone(write: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await write();
      return;
    } catch (error) {
      const status = error instanceof ApiRefusal ? error.status : 0;
      // It is there: made by an attempt whose answer was lost.
      if (status === 409) return;
      if (attempt === ATTEMPTS || (status >= 400 && status < 500 && status !== 429)) throw error;
      await pause(RETRY_MS);
    }
  }
}

/** A pool of another cluster manager, say: its nodes belong to no node pool of Vultr's. Full, so that nothing else fits. */
function fillerNode(index: number): JsonObject {
  const resources = { cpu: '4', memory: '8Gi', pods: '110' };
  const name = `filler-${index}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/arch': 'amd64', 'kubernetes.io/os': 'linux' },
    },
    spec: { taints: [{ key: 'filler', effect: 'NoSchedule' }] },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
}

function fillerPod(index: number, nodeName: string): JsonObject {
  const app = `app-${index % 200}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `filler-${index}`,
      labels: { app, 'pod-template-hash': String(index % 1000) },
      annotations: { 'kubernetes.io/config.source': 'api', note: 'x'.repeat(200) },
    },
    spec: { ...podSpec({ cpu: '100m' }), nodeName },
  };
}

async function eachOf(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
