import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewObject } from '../kubernetes/object.ts';
import { DURATION_ANNOTATION, EXIT_CODE_ANNOTATION } from './kubelet-pods.ts';
import { isReady, keyOf, podSpec, workloadSpec } from './shapes.ts';
import { type TestCluster, newDeployment, newPod, nodeNameOf, phaseOf, testCluster } from './test-cluster.ts';

const RUNS_60_SECONDS = { [DURATION_ANNOTATION]: '60s' };

function scale({ store }: TestCluster, resource: 'deployments' | 'statefulsets', name: string, replicas: number): void {
  store.update(resource, 'default', name, (object) => ({ ...object, spec: { ...object.spec, replicas } }));
}

function podNames({ store }: TestCluster): readonly string[] {
  return store.list('pods').map((pod) => pod.metadata.name);
}

function newJob(name: string, spec: object, annotations: Record<string, string> = RUNS_60_SECONDS): NewObject {
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      ...spec,
      template: {
        metadata: { annotations },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example' }] },
      },
    },
  };
}

test('a deployment brings up its pods, follows its scale up and down, and takes them along when it is deleted', async () => {
  const cluster = await testCluster({ nodes: 2 });
  const { store, run } = cluster;
  store.create('deployments', newDeployment('web', 3));
  await run(5000);
  assert.equal(store.get('deployments', 'default', 'web').status?.['availableReplicas'], 3);
  scale(cluster, 'deployments', 'web', 5);
  await run(5000);
  assert.equal(store.list('pods').filter(isReady).length, 5);
  scale(cluster, 'deployments', 'web', 1);
  await run(5000);
  assert.equal(store.list('pods').length, 1);
  store.delete('deployments', 'default', 'web');
  await run(5000);
  assert.deepEqual([store.list('replicasets').length, store.list('pods').length], [0, 0]);
});

test('scaling down takes the pods that wait before those that run', async () => {
  const cluster = await testCluster({ nodes: 1 });
  const { store, run } = cluster;
  store.create('deployments', newDeployment('web', 5, { cpu: '1500m' }));
  await run(5000);
  const running = podNames(cluster).filter((name) => phaseOf(cluster.pod(name)) === 'Running');
  assert.equal(running.length, 2);
  scale(cluster, 'deployments', 'web', 2);
  await run(5000);
  assert.deepEqual(podNames(cluster), running);
});

test('a rolling update replaces every pod and never has fewer available than it may', async () => {
  const { store, run } = await testCluster({ nodes: 2 });
  store.create('deployments', newDeployment('web', 4));
  await run(5000);
  const old = store.list('pods').map((pod) => pod.metadata.uid);
  let fewest = 4;
  store.watch('pods', () => {
    const ready = store.list('pods').filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
    fewest = Math.min(fewest, ready.length);
  });
  store.update('deployments', 'default', 'web', (object) => {
    const template = workloadSpec(object).template ?? {};
    const metadata = { ...template.metadata, annotations: { version: '2' } };
    return { ...object, spec: { ...object.spec, template: { ...template, metadata } } };
  });
  await run(60_000);
  const now = store.list('pods');
  assert.equal(now.filter(isReady).length, 4);
  assert.equal(now.filter((pod) => old.includes(pod.metadata.uid)).length, 0);
  assert.equal(fewest, 3, 'maxUnavailable is 25 % of 4');
});

test('with Recreate no new pod starts before the last old one is gone', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  const web = newDeployment('web', 2, { cpu: '1' });
  store.create('deployments', { ...web, spec: { ...Object(web['spec']), strategy: { type: 'Recreate' } } });
  await run(5000);
  let most = 0;
  store.watch('pods', () => {
    most = Math.max(most, store.list('pods').length);
  });
  store.update('deployments', 'default', 'web', (object) => {
    const template = workloadSpec(object).template ?? {};
    const metadata = { ...template.metadata, annotations: { version: '2' } };
    return { ...object, spec: { ...object.spec, template: { ...template, metadata } } };
  });
  await run(20_000);
  assert.equal(most, 2);
  assert.ok(store.list('pods').every((pod) => pod.metadata.annotations?.['version'] === '2' && isReady(pod)));
});

test('a stateful set comes up in order, goes down from the top, and replaces a lost member under its name', async () => {
  const cluster = await testCluster({ nodes: 1 });
  const { store, run } = cluster;
  const labels = { app: 'db' };
  const order: string[] = [];
  store.watch('pods', ({ type, object }) => {
    if (type === 'ADDED') order.push(`${object.metadata.name} after ${store.list('pods').filter(isReady).length}`);
  });
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
  store.create('statefulsets', {
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example' }] } },
      volumeClaimTemplates,
    },
  });
  await run(30_000);
  assert.deepEqual(order, ['db-0 after 0', 'db-1 after 1', 'db-2 after 2']);
  assert.deepEqual(store.list('persistentvolumeclaims').map(keyOf), [
    'default/data-db-0',
    'default/data-db-1',
    'default/data-db-2',
  ]);
  store.delete('pods', 'default', 'db-1');
  await run(10_000);
  assert.deepEqual(podNames(cluster), ['db-0', 'db-1', 'db-2']);
  scale(cluster, 'statefulsets', 'db', 1);
  await run(10_000);
  assert.deepEqual(podNames(cluster), ['db-0']);
});

test('a daemon runs on each node it tolerates, also a cordoned one and one that joins later, and goes with its node', async () => {
  const { store, run, instances } = await testCluster({ nodes: 2 });
  store.update('nodes', '', 'web-2', (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
  const labels = { app: 'agent' };
  store.create('daemonsets', {
    metadata: { name: 'agent', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example' }] } },
    },
  });
  await run(5000);
  const nodes = (): readonly string[] => store.list('pods').map(nodeNameOf).toSorted();
  assert.deepEqual(nodes(), ['web-1', 'web-2']);
  instances.start({ poolTaints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] });
  const last = instances.start();
  await run(120_000);
  assert.deepEqual(nodes(), ['web-1', 'web-2', 'web-4'], 'web-3 has a taint that it does not tolerate');
  assert.equal(store.get('daemonsets', 'default', 'agent').status?.['numberReady'], 3);
  instances.destroy(last);
  await run(120_000);
  assert.deepEqual(nodes(), ['web-1', 'web-2']);
});

test('the add-ons of VKE come up: three daemons on each node, coredns twice, calico-kube-controllers once', async () => {
  const { store, run } = await testCluster({ nodes: 2, controllers: { addons: true } });
  await run(20_000);
  const pods = store.list('pods', 'kube-system');
  assert.equal(pods.length, 9);
  assert.ok(pods.every(isReady));
  assert.ok(pods.every((pod) => (podSpec(pod).priority ?? 0) >= 2_000_000_000));
});

test('a job runs so many pods at a time to so many completions, and is complete', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  store.create('jobs', newJob('train', { parallelism: 2, completions: 5 }));
  let most = 0;
  store.watch('pods', () => {
    most = Math.max(most, store.list('pods').filter((pod) => phaseOf(pod) === 'Running').length);
  });
  await run(130_000);
  assert.equal(store.get('jobs', 'default', 'train').status?.['succeeded'], 4);
  await run(70_000);
  const { status } = store.get('jobs', 'default', 'train');
  assert.deepEqual([status?.['succeeded'], status?.['active'], most], [5, 0, 2]);
  assert.match(JSON.stringify(status?.['conditions']), /"type":"Complete","status":"True"/);
});

test('an evicted pod of a job is replaced and counts as no failure; pods that fail beyond the limit end the job', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  store.create('jobs', newJob('patient', { completions: 1 }));
  await run(10_000);
  store.delete('pods', 'default', store.list('pods')[0]?.metadata.name ?? '');
  await run(120_000);
  const patient = store.get('jobs', 'default', 'patient').status;
  assert.deepEqual([patient?.['succeeded'], patient?.['failed']], [1, 0]);
  const annotations = { ...RUNS_60_SECONDS, [EXIT_CODE_ANNOTATION]: '1' };
  store.create('jobs', newJob('doomed', { completions: 1, backoffLimit: 1 }, annotations));
  await run(300_000);
  const doomed = store.get('jobs', 'default', 'doomed').status;
  assert.deepEqual([doomed?.['succeeded'], doomed?.['failed'], doomed?.['active']], [0, 2, 0]);
  assert.match(JSON.stringify(doomed?.['conditions']), /BackoffLimitExceeded/);
});

test('a finished job with a time to live goes, and its pods with it', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  store.create('jobs', newJob('short', { completions: 1, ttlSecondsAfterFinished: 100 }));
  await run(150_000);
  assert.equal(store.list('jobs').length, 1);
  await run(30_000);
  assert.deepEqual([store.list('jobs').length, store.list('pods').length], [0, 0]);
});

test('a pod whose owner never existed is collected, a pod without an owner is not', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  const ghost = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'ghost', uid: 'gone', controller: true };
  const orphan = newPod('orphan');
  store.create('pods', { ...orphan, metadata: { ...orphan.metadata, ownerReferences: [ghost] } });
  store.create('pods', newPod('free'));
  await run(10_000);
  assert.deepEqual(store.list('pods').map(keyOf), ['default/free']);
});
