import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import { budgetOf } from './disruption.ts';
import { newDeployment, newPod, testCluster } from './test-cluster.ts';

const TEN_HEALTHY = { count: 10, healthy: 10, scale: 10 };

test('minAvailable as a number is what must stay healthy', () => {
  assert.deepEqual(budgetOf({ minAvailable: 8 }, TEN_HEALTHY), {
    expectedPods: 10,
    currentHealthy: 10,
    desiredHealthy: 8,
    disruptionsAllowed: 2,
  });
});

test('percentages are of the wanted scale and rounded up, for minAvailable and for maxUnavailable', () => {
  const seven = { count: 7, healthy: 7, scale: 7 };
  assert.equal(budgetOf({ minAvailable: '50%' }, seven)?.desiredHealthy, 4);
  assert.equal(budgetOf({ maxUnavailable: '30%' }, seven)?.desiredHealthy, 4, '30 % of 7 is 2.1, so 3 may be away');
});

test('a budget that needs a scale has none to offer when a pod has no controller', () => {
  assert.equal(budgetOf({ maxUnavailable: 1 }, { count: 1, healthy: 1, scale: undefined }), undefined);
  assert.equal(budgetOf({ minAvailable: '50%' }, { count: 1, healthy: 1, scale: undefined }), undefined);
  assert.equal(budgetOf({ minAvailable: 0 }, { count: 1, healthy: 1, scale: undefined })?.disruptionsAllowed, 1);
});

test('property: taking all allowed disruptions never leaves fewer healthy pods than desired, and none is held back needlessly', () => {
  const bound = fc.oneof(
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  fc.assert(
    fc.property(fc.boolean(), bound, fc.nat(30), fc.nat(30), (min, value, scale, unhealthy) => {
      const healthy = Math.max(0, scale - unhealthy);
      const spec = min ? { minAvailable: value } : { maxUnavailable: value };
      const budget = budgetOf(spec, { count: scale, healthy, scale });
      assert.ok(budget);
      const left = healthy - budget.disruptionsAllowed;
      assert.ok(budget.disruptionsAllowed === 0 || left === budget.desiredHealthy);
    }),
  );
});

test('the status follows the pods: a pod away is one disruption less', async () => {
  const { store, run } = await testCluster({ nodes: 1 });
  store.create('poddisruptionbudgets', {
    metadata: { name: 'web', namespace: 'default' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  store.create('deployments', newDeployment('web', 3));
  store.create('pods', newPod('other'));
  const status = (): Readonly<Record<string, unknown>> | undefined =>
    store.get('poddisruptionbudgets', 'default', 'web').status;
  await run(20);
  assert.equal(status()?.['disruptionsAllowed'], 0, 'no pod is ready yet');
  await run(5000);
  assert.deepEqual(
    [status()?.['expectedPods'], status()?.['currentHealthy'], status()?.['disruptionsAllowed']],
    [3, 3, 1],
  );
  store.delete(
    'pods',
    'default',
    store.list('pods').find((pod) => pod.metadata.labels?.['app'] === 'web')?.metadata.name ?? '',
  );
  await run(100);
  assert.deepEqual([status()?.['currentHealthy'], status()?.['disruptionsAllowed']], [2, 0]);
  await run(10_000);
  assert.equal(status()?.['disruptionsAllowed'], 1, 'the pod was replaced');
});

test('a granted eviction counts until the pod goes, and is forgotten after two minutes if it never does', async () => {
  const { store, run, clock } = await testCluster({ nodes: 1 });
  store.create('deployments', newDeployment('web', 2));
  store.create('poddisruptionbudgets', {
    metadata: { name: 'web', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  await run(5000);
  const [pod] = store.list('pods');
  assert.ok(pod);
  const allowed = (): unknown => store.get('poddisruptionbudgets', 'default', 'web').status?.['disruptionsAllowed'];
  assert.equal(allowed(), 1);
  store.update('poddisruptionbudgets', 'default', 'web', (budget) => ({
    ...budget,
    status: { ...budget.status, disruptedPods: { [pod.metadata.name]: formatTimestamp(clock.now()) } },
  }));
  await run(60_000);
  assert.equal(allowed(), 0);
  await run(61_000);
  assert.equal(allowed(), 1);
});
