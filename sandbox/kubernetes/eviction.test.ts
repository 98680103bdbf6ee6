import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { listAt, numberAt, recordAt, textAt, valueAt } from './json.ts';
import { podNamed, testServer } from './test-client.ts';
import type { Answer, TestServer } from './test-client.ts';

describe('an eviction', () => {
  let server: TestServer;

  /** A pod of the app `web` on a node. */
  function addPod(name: string, state: { readonly phase: string; readonly ready: boolean }): void {
    const { store } = server;
    store.create('pods', podNamed(name, { app: 'web' }));
    store.bind('default', name, 'node-1');
    const conditions = [{ type: 'Ready', status: state.ready ? 'True' : 'False' }];
    store.update('pods', 'default', name, (pod) => ({
      ...pod,
      status: { ...pod.status, phase: state.phase, conditions },
    }));
  }

  function addBudget(name: string, status: object, spec: object = {}): void {
    server.store.create('poddisruptionbudgets', {
      metadata: { name, namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'web' } }, minAvailable: 1, ...spec },
      status: { observedGeneration: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, ...status },
    });
  }

  function evict(name: string, deleteOptions: object = {}): Promise<Answer> {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' }, deleteOptions };
    return server.ask(`POST /api/v1/namespaces/default/pods/${name}/eviction`, { body });
  }

  beforeEach(() => {
    server = testServer();
    addPod('a', { phase: 'Running', ready: true });
    addPod('b', { phase: 'Running', ready: true });
  });

  it('that means another pod of the same name is refused, and neither marks the pod nor spends a budget', async () => {
    addBudget('web', { disruptionsAllowed: 1 });
    const before = server.store.get('pods', 'default', 'a');
    const refused = await evict('a', { preconditions: { uid: 'of-an-earlier-pod' } });
    assert.equal(refused.status, 409);
    assert.equal(server.store.get('pods', 'default', 'a'), before);
    assert.equal(numberAt(server.store.get('poddisruptionbudgets', 'default', 'web').status, 'disruptionsAllowed'), 1);
  });

  it('spends what the budget allows, then is refused in the words of the real server', async () => {
    addBudget('web', { disruptionsAllowed: 1 });
    assert.equal((await evict('a')).status, 201);
    const pod = server.store.get('pods', 'default', 'a');
    assert.equal(pod.metadata.deletionGracePeriodSeconds, 30);
    assert.ok(listAt(pod.status, 'conditions').some((one) => textAt(one, 'reason') === 'EvictionByEvictionAPI'));
    const { status } = server.store.get('poddisruptionbudgets', 'default', 'web');
    assert.equal(numberAt(status, 'disruptionsAllowed'), 0);
    assert.deepEqual(Object.keys(recordAt(status, 'disruptedPods')), ['a']);

    const refused = await evict('b');
    assert.equal(refused.status, 429);
    assert.equal(refused.body['reason'], 'TooManyRequests');
    assert.equal(refused.body['message'], "Cannot evict pod as it would violate the pod's disruption budget.");
    assert.deepEqual(valueAt(refused.body, 'details', 'causes'), [
      { reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 2 currently' },
    ]);
    assert.equal(server.store.get('pods', 'default', 'b').metadata.deletionTimestamp, undefined);
  });

  it('of a pod that does not run, or already goes, asks no budget', async () => {
    addBudget('web', { disruptionsAllowed: 0, currentHealthy: 0 });
    addPod('pending', { phase: 'Pending', ready: false });
    addPod('done', { phase: 'Succeeded', ready: false });
    assert.equal((await evict('pending')).status, 201);
    assert.equal((await evict('done')).status, 201);
    assert.equal(server.store.find('pods', 'default', 'done'), undefined);
    server.store.delete('pods', 'default', 'a');
    assert.equal((await evict('a')).status, 201);
  });

  it('of an unready pod depends on the policy for unhealthy pods', async () => {
    addPod('sick', { phase: 'Running', ready: false });
    addBudget('web', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2 });
    assert.equal((await evict('sick')).status, 429);
    server.store.update('poddisruptionbudgets', 'default', 'web', (budget) => ({
      ...budget,
      status: { ...budget.status, currentHealthy: 2, desiredHealthy: 2 },
    }));
    assert.equal((await evict('sick')).status, 201, 'the budget is met without it');
    addPod('sickly', { phase: 'Running', ready: false });
    server.store.update('poddisruptionbudgets', 'default', 'web', (budget) => ({
      ...budget,
      status: { ...budget.status, currentHealthy: 0, desiredHealthy: 0 },
    }));
    assert.equal((await evict('sickly')).status, 429, 'a budget that wants nothing is not met but empty');
    addPod('sicker', { phase: 'Running', ready: false });
    server.store.delete('poddisruptionbudgets', 'default', 'web');
    const always = { unhealthyPodEvictionPolicy: 'AlwaysAllow' };
    addBudget('always', { disruptionsAllowed: 0, currentHealthy: 0 }, always);
    assert.equal((await evict('sicker')).status, 201);
  });

  it('waits for a budget whose controller has not seen its latest spec', async () => {
    addBudget('web', { disruptionsAllowed: 5, observedGeneration: 0 });
    const refused = await evict('a');
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '10');
  });

  it('of a pod under two budgets is an error of the server', async () => {
    addBudget('one', { disruptionsAllowed: 1 });
    addBudget('two', { disruptionsAllowed: 1 });
    const refused = await evict('a');
    assert.equal(refused.status, 500);
    assert.match(textAt(refused.body, 'message'), /more than one PodDisruptionBudget/);
  });

  it('honours grace and preconditions, and says when the pod is gone', async () => {
    assert.equal((await evict('a', { preconditions: { uid: 'other' } })).status, 409);
    assert.equal((await evict('a', { gracePeriodSeconds: 3 })).status, 201);
    assert.equal(server.store.get('pods', 'default', 'a').metadata.deletionGracePeriodSeconds, 3);
    assert.equal((await evict('nobody')).status, 404);
    assert.equal(
      (await server.ask('POST /api/v1/namespaces/default/pods/b/eviction?dryRun=All', { body: {} })).status,
      201,
    );
    assert.equal(server.store.get('pods', 'default', 'b').metadata.deletionTimestamp, undefined);
  });
});
