/** The official JavaScript client, over a real socket: an independent judge of whether this looks like Kubernetes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  PolicyV1Api,
  V1MicroTime,
  makeInformer,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { realClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { serveHttp } from '../http-server.ts';
import type { HttpServer } from '../http-server.ts';
import { ApiServer } from './api-server.ts';
import { MemoryObjectStore } from './object-store.ts';
import { podNamed } from './test-client.ts';

function by(strategy: string): ReturnType<typeof setHeaderOptions> {
  return setHeaderOptions('Content-Type', strategy);
}

describe('the official client', () => {
  const random = seededRandom(1);
  const store = new MemoryObjectStore({ clock: realClock, random: random.stream('store') });
  const api = new ApiServer({ store, clock: realClock, random: random.stream('api') });
  const config = new KubeConfig();
  let server: HttpServer;

  before(async () => {
    server = await serveHttp({ handler: api.handle, logger: silentLogger });
    config.loadFromClusterAndUser({ name: 'sandbox', server: server.url, skipTLSVerify: true }, { name: 'nobody' });
    for (let index = 0; index < 7; index++) store.create('pods', podNamed(`pod-${index}`, { app: 'web' }));
  });
  after(async () => {
    await server.close();
  });

  it('lists in pages and reads what it listed', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const names: string[] = [];
    let from: string | undefined;
    do {
      const page = await core.listNamespacedPod({ namespace: 'default', limit: 3, ...(from && { _continue: from }) });
      for (const pod of page.items) names.push(pod.metadata?.name ?? '');
      ({ _continue: from } = page.metadata ?? {});
    } while (from !== undefined && from !== '');
    assert.deepEqual(names, ['pod-0', 'pod-1', 'pod-2', 'pod-3', 'pod-4', 'pod-5', 'pod-6']);
    const pod = await core.readNamespacedPod({ namespace: 'default', name: 'pod-3' });
    assert.equal(pod.spec?.restartPolicy, 'Always');
    assert.ok(pod.metadata?.creationTimestamp instanceof Date);
  });

  it('keeps an informer in step through changes', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const informer = makeInformer(config, '/api/v1/namespaces/default/pods', () =>
      core.listNamespacedPod({ namespace: 'default' }),
    );
    const seen: string[] = [];
    const heard = Promise.withResolvers<void>();
    const note =
      (what: string) =>
      (pod: V1Pod): void => {
        seen.push(`${what} ${pod.metadata?.name}`);
        if (what === 'delete') heard.resolve();
      };
    informer.on('add', note('add'));
    informer.on('update', note('update'));
    informer.on('delete', note('delete'));
    informer.on('error', (error: unknown) => heard.reject(error instanceof Error ? error : new Error(String(error))));
    await informer.start();
    // The client opens its watch after the list: changes from now on come through it.
    store.bind('default', 'pod-6', 'node-1');
    store.delete('pods', 'default', 'pod-6', { graceSeconds: 0 });
    await heard.promise;
    await informer.stop();
    assert.deepEqual(seen.slice(-2), ['update pod-6', 'delete pod-6']);
    assert.equal(informer.list().length, 6);
  });

  it('patches in all three ways', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'api' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'app:1' }] } };
    const body = { metadata: { name: 'api' }, spec: { selector: { matchLabels: labels }, template } };
    await apps.createNamespacedDeployment({ namespace: 'default', body });
    const at = { namespace: 'default', name: 'api' };
    const operations = [{ op: 'replace', path: '/spec/replicas', value: 2 }];
    const first = await apps.patchNamespacedDeployment({ ...at, body: operations }, by(PatchStrategy.JsonPatch));
    assert.equal(first.spec?.replicas, 2);
    const merge = { spec: { replicas: 3 } };
    const second = await apps.patchNamespacedDeployment({ ...at, body: merge }, by(PatchStrategy.MergePatch));
    assert.equal(second.spec?.replicas, 3);
    const strategic = { spec: { template: { spec: { containers: [{ name: 'main', image: 'app:2' }] } } } };
    const third = await apps.patchNamespacedDeployment(
      { ...at, body: strategic },
      by(PatchStrategy.StrategicMergePatch),
    );
    assert.deepEqual(
      third.spec?.template.spec?.containers.map((container) => container.image),
      ['app:2'],
    );
    const scale = await apps.readNamespacedDeploymentScale(at);
    assert.equal(scale.spec?.replicas, 3);
  });

  it('evicts a pod until a budget forbids it', async () => {
    const core = config.makeApiClient(CoreV1Api);
    const policy = config.makeApiClient(PolicyV1Api);
    for (const name of ['pod-0', 'pod-1']) {
      store.bind('default', name, 'node-1');
      const conditions = [{ type: 'Ready', status: 'True' }];
      store.update('pods', 'default', name, (pod) => ({
        ...pod,
        status: { ...pod.status, phase: 'Running', conditions },
      }));
    }
    store.create('poddisruptionbudgets', {
      metadata: { name: 'web', namespace: 'default' },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
      status: { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, observedGeneration: 1 },
    });
    const evict = (name: string): Promise<unknown> =>
      core.createNamespacedPodEviction({ name, namespace: 'default', body: { metadata: { name } } });
    await evict('pod-0');
    await assert.rejects(evict('pod-1'), { code: 429 });
    const budget = await policy.readNamespacedPodDisruptionBudget({ name: 'web', namespace: 'default' });
    assert.equal(budget.status?.disruptionsAllowed, 0);
    assert.ok(budget.status.disruptedPods?.['pod-0'] instanceof Date);
  });

  it('holds a lease, and loses the race for it', async () => {
    const coordination = config.makeApiClient(CoordinationV1Api);
    const at = { namespace: 'kube-system', name: 'leader' };
    const renewTime = new V1MicroTime(realClock.now());
    const body = { metadata: { name: 'leader' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime } };
    const lease = await coordination.createNamespacedLease({ namespace: 'kube-system', body });
    const renewed = await coordination.replaceNamespacedLease({ ...at, body: lease });
    assert.equal(renewed.metadata?.resourceVersion, lease.metadata?.resourceVersion, 'nothing changed yet');
    if (lease.spec !== undefined) lease.spec.holderIdentity = 'b';
    await coordination.replaceNamespacedLease({ ...at, body: lease });
    await assert.rejects(coordination.replaceNamespacedLease({ ...at, body: lease }), { code: 409 });
  });
});
