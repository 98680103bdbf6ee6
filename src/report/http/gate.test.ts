import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textAt } from '../../../sandbox/kubernetes/json.ts';
import { VirtualClock } from '../../../sandbox/time/virtual-clock.ts';
import { reviewAccess } from '../../kubernetes/access-review.ts';
import { kubernetesClient } from '../../kubernetes/client.ts';
import type { HttpTransport } from '../../runtime/http.ts';
import { type Logger, silentLogger } from '../../runtime/log.ts';
import { type Answer, answerOf, type Handler, text } from './answer.ts';
import { gateHandler } from './gate.ts';

/** Knows one token, of a user who may get some paths. */
class FakeApiServer {
  readonly asked: { readonly path: string; readonly body: unknown }[] = [];
  allowed = ['/decisions'];
  isAway = false;
  /** Holds every answer back until it resolves. */
  until: Promise<void> | undefined;

  readonly send: HttpTransport = async ({ path, body }) => {
    const review: unknown = JSON.parse(String(body));
    this.asked.push({ path, body: review });
    await this.until;
    if (this.isAway) return answer(503, { kind: 'Status', message: 'starting' });
    return answer(201, { status: path.includes('tokenreviews') ? who(review) : this.#may(review) });
  };

  #may(review: unknown): object {
    const path = textAt(review, 'spec', 'nonResourceAttributes', 'path');
    return {
      allowed: this.allowed.includes(path) && textAt(review, 'spec', 'nonResourceAttributes', 'verb') === 'get',
    };
  }
}

function who(review: unknown): object {
  const user = { username: 'jane', uid: 'u-1', groups: ['ops'], extra: { scopes: ['a'] } };
  return textAt(review, 'spec', 'token') === 'janes-token'
    ? { authenticated: true, user }
    : { authenticated: false, error: 'unknown' };
}

function answer(status: number, value: object) {
  async function* body() {
    yield await Promise.resolve(Buffer.from(JSON.stringify(value)));
  }
  return Promise.resolve({ status, headers: { 'content-type': 'application/json' }, body: body() });
}

const open: Handler = ({ path }) => (path === '/health-check' ? text(200, 'OK') : undefined);
const secret: Handler = () => text(200, 'why');

function aGate() {
  const api = new FakeApiServer();
  const clock = new VirtualClock();
  const said: string[] = [];
  const warn: Logger['warn'] = (message, fields) => void said.push(`${message} ${JSON.stringify(fields)}`);
  const client = kubernetesClient({ transport: api.send, clock });
  const logger: Logger = { ...silentLogger, warn };
  const gate = gateHandler({ review: (token, path) => reviewAccess(client, token, path), clock, logger });
  const ask = async (path: string, authorization?: string): Promise<Answer> => {
    const given = await answerOf([open, gate, secret], path, { authorization });
    assert.ok(!('stream' in given));
    return given;
  };
  return { api, clock, said, ask };
}

describe('with --authenticate-requests', () => {
  it('health is for everybody, all else for who shows a token that may get the path', async () => {
    const { api, ask } = aGate();
    assert.equal((await ask('/health-check')).status, 200);
    assert.equal((await ask('/decisions')).status, 401);
    assert.equal(api.asked.length, 0);
    assert.deepEqual(await ask('/decisions', 'Bearer janes-token'), text(200, 'why'));
    assert.deepEqual(api.asked.at(-1)?.body, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: 'jane',
        uid: 'u-1',
        groups: ['ops'],
        extra: { scopes: ['a'] },
        nonResourceAttributes: { path: '/decisions', verb: 'get' },
      },
    });
  });

  it('a token that the API server does not know is refused, and one that may not get the path is told who it is', async () => {
    const { ask } = aGate();
    assert.equal((await ask('/decisions', 'Bearer made-up')).status, 401);
    const forbidden = await ask('/snapshotz', 'Bearer janes-token');
    assert.equal(forbidden.status, 403);
    assert.match(forbidden.body, /jane may not get \/snapshotz/);
  });

  it('what is no bearer token is not passed on', async () => {
    const { api, ask } = aGate();
    for (const header of ['', 'Bearer', 'Bearer ', 'Basic amFuZTpw', 'Bearer a b', 'janes-token']) {
      assert.equal((await ask('/decisions', header)).status, 401, header);
    }
    assert.equal(api.asked.length, 0);
  });

  it('an answer counts for ten seconds, and then a right that is gone is gone', async () => {
    const { api, clock, ask } = aGate();
    await ask('/decisions', 'Bearer janes-token');
    api.allowed = [];
    assert.equal((await ask('/decisions', 'Bearer janes-token')).status, 200);
    assert.equal(api.asked.length, 2);
    await clock.runFor(10_001);
    assert.equal((await ask('/decisions', 'Bearer janes-token')).status, 403);
  });

  it('an answer for one path is none for another, nor for another token', async () => {
    const { ask } = aGate();
    assert.equal((await ask('/decisions', 'Bearer janes-token')).status, 200);
    assert.equal((await ask('/decisions/x-1', 'Bearer janes-token')).status, 403);
    assert.equal((await ask('/decisions', 'Bearer janes-tokem')).status, 401);
  });

  it('an API server that does not answer lets nobody in, and that is not remembered', async () => {
    const { api, said, ask } = aGate();
    api.isAway = true;
    assert.equal((await ask('/decisions', 'Bearer janes-token')).status, 503);
    assert.match(said[0] ?? '', /cannot ask the API server who may ask/);
    assert.doesNotMatch(said.join(), /janes-token/);
    api.isAway = false;
    assert.equal((await ask('/decisions', 'Bearer janes-token')).status, 200);
  });

  it('a flood of made-up tokens asks the API server few questions at once', async () => {
    const { api, ask } = aGate();
    const held = Promise.withResolvers<void>();
    api.until = held.promise;
    const asking = Array.from({ length: 100 }, (_, index) => ask('/decisions', `Bearer made-up-${index}`));
    await Promise.resolve();
    assert.equal(api.asked.length, 8);
    held.resolve();
    const statuses = (await Promise.all(asking)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 429).length, 92);
    assert.equal(statuses.filter((status) => status === 401).length, 8);
  });
});
