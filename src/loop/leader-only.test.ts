import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpRequest, TransportError } from '../runtime/http.ts';
import { leaderOnly } from './leader-only.ts';

const NO_REPLY = new TransportError('reply-lost', 'nobody is there');

test('I5: without the lease only reads are sent, and what is sent with it asks for it again at the wire', async () => {
  const sent: HttpRequest[] = [];
  let isLeader = true;
  const send = leaderOnly(
    (request) => {
      sent.push(request);
      return Promise.reject(NO_REPLY);
    },
    () => isLeader,
  );
  await assert.rejects(send({ method: 'PATCH', path: '/a', headers: {} }), NO_REPLY);
  const [{ mayBeSent } = assert.fail()] = sent;
  assert.equal(mayBeSent?.(), true);
  isLeader = false;
  assert.equal(mayBeSent(), false);
  await assert.rejects(send({ method: 'GET', path: '/b', headers: {} }), NO_REPLY);
  await assert.rejects(send({ method: 'DELETE', path: '/c', headers: {} }), { failure: 'not-sent' });
  assert.deepEqual(
    sent.map(({ path }) => path),
    ['/a', '/b'],
  );
});
