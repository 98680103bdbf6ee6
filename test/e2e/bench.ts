/**
 * `npm run e2e -- --bench`: what the built program costs on a real control plane, each figure with its bar.
 *
 * Nodes and pods of the large clusters are objects only, written by script: nobody runs them. One group of real
 * (simulated) machines beside them is what grows.
 */
import * as z from 'zod';
import type { JsonObject } from '../../sandbox/kubernetes/object.ts';
import { podSpec as boundTo } from '../../sandbox/controllers/shapes.ts';
import type { AutoscalerProcess } from './machinery/autoscaler.ts';
import type { Binaries } from './machinery/binaries.ts';
import { type FillerSize, fillCluster } from './machinery/filler.ts';
import { parseJson } from './machinery/json.ts';
import { waitFor } from './machinery/waiting.ts';
import { pod } from './machinery/workloads.ts';
import { World } from './machinery/world.ts';
import { setTimeout as pause } from 'node:timers/promises';

interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Absent: told, not judged. */
  readonly bar?: number;
}

const POOL = { label: 'workers', plan: 'vc2-1c-2gb', quantity: 1, minNodes: 1, maxNodes: 1000, autoScaler: true };
interface LargeCluster extends FillerSize {
  readonly coldStartBar?: number;
  readonly cpuBar?: number;
  readonly memoryBar: number;
}

const LARGE: LargeCluster = { nodes: 1000, pods: 30_000, coldStartBar: 2, cpuBar: 2, memoryBar: 150 };
/** A third of the pods that the bar is for: what the control plane of a small machine holds. */
const LARGEST: LargeCluster = { nodes: 5000, pods: 50_000, memoryBar: 400 };
const resize = z.object({ node_quantity: z.number() });
const SINGLE_PODS = 200;
const BETWEEN_PODS_MS = 150;
const CHURN_PER_MINUTE = 1000;
const IDLE_MS = 20_000;
const CATCH_UP_MS = 20_000;
const MIB = 2 ** 20;
/**
 * No node leaves while something is measured; the pods of the large cluster belong to nobody. It looks as often as it does
 * for users: the stories let it look ten times as often.
 */
const FLAGS = ['--scale-down-enabled=false', '--settle-window=100ms', '--scan-interval=10s'];

export async function bench(binaries: Binaries): Promise<number> {
  const figures = [
    ...(await latencies(binaries)),
    ...(await largeCluster(binaries, LARGE)),
    ...(await largeCluster(binaries, LARGEST)),
  ];
  console.log('');
  for (const { what, value, unit, bar } of figures) {
    const verdict = bar === undefined ? '    ' : value <= bar ? 'ok  ' : 'MISS';
    console.log(`${verdict} ${what}: ${value.toFixed(2)} ${unit}${bar === undefined ? '' : ` (bar ${bar} ${unit})`}`);
  }
  return figures.every(({ value, bar }) => bar === undefined || value <= bar) ? 0 : 1;
}

/** From a pod's creation to the PATCH at Vultr, alone and while unrelated pods come and go. */
async function latencies(binaries: Binaries): Promise<readonly Figure[]> {
  const world = await World.start({ binaries, name: 'bench-latency', pools: [POOL], addons: false });
  try {
    await fillCluster(() => world.plane.admin, { nodes: 100, pods: 3000 });
    await world.startReplica('autoscaler', FLAGS);
    await fillFirstNode(world);
    const quiet = await patchLatencies(world, 'quiet');
    const churn = startChurn(world);
    const busy = await patchLatencies(world, 'busy');
    await churn.stop();
    return [...percentiles('pod to PATCH, 100 nodes / 3,000 pods', quiet), ...percentiles('the same in churn', busy)];
  } finally {
    await world.stop();
  }
}

/** Every pod that is measured needs a node of its own: the first must not find room either. */
async function fillFirstNode(world: World): Promise<void> {
  await world.plane.admin.create('/api/v1/namespaces/default/pods', pod('first', { cpu: '500m' }));
  await waitFor('the first node is full', 20_000, () => {
    const first = world.store.find('pods', 'default', 'first');
    return first !== undefined && boundTo(first).nodeName !== undefined;
  });
}

/** Each pod is as large as a node, so each needs a PATCH that asks for one node more. */
async function patchLatencies(world: World, prefix: string): Promise<readonly number[]> {
  const createdAt: number[] = [];
  const before = world.cloud.pool('workers').quantity;
  for (let index = 0; index < SINGLE_PODS; index++) {
    createdAt.push(Date.now());
    const single = pod(`${prefix}-${index}`, { cpu: '500m' });
    await world.plane.admin.create('/api/v1/namespaces/default/pods', single);
    await pause(BETWEEN_PODS_MS);
  }
  await waitFor(
    'every pod has its node asked for',
    60_000,
    () => world.cloud.pool('workers').quantity >= before + SINGLE_PODS,
  );
  // The n-th pod is answered by the first PATCH that asks for n nodes more than there were.
  const raises = world.cloud.resizes().map(({ atMs, body }) => {
    return { atMs, quantity: parseJson(resize, body).node_quantity };
  });
  return createdAt.flatMap((atMs, index) => {
    const raise = raises.find(({ quantity, atMs: patchedMs }) => patchedMs >= atMs && quantity >= before + index + 1);
    return raise === undefined ? [] : [raise.atMs - atMs];
  });
}

function startChurn(world: World): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = (async () => {
    for (let index = 0; !ending.signal.aborted; index++) {
      const name = `churn-${index}`;
      const passing: JsonObject = pod(name, { cpu: '1m', memory: '1Mi', spec: { nodeName: 'filler-0' } });
      await world.plane.admin.create('/api/v1/namespaces/default/pods', passing);
      await world.plane.admin.delete(`/api/v1/namespaces/default/pods/${name}`, { gracePeriodSeconds: 0 });
      await pause(60_000 / CHURN_PER_MINUTE);
    }
  })();
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function largeCluster(binaries: Binaries, large: LargeCluster): Promise<readonly Figure[]> {
  const world = await World.start({ binaries, name: 'bench-large', pools: [POOL], addons: false });
  try {
    await fillCluster(() => world.plane.admin, large);
    // Whoever watches has to catch up first: it is the program that is measured, not what filled the cluster.
    await pause(CATCH_UP_MS);
    await world.plane.admin.create('/api/v1/namespaces/default/pods', pod('first', { cpu: '500m' }));
    await world.plane.admin.create('/api/v1/namespaces/default/pods', pod('second', { cpu: '500m' }));
    const startMs = Date.now();
    const replica = await world.startReplica('autoscaler', FLAGS);
    await waitFor('the first decision', 60_000, () => world.cloud.resizes().length > 0);
    const decidedMs = (world.cloud.resizes()[0]?.atMs ?? Infinity) - startMs;
    await waitFor('the cluster is quiet', 60_000, () =>
      ['first', 'second'].every((name) => {
        const found = world.store.find('pods', 'default', name);
        return found !== undefined && boundTo(found).nodeName !== undefined;
      }),
    );
    const share = await idleCpuShare(replica);
    const size = `${large.nodes} nodes / ${large.pods} pods`;
    const { coldStartBar: coldStart, cpuBar: cpu, memoryBar: memory } = large;
    return [
      {
        what: `cold start to first decision (PATCH), ${size}`,
        value: decidedMs / 1000,
        unit: 's',
        ...barOf(coldStart),
      },
      { what: `CPU while nothing happens, ${size}`, value: share * 100, unit: '% of a core', ...barOf(cpu) },
      { what: `resident memory, ${size}`, value: (await replica.residentBytes()) / MIB, unit: 'MiB', ...barOf(memory) },
    ];
  } finally {
    await world.stop();
  }
}

function barOf(bar: number | undefined): { readonly bar?: number } {
  return bar === undefined ? {} : { bar };
}

/** Measured after the first half of the time, in which what the start left is cleaned up. */
async function idleCpuShare(replica: AutoscalerProcess): Promise<number> {
  await pause(IDLE_MS / 2);
  const [before, startMs] = [await replica.cpuSeconds(), performance.now()];
  await pause(IDLE_MS);
  return ((await replica.cpuSeconds()) - before) / ((performance.now() - startMs) / 1000);
}

function percentiles(what: string, samples: readonly number[]): readonly Figure[] {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => (sorted[Math.floor(share * (sorted.length - 1))] ?? Infinity) / 1000;
  return [
    { what: `${what}, p50`, value: at(0.5), unit: 's', bar: 0.5 },
    { what: `${what}, p99`, value: at(0.99), unit: 's', bar: 2 },
  ];
}
