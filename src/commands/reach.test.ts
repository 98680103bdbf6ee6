import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpResponse, HttpTransport } from '../runtime/http.ts';
import { throughApiServer } from './reach.ts';

const WHERE = { namespace: 'kube-system', service: 'vke-autoscaler', port: '8085', lease: 'cluster-autoscaler' };
const SERVICE = '/api/v1/namespaces/kube-system/services/vke-autoscaler:8085/proxy';
const POD = '/api/v1/namespaces/kube-system/pods/autoscaler-1:8085/proxy';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cluster-autoscaler';

const ANSWER = { kind: 'node', node: 'web-1' };
const NO_SERVICE = { kind: 'Status', message: 'services "vke-autoscaler" not found' };
const NOT_LEADING = { error: 'this replica does not lead', reason: 'not-leading' };

type Replies = Readonly<Record<string, () => [number, object]>>;

/** An API server that knows these paths. */
function apiServer(replies: Replies): { readonly asked: string[]; readonly send: HttpTransport } {
  const asked: string[] = [];
  return {
    asked,
    send: ({ path }) => {
      asked.push(path);
      const [status, body] = replies[path]?.() ?? [404, { kind: 'Status', message: 'not found' }];
      return Promise.resolve(response(status, body));
    },
  };
}

function response(status: number, body: object): HttpResponse {
  return { status, headers: {}, body: new Blob([JSON.stringify(body)]).stream() };
}

describe('reaching the autoscaler', () => {
  it('goes through the Service', async () => {
    const server = apiServer({ [`${SERVICE}/explain/nodes/web-1`]: () => [200, ANSWER] });
    const reply = await throughApiServer(server.send, WHERE)('/explain/nodes/web-1');
    assert.ok(reply.ok);
    assert.deepEqual(JSON.parse(reply.value.body), ANSWER);
    assert.equal(server.asked.length, 1);
  });

  it('asks again when a replica answers that does not lead', async () => {
    let asked = 0;
    const server = apiServer({
      [`${SERVICE}/decisions`]: () => (++asked < 4 ? [503, NOT_LEADING] : [200, { decisions: [] }]),
    });
    const reply = await throughApiServer(server.send, WHERE)('/decisions');
    assert.equal(reply.ok && reply.value.status, 200);
    assert.equal(asked, 4);
  });

  it('gives up where nobody leads, and hands on what was said', async () => {
    const server = apiServer({ [`${SERVICE}/decisions`]: () => [503, NOT_LEADING] });
    const reply = await throughApiServer(server.send, WHERE)('/decisions');
    assert.equal(reply.ok && reply.value.status, 503);
    assert.equal(server.asked.length, 12);
  });

  it('without a Service goes to the pod that holds the Lease', async () => {
    const server = apiServer({
      [`${SERVICE}/decisions`]: () => [404, NO_SERVICE],
      [LEASE]: () => [200, { spec: { holderIdentity: 'autoscaler-1_5f1c' } }],
      [`${POD}/decisions`]: () => [200, { decisions: [] }],
    });
    const reply = await throughApiServer(server.send, WHERE)('/decisions');
    assert.equal(reply.ok && reply.value.status, 200);
  });

  it('says what is missing when there is neither', async () => {
    const server = apiServer({ [`${SERVICE}/decisions`]: () => [404, NO_SERVICE] });
    const reply = await throughApiServer(server.send, WHERE)('/decisions');
    assert.deepEqual(reply, {
      ok: false,
      error: 'cannot reach Service kube-system/vke-autoscaler: services "vke-autoscaler" not found',
    });
  });

  it('hands on that there is no such thing, which is the autoscaler’s own answer', async () => {
    const server = apiServer({
      [`${SERVICE}/explain/nodes/x`]: () => [404, { error: 'there is no node x', near: [] }],
    });
    const reply = await throughApiServer(server.send, WHERE)('/explain/nodes/x');
    assert.equal(reply.ok && reply.value.status, 404);
    assert.equal(server.asked.length, 1);
  });
});
