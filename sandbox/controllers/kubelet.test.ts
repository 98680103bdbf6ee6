import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DURATION_ANNOTATION, STOP_TIME_ANNOTATION } from './kubelet-pods.ts';
import { amountOf } from './quantity.ts';
import { nodeStatus, podStatus } from './shapes.ts';
import {
  GPU_PLAN,
  SMALL_PLAN,
  newDeployment,
  newPod,
  nodeNameOf,
  phaseOf,
  taintKeys,
  testCluster,
} from './test-cluster.ts';

const RUNS_90_SECONDS = { [DURATION_ANNOTATION]: '90s' };

test('an instance joins as a node with the labels of VKE, unready and tainted at first, ready and clean at last', async () => {
  const { store, instances, clock } = await testCluster();
  const poolTaints = [{ key: 'team', value: 'a', effect: 'NoSchedule' }];
  const { id } = instances.start({ poolLabels: { tier: 'front' }, poolTaints });
  const find = (): ReturnType<typeof store.find> => store.find('nodes', '', 'web-1');
  await clock.run(() => find() !== undefined, { limitMs: 90_000 });
  const young = store.get('nodes', '', 'web-1');
  assert.deepEqual(taintKeys(young), [
    'team',
    'node.cloudprovider.kubernetes.io/uninitialized',
    'node.kubernetes.io/not-ready',
  ]);
  assert.equal(young.spec?.['providerID'], undefined);
  await clock.runFor(30_000);
  const node = store.get('nodes', '', 'web-1');
  assert.deepEqual(taintKeys(node), ['team']);
  assert.equal(node.spec?.['providerID'], `vultr://${id}`);
  assert.equal(nodeStatus(node).conditions?.find((c) => c.type === 'Ready')?.status, 'True');
  const expected = {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/hostname': 'web-1',
    'node.kubernetes.io/instance-type': SMALL_PLAN.id,
    'topology.kubernetes.io/region': 'ewr',
    region: 'ewr',
    'vke.vultr.com/node-id': id,
    'vke.vultr.com/node-pool': 'web',
    tier: 'front',
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(node.metadata.labels?.[key], value, key);
  assert.equal(node.metadata.labels?.['topology.kubernetes.io/zone'], undefined, 'Vultr has no zones');
});

async function memoryOffers(seed: number): Promise<readonly number[]> {
  const { store } = await testCluster({ nodes: 2, seed });
  return store.list('nodes').map((node) => amountOf('memory', nodeStatus(node).allocatable?.['memory'] ?? '0'));
}

test('what a node offers is a little less than its plan, the same for each node of the plan, other for another seed', async () => {
  const [first = 0, second] = await memoryOffers(1);
  assert.equal(first, second);
  const share = first / (SMALL_PLAN.ram * 2 ** 20);
  assert.ok(share > 0.88 && share < 0.96, `${share} of the plan's memory`);
  assert.notEqual((await memoryOffers(2))[0], first);
});

test('GPUs show some seconds after the node is ready', async () => {
  const { store, instances, clock } = await testCluster();
  instances.start({ planId: GPU_PLAN.id, label: 'gpu-1' });
  const status = (): ReturnType<typeof nodeStatus> => nodeStatus(store.find('nodes', '', 'gpu-1') ?? newNode());
  const newNode = (): Parameters<typeof nodeStatus>[0] => store.list('namespaces')[0] ?? assert.fail();
  await clock.run(() => status().conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true);
  assert.equal(status().allocatable?.['nvidia.com/gpu'], undefined);
  await clock.runFor(40_000);
  assert.equal(status().allocatable?.['nvidia.com/gpu'], '1');
  assert.equal(status().capacity?.['nvidia.com/gpu'], '1');
});

test('a pod with a duration runs for that long and succeeds; one that is always restarted runs on', async () => {
  const { store, run, pod } = await testCluster({ nodes: 1 });
  const annotated = (name: string, restartPolicy: string): void => {
    const base = newPod(name, {}, { restartPolicy });
    store.create('pods', { ...base, metadata: { ...base.metadata, annotations: RUNS_90_SECONDS } });
  };
  annotated('batch', 'Never');
  annotated('server', 'Always');
  await run(88_000);
  assert.equal(phaseOf(pod('batch')), 'Running');
  await run(10_000);
  assert.equal(phaseOf(pod('batch')), 'Succeeded');
  assert.equal(podStatus(pod('batch')).conditions?.find((c) => c.type === 'Ready')?.status, 'False');
  assert.equal(phaseOf(pod('server')), 'Running');
});

test('a pod that is asked to stop takes its time, but no more than its grace period', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  for (const [name, grace] of Object.entries({ patient: 60, hasty: 5 })) {
    const base = newPod(name, {}, { terminationGracePeriodSeconds: grace });
    const annotations = { [STOP_TIME_ANNOTATION]: '20s' };
    store.create('pods', { ...base, metadata: { ...base.metadata, annotations } });
  }
  await run(5000);
  store.delete('pods', 'default', 'patient');
  store.delete('pods', 'default', 'hasty');
  await run(6000);
  assert.deepEqual(
    store.list('pods').map((pod) => pod.metadata.name),
    ['patient'],
  );
  await run(15_000);
  assert.equal(store.list('pods').length, 0);
});

test('a destroyed instance leaves a node that is noticed, removed, and its pods come up elsewhere', async () => {
  const { store, run, instances } = await testCluster({ nodes: 2 });
  store.create('deployments', newDeployment('web', 2, { cpu: '2' }));
  await run(5000);
  const [victim] = instances.instances();
  assert.ok(victim);
  instances.destroy(victim.instance);
  await run(41_000);
  const silent = store.get('nodes', '', 'web-1');
  assert.equal(nodeStatus(silent).conditions?.find((c) => c.type === 'Ready')?.status, 'Unknown');
  assert.deepEqual(taintKeys(silent), ['node.kubernetes.io/unreachable']);
  await run(30_000);
  assert.equal(store.find('nodes', '', 'web-1'), undefined);
  assert.deepEqual(
    store
      .list('pods')
      .map((pod) => `${phaseOf(pod)} ${nodeNameOf(pod)}`)
      .toSorted(),
    ['Pending ', 'Running web-2'],
  );
});

test('with leases on, a living node renews its own', async () => {
  const { store, run } = await testCluster({ nodes: 1, controllers: { timing: { leaseRenewalMs: 10_000 } } });
  const renewed = (): unknown => store.get('leases', 'kube-node-lease', 'web-1').spec?.['renewTime'];
  const before = renewed();
  await run(10_000);
  assert.notEqual(renewed(), before);
});

async function history(): Promise<string> {
  const { store, run, instances } = await testCluster({ nodes: 2, seed: 7, controllers: { addons: true } });
  const lines: string[] = [];
  for (const kind of ['pods', 'nodes'] as const) store.watch(kind, (event) => void lines.push(JSON.stringify(event)));
  store.create('deployments', newDeployment('web', 20, { cpu: '1' }));
  instances.start();
  await run(200_000);
  return lines.join('\n');
}

test('one seed gives one history, byte for byte', async () => {
  assert.equal(await history(), await history());
});
