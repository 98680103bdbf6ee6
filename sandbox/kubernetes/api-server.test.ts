import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listAt, numberAt, recordAt, textAt, valueAt } from './json.ts';
import { podNamed, testServer } from './test-client.ts';
import type { Answer, TestServer } from './test-client.ts';

const PODS = '/api/v1/namespaces/default/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const MERGE = { 'content-type': 'application/merge-patch+json' };

function deployment(name: string): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'app' }] } };
  return { metadata: { name }, spec: { selector: { matchLabels: labels }, template } };
}

function itemNames(answer: Answer): readonly string[] {
  return listAt(answer.body, 'items').map((item) => textAt(item, 'metadata', 'name'));
}

function withPods(count: number): TestServer {
  const server = testServer();
  for (let index = 0; index < count; index++) {
    server.store.create('pods', podNamed(`pod-${index}`, { parity: index % 2 === 0 ? 'even' : 'odd' }));
  }
  return server;
}

describe('an object through the API', () => {
  it('is created, read, replaced, patched and deleted', async () => {
    const { ask } = testServer();
    const created = await ask(`POST ${DEPLOYMENTS}`, { body: deployment('web') });
    assert.equal(created.status, 201);
    assert.equal(valueAt(created.body, 'spec', 'replicas'), 1);
    assert.equal(textAt(created.body, 'kind'), 'Deployment');
    const replaced = await ask(`PUT ${DEPLOYMENTS}/web`, { body: { ...created.body, status: { replicas: 9 } } });
    assert.equal(replaced.status, 200);
    assert.equal(valueAt(replaced.body, 'status'), undefined, 'the status has its own endpoint');
    const patched = await ask(`PATCH ${DEPLOYMENTS}/web`, { headers: MERGE, body: { spec: { replicas: 4 } } });
    assert.equal(numberAt(patched.body, 'metadata', 'generation'), 2);
    const reported = await ask(`PATCH ${DEPLOYMENTS}/web/status`, {
      headers: MERGE,
      body: { status: { replicas: 4 } },
    });
    assert.equal(numberAt(reported.body, 'status', 'replicas'), 4);
    const scaled = await ask(`PATCH ${DEPLOYMENTS}/web/scale`, { headers: MERGE, body: { spec: { replicas: 2 } } });
    assert.equal(numberAt(scaled.body, 'spec', 'replicas'), 2);
    assert.equal(textAt(scaled.body, 'status', 'selector'), 'app=web');
    const deleted = await ask(`DELETE ${DEPLOYMENTS}/web`);
    assert.equal(textAt(deleted.body, 'status'), 'Success');
    assert.equal((await ask(`GET ${DEPLOYMENTS}/web`)).status, 404);
  });

  it('keeps its labels when its status is written, unless it is a pod or a node', async () => {
    const { ask } = withPods(1);
    await ask(`POST ${DEPLOYMENTS}`, { body: deployment('web') });
    const body = { metadata: { labels: { seen: 'yes' } }, status: { observedGeneration: 1 } };
    const web = await ask(`PATCH ${DEPLOYMENTS}/web/status`, { headers: MERGE, body });
    assert.equal(valueAt(web.body, 'metadata', 'labels'), undefined);
    const pod = await ask(`PATCH ${PODS}/pod-0/status`, { headers: MERGE, body });
    assert.equal(textAt(pod.body, 'metadata', 'labels', 'seen'), 'yes');
  });

  it('is not overwritten by a writer that read an older version', async () => {
    const { ask } = testServer();
    const first = await ask(`POST ${DEPLOYMENTS}`, { body: deployment('web') });
    await ask(`PATCH ${DEPLOYMENTS}/web`, { headers: MERGE, body: { spec: { replicas: 4 } } });
    const late = await ask(`PUT ${DEPLOYMENTS}/web`, { body: first.body });
    assert.equal(late.status, 409);
    assert.equal(
      textAt(late.body, 'message'),
      'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
    );
    assert.deepEqual(late.body['details'], { name: 'web', kind: 'deployments', group: 'apps' });
    const other = { metadata: { ...recordAt(first.body, 'metadata'), resourceVersion: '', uid: 'another' } };
    assert.equal((await ask(`PUT ${DEPLOYMENTS}/web`, { body: { ...first.body, ...other } })).status, 409);
  });

  it('of a kind that leader election uses needs its version on every update', async () => {
    const { ask } = testServer();
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
    const lease = { metadata: { name: 'leader' }, spec: { holderIdentity: 'a' } };
    assert.equal((await ask(`PUT ${leases}/leader`, { body: lease })).status, 201);
    assert.equal((await ask(`PUT ${leases}/leader`, { body: lease })).status, 422);
  });

  it('keeps the fields that may not change', async () => {
    const { ask, store } = withPods(1);
    const json = { 'content-type': 'application/json-patch+json' };
    const bind = [{ op: 'add', path: '/spec/nodeName', value: 'node-1' }];
    assert.equal((await ask(`PATCH ${PODS}/pod-0`, { headers: json, body: bind })).status, 422);
    const target = { target: { kind: 'Node', name: 'node-1' } };
    assert.equal((await ask(`POST ${PODS}/pod-0/binding`, { body: target })).status, 201);
    assert.equal((await ask(`POST ${PODS}/pod-0/binding`, { body: target })).status, 409);
    assert.equal(store.podsOnNode('node-1').length, 1);
    await ask(`POST ${DEPLOYMENTS}`, { body: deployment('web') });
    const selector = { spec: { selector: { matchLabels: { app: 'other' } } } };
    assert.equal((await ask(`PATCH ${DEPLOYMENTS}/web`, { headers: MERGE, body: selector })).status, 422);
  });

  it('is checked on every update, too', async () => {
    const { ask, store } = testServer();
    store.create('nodes', { metadata: { name: 'node-1' } });
    await ask(`POST ${DEPLOYMENTS}`, { body: deployment('web') });
    const taints = async (...list: readonly object[]): Promise<Answer> =>
      ask('PATCH /api/v1/nodes/node-1', { headers: MERGE, body: { spec: { taints: list } } });
    const taint = { key: 'a', effect: 'NoSchedule' };
    assert.equal((await taints(taint, { ...taint, effect: 'NoExecute' })).status, 200);
    const doubled = await taints(taint, taint);
    assert.equal(doubled.status, 422);
    assert.equal(
      textAt(doubled.body, 'message'),
      'Node "node-1" is invalid: metadata.taints[1]: taints must be unique by key and effect pair',
    );
    assert.equal((await taints({ key: 'a', effect: 'Sometimes' })).status, 422);
    const negative = await ask(`PATCH ${DEPLOYMENTS}/web`, { headers: MERGE, body: { spec: { replicas: -1 } } });
    assert.equal(negative.status, 422);
  });

  it('of the newer events API is the same event under other names', async () => {
    const { ask } = testServer();
    const event = {
      metadata: { name: 'e' },
      regarding: { kind: 'Pod', name: 'p' },
      note: 'hello',
      reason: 'R',
      type: 'Normal',
      reportingController: 'me',
    };
    const created = await ask('POST /apis/events.k8s.io/v1/namespaces/default/events', { body: event });
    assert.equal(created.status, 201);
    assert.equal(textAt(created.body, 'note'), 'hello');
    const core = await ask('GET /api/v1/namespaces/default/events?fieldSelector=involvedObject.name=p');
    assert.equal(textAt(listAt(core.body, 'items')[0], 'message'), 'hello');
  });

  it('stays as it is in a dry run', async () => {
    const { ask, store } = withPods(1);
    const before = store.revision;
    assert.equal((await ask(`POST ${DEPLOYMENTS}?dryRun=All`, { body: deployment('web') })).status, 201);
    assert.equal((await ask(`DELETE ${PODS}/pod-0`, { body: { dryRun: ['All'] } })).status, 200);
    assert.equal(store.revision, before);
  });

  it('can leave its dependents behind', async () => {
    const { ask, store } = testServer();
    const owner = store.create('configmaps', { metadata: { name: 'owner', namespace: 'default' } });
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid }];
    store.create('configmaps', { metadata: { name: 'owned', namespace: 'default', ownerReferences } });
    await ask('DELETE /api/v1/namespaces/default/configmaps/owner?propagationPolicy=Orphan');
    assert.deepEqual(store.get('configmaps', 'default', 'owned').metadata.ownerReferences, []);
  });
});

describe('a list through the API', () => {
  it('comes in pages that all show one moment', async () => {
    const { ask, store } = withPods(5);
    const first = await ask(`GET ${PODS}?limit=2`);
    assert.deepEqual(itemNames(first), ['pod-0', 'pod-1']);
    assert.equal(valueAt(first.body, 'metadata', 'remainingItemCount'), 3);
    store.delete('pods', 'default', 'pod-3');
    store.create('pods', podNamed('pod-9'));
    const second = await ask(`GET ${PODS}?limit=2&continue=${textAt(first.body, 'metadata', 'continue')}`);
    assert.deepEqual(itemNames(second), ['pod-2', 'pod-3']);
    assert.equal(textAt(second.body, 'metadata', 'resourceVersion'), textAt(first.body, 'metadata', 'resourceVersion'));
    const third = await ask(`GET ${PODS}?limit=2&continue=${textAt(second.body, 'metadata', 'continue')}`);
    assert.deepEqual(itemNames(third), ['pod-4']);
    assert.equal(textAt(third.body, 'metadata', 'continue'), '');
  });

  it('that was compacted between its pages expires, and may go on inconsistently', async () => {
    const { ask, store } = withPods(5);
    const first = await ask(`GET ${PODS}?limit=2`);
    store.create('pods', podNamed('pod-9'));
    store.compact();
    const expired = await ask(`GET ${PODS}?limit=2&continue=${textAt(first.body, 'metadata', 'continue')}`);
    assert.equal(expired.status, 410);
    assert.equal(expired.body['reason'], 'Expired');
    const rest = await ask(`GET ${PODS}?continue=${textAt(expired.body, 'metadata', 'continue')}`);
    assert.deepEqual(itemNames(rest), ['pod-2', 'pod-3', 'pod-4', 'pod-9']);
    assert.equal((await ask(`GET ${PODS}?limit=2&continue=nonsense`)).status, 400);
  });

  it('is filtered by labels and fields, and leaves out what filtered lists cannot know', async () => {
    const { ask, store } = withPods(5);
    store.bind('default', 'pod-2', 'node-1');
    assert.deepEqual(itemNames(await ask(`GET ${PODS}?labelSelector=parity%3Dodd`)), ['pod-1', 'pod-3']);
    assert.deepEqual(itemNames(await ask(`GET /api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1`)), ['pod-2']);
    assert.deepEqual(itemNames(await ask(`GET ${PODS}?fieldSelector=metadata.name%3Dpod-4`)), ['pod-4']);
    const page = await ask(`GET ${PODS}?labelSelector=parity%3Deven&limit=1`);
    assert.deepEqual(itemNames(page), ['pod-0']);
    assert.equal(valueAt(page.body, 'metadata', 'remainingItemCount'), undefined);
    assert.equal((await ask(`GET ${PODS}?fieldSelector=spec.color%3Dred`)).status, 400);
  });

  it('of a version that does not exist yet has to wait', async () => {
    const { ask } = withPods(1);
    const answer = await ask(`GET ${PODS}?resourceVersion=9999`);
    assert.equal(answer.status, 504);
    assert.equal(answer.headers['retry-after'], '1');
  });

  it('deletes what it selects, as a collection', async () => {
    const { ask, store } = withPods(4);
    assert.equal((await ask(`DELETE ${PODS}?labelSelector=parity%3Dodd`)).status, 200);
    assert.deepEqual(
      store.list('pods').map((pod) => pod.metadata.name),
      ['pod-0', 'pod-2'],
    );
  });
});
