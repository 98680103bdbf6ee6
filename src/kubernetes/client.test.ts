import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransportError } from '../runtime/http.ts';
import { kubernetesClient } from './client.ts';
import type { KubernetesError } from './errors.ts';
import { FakeTransport, jsonReply, statusReply, type Reply } from './testing/fake-transport.ts';
import { envelope, ProtobufWriter } from './testing/protobuf-writer.ts';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';

const NODE = '/api/v1/nodes/a';

function world(reply: Reply) {
  const clock = new VirtualClock();
  const transport = new FakeTransport(() => reply);
  return { clock, transport, client: kubernetesClient({ transport: transport.send, clock }) };
}

async function errorOf(reply: Reply, method: 'get' | 'update' = 'get'): Promise<KubernetesError> {
  const { client } = world(reply);
  const result = method === 'get' ? await client.get(NODE) : await client.update(NODE, {});
  return result.ok ? assert.fail('no error') : result.error;
}

test('each status becomes its kind of error, with the words of the server', async () => {
  const cases: readonly (readonly [Reply, KubernetesError['kind']])[] = [
    [statusReply(400, 'BadRequest'), 'invalid'],
    [statusReply(401, 'Unauthorized'), 'unauthorized'],
    [statusReply(403, 'Forbidden'), 'forbidden'],
    [statusReply(404, 'NotFound'), 'not-found'],
    [statusReply(409, 'Conflict'), 'conflict'],
    [statusReply(409, 'AlreadyExists'), 'already-exists'],
    [statusReply(410, 'Gone'), 'gone'],
    [statusReply(422, 'Invalid'), 'invalid'],
    [statusReply(429, 'TooManyRequests'), 'too-many-requests'],
    [statusReply(500, 'InternalError'), 'server-error'],
    [statusReply(503, 'ServiceUnavailable'), 'server-error'],
  ];
  for (const [reply, kind] of cases) {
    const error = await errorOf(reply);
    assert.equal(error.kind, kind);
    assert.match(error.message, /^get nodes "a": /);
  }
});

const wait = async (reply: Reply): Promise<number> => {
  const error = await errorOf(reply);
  return error.kind === 'too-many-requests' ? error.retryAfterMs : assert.fail(error.kind);
};

test('429 says how long to wait: by header, else by the Status, else a second', async () => {
  const withHeader = statusReply(429, 'TooManyRequests');
  assert.equal(await wait({ ...withHeader, headers: { ...withHeader.headers, 'retry-after': '7' } }), 7000);
  assert.equal(await wait(statusReply(429, 'TooManyRequests', { details: { retryAfterSeconds: 3 } })), 3000);
  assert.equal(await wait(statusReply(429, 'TooManyRequests')), 1000);
});

test('a Status in protobuf is understood', async () => {
  const raw = new ProtobufWriter().text(3, 'nope').text(4, 'NotFound').integer(6, 404).finish();
  const { client, transport } = world(statusReply(404, ''));
  transport.answer = () => ({
    status: 404,
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    body: (async function* () {
      yield await Promise.resolve(envelope('v1', 'Status', raw));
    })(),
  });
  const request = { path: '/api/v1/pods', accept: 'application/vnd.kubernetes.protobuf' };
  const result = await client.list(request, () => assert.fail('it is no list'));
  assert.equal(result.ok ? '' : result.error.message, 'list pods: nope');
});

test('a lost reply to a write has an unknown outcome, to a read none; a write that was not sent did nothing', async () => {
  assert.equal((await errorOf(new TransportError('reply-lost', 'reset'), 'update')).kind, 'unknown-outcome');
  assert.equal((await errorOf(new TransportError('reply-lost', 'reset'))).kind, 'unreachable');
  assert.equal((await errorOf(new TransportError('not-sent', 'refused'), 'update')).kind, 'unreachable');
});

test('a write that the server gave up waiting for has an unknown outcome; one it refused has not', async () => {
  assert.equal((await errorOf(statusReply(504, 'Timeout'), 'update')).kind, 'unknown-outcome');
  const etcd = statusReply(500, 'InternalError', { message: 'etcdserver: request timed out' });
  assert.equal((await errorOf(etcd, 'update')).kind, 'unknown-outcome');
  assert.equal((await errorOf(statusReply(500, 'InternalError'), 'update')).kind, 'server-error');
});

test('a page of a load balancer instead of a Status is still an error with its HTTP status', async () => {
  const error = await errorOf({
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: (async function* () {
      yield await Promise.resolve(Buffer.from('<h1>Bad Gateway</h1>'));
    })(),
  });
  assert.equal(error.kind, 'server-error');
  assert.equal(error.message, 'get nodes "a": HTTP 502');
});

test('a reply that is no JSON object is malformed', async () => {
  assert.equal((await errorOf(jsonReply([1]))).kind, 'malformed-reply');
});

test('a call without an answer ends at its deadline, on the injected clock', async () => {
  const { client, clock, transport } = world(jsonReply({}));
  transport.answer = () => new Promise(() => undefined);
  const read = client.get(NODE);
  const write = client.patch(NODE, { type: 'merge', body: {} });
  await clock.runFor(15_000);
  const [readResult, writeResult] = await Promise.all([read, write]);
  assert.equal(readResult.ok ? '' : readResult.error.kind, 'unreachable');
  assert.match(readResult.ok ? '' : readResult.error.message, /no answer within 15000 ms/);
  assert.equal(writeResult.ok ? '' : writeResult.error.kind, 'unknown-outcome');
  assert.equal(clock.pendingTimers, 0);
});

test("the caller's signal ends a call as aborted", async () => {
  const { client, transport } = world(jsonReply({}));
  transport.answer = () => new Promise(() => undefined);
  const stop = new AbortController();
  const read = client.get(NODE, stop.signal);
  stop.abort();
  const result = await read;
  assert.equal(result.ok ? '' : result.error.kind, 'aborted');
});

test('patches carry the content type of their kind', async () => {
  const { client, transport } = world(jsonReply({}));
  for (const type of ['merge', 'json', 'strategic'] as const) await client.patch(NODE, { type, body: {} });
  assert.deepEqual(
    transport.exchanges.map(({ request }) => request.headers['content-type']),
    ['application/merge-patch+json', 'application/json-patch+json', 'application/strategic-merge-patch+json'],
  );
});

test('a refusal names the missing right in the words of RBAC', async () => {
  const { client, transport } = world(jsonReply({}));
  transport.answer = () => statusReply(403, 'Forbidden', { message: 'no' });
  const eviction = await client.create('/api/v1/namespaces/shop/pods/web/eviction', {});
  const lease = await client.update('/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/ca', {});
  const watch = await client.watch('/apis/policy/v1/poddisruptionbudgets?watch=1', '*/*', new AbortController().signal);
  assert.deepEqual(
    [eviction, lease, watch].map((result) =>
      !result.ok && result.error.kind === 'forbidden' ? result.error.missingRight : '',
    ),
    ['create pods/eviction', 'update leases.coordination.k8s.io', 'watch poddisruptionbudgets.policy'],
  );
});
