import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../kubernetes/object.ts';
import { amountOf } from './quantity.ts';
import { nodeStatus, podSpec } from './shapes.ts';
import { type TestCluster, newPod, nodeNameOf, schedulerMessage, testCluster } from './test-cluster.ts';

/** What a test does to the cluster, in any order. */
type Step =
  | { readonly kind: 'pod'; readonly milliCpu: number; readonly pool: string | undefined; readonly apart: boolean }
  | { readonly kind: 'delete-pod'; readonly which: number }
  | { readonly kind: 'node'; readonly pool: string }
  | { readonly kind: 'destroy-node'; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number };

const pool = fc.constantFrom('web', 'batch');
const deletion = fc.record({ kind: fc.constant('delete-pod' as const), which: fc.integer({ min: 0, max: 999 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('pod' as const),
      milliCpu: fc.constantFrom(0, 300, 900, 1700, 2600),
      pool: fc.option(pool, { nil: undefined }),
      apart: fc.constantFrom(true, false, false, false),
    }),
  },
  { weight: 1, arbitrary: deletion },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('node' as const), pool }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy-node' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 100_000 }) }) },
);

const steps = fc.array(step, { minLength: 25, maxLength: 40, size: 'max' });

const APART = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'apart' } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
};

async function take(cluster: TestCluster, one: Step, index: number): Promise<void> {
  const { store, instances, run } = cluster;
  switch (one.kind) {
    case 'pod':
      store.create(
        'pods',
        newPod(
          `${one.apart ? 'apart' : 'pod'}-${index}`,
          { cpu: `${one.milliCpu}m` },
          {
            ...(one.pool !== undefined && { nodeSelector: { 'vke.vultr.com/node-pool': one.pool } }),
            ...(one.apart && { affinity: APART }),
          },
        ),
      );
      break;
    case 'delete-pod': {
      const pods = store.list('pods');
      const victim = pods[one.which % Math.max(1, pods.length)];
      if (victim !== undefined) store.delete('pods', 'default', victim.metadata.name);
      break;
    }
    case 'node':
      instances.start({ label: `node-${index}`, poolLabel: one.pool });
      break;
    case 'destroy-node': {
      const alive = instances.instances();
      const victim = alive[one.which % Math.max(1, alive.length)];
      if (victim !== undefined) instances.destroy(victim.instance);
      break;
    }
    default:
      await run(one.ms);
  }
}

/** Milli-CPU that the node has left, worked out from the objects alone. */
function freeMilliCpu({ store }: TestCluster, node: KubeObject): number {
  const offered = amountOf('cpu', nodeStatus(node).allocatable?.['cpu'] ?? '0');
  const asked = store.podsOnNode(node.metadata.name).map(milliCpuOf);
  return offered - asked.reduce((sum, one) => sum + one, 0);
}

function milliCpuOf(pod: KubeObject): number {
  return amountOf('cpu', podSpec(pod).containers?.[0]?.resources?.requests?.['cpu'] ?? '0');
}

function wantsApart(pod: KubeObject): boolean {
  return pod.metadata.labels?.['app'] === 'apart';
}

test('property: whatever happens, no node is overbooked, and once it is quiet no pod waits that fits', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(deletion, { minLength: 2, maxLength: 5 }), async (first, last) => {
      const cluster = await testCluster({ nodes: 1 });
      for (const [index, one] of first.entries()) await take(cluster, one, index);
      await cluster.run(600_000);
      // By now pods wait for want of room, if any ever will; what makes room must find them.
      for (const [index, one] of last.entries()) await take(cluster, one, index);
      await cluster.run(60_000);
      const nodes = cluster.store.list('nodes');
      for (const node of nodes) {
        assert.ok(freeMilliCpu(cluster, node) >= 0, `${node.metadata.name} is overbooked`);
        const apart = cluster.store.podsOnNode(node.metadata.name).filter(wantsApart);
        assert.ok(apart.length <= 1, `${node.metadata.name} holds ${apart.length} pods that want to be apart`);
      }
      for (const pod of cluster.store.list('pods').filter((one) => nodeNameOf(one) === '')) {
        assert.notEqual(schedulerMessage(pod), '', `${pod.metadata.name} waits without a word`);
        const wantedPool = podSpec(pod).nodeSelector?.['vke.vultr.com/node-pool'];
        const fits = nodes.filter(
          (node) =>
            freeMilliCpu(cluster, node) >= milliCpuOf(pod) &&
            (wantedPool === undefined || node.metadata.labels?.['vke.vultr.com/node-pool'] === wantedPool) &&
            !(wantsApart(pod) && cluster.store.podsOnNode(node.metadata.name).some(wantsApart)),
        );
        assert.deepEqual(
          fits.map((node) => node.metadata.name),
          [],
          `${pod.metadata.name} fits but waits`,
        );
      }
      cluster.stop();
      assert.equal(cluster.clock.pendingTimers, 0, 'nothing is left behind after stop');
    }),
    { numRuns: 60 },
  );
});
