import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textAt } from './json.ts';
import { podNamed, testServer } from './test-client.ts';
import type { Sent } from './test-client.ts';

const PODS = '/api/v1/namespaces/default/pods';

it('bad input is answered with a Status that says what is wrong', async () => {
  const { ask, store } = testServer();
  store.create('pods', podNamed('pod-0'));
  const cases: readonly (readonly [string, Sent, number, string])[] = [
    ['GET /api/v1/widgets', {}, 404, 'NotFound'],
    ['GET /apis/example.com/v1/widgets', {}, 404, 'NotFound'],
    ['GET /apis/apps/v1beta1/deployments', {}, 404, 'NotFound'],
    [`GET ${PODS}/nobody`, {}, 404, 'NotFound'],
    [`GET ${PODS}/pod-0/log`, {}, 404, 'NotFound'],
    [`POST ${PODS}`, { body: '{"metadata":' }, 400, 'BadRequest'],
    [`POST ${PODS}`, { body: '[]' }, 400, 'BadRequest'],
    [`POST ${PODS}`, { body: { kind: 'Node', metadata: { name: 'x' } } }, 400, 'BadRequest'],
    [`POST ${PODS}`, { body: { ...podNamed('x'), metadata: { name: 'x', namespace: 'other' } } }, 400, 'BadRequest'],
    [`POST ${PODS}`, { body: { metadata: { name: 'x' }, spec: {} } }, 422, 'Invalid'],
    [`POST ${PODS}`, { body: { metadata: { name: 'x', labels: { a: 1 } } } }, 400, 'BadRequest'],
    [`POST ${PODS}`, { body: podNamed('pod-0') }, 409, 'AlreadyExists'],
    [`POST /api/v1/pods`, { body: podNamed('x') }, 405, 'MethodNotAllowed'],
    [`POST ${PODS}`, { headers: { 'content-type': 'text/plain' }, body: 'x' }, 415, 'UnsupportedMediaType'],
    [
      `PATCH ${PODS}/pod-0`,
      { headers: { 'content-type': 'application/apply-patch+yaml' }, body: '{}' },
      415,
      'UnsupportedMediaType',
    ],
    [`PUT ${PODS}`, { body: {} }, 405, 'MethodNotAllowed'],
    [`GET ${PODS}`, { headers: { accept: 'application/vnd.kubernetes.protobuf' } }, 406, 'NotAcceptable'],
    [`GET ${PODS}?limit=many`, {}, 400, 'BadRequest'],
    [`GET ${PODS}?labelSelector=%3D`, {}, 400, 'BadRequest'],
    ['GET /api/v1/%zz', {}, 400, 'BadRequest'],
    [`POST ${PODS}`, { body: 'x'.repeat(4 * 1024 * 1024) }, 413, 'RequestEntityTooLarge'],
  ];
  for (const [what, sent, status, reason] of cases) {
    const answer = await ask(what, sent);
    assert.deepEqual([answer.status, answer.body['reason']], [status, reason], what);
    assert.equal(answer.body['kind'], 'Status', what);
    assert.notEqual(textAt(answer.body, 'message'), '', what);
  }
});
