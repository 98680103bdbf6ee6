import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, request } from 'undici';
import { deadline } from '../../src/runtime/clock.ts';
import { TransportError, readText } from '../../src/runtime/http.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { Faults } from '../faults.ts';
import { serveHttp } from '../http-server.ts';
import { poolIn, stage } from './test-client.ts';

const headers = { authorization: 'Bearer sandbox-api-key', 'content-type': 'application/json' };

test('a raise whose reply is lost has happened all the same: over a real socket, the connection breaks', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool();
  const faults = new Faults(clock, seededRandom(1));
  const server = await serveHttp({ handler: faults.wrap(vultr.handle), logger: silentLogger });
  const dispatcher = new Agent();
  try {
    faults.add({ name: 'lost', methods: ['PATCH'], times: 1, effect: { kind: 'lose-reply' } });
    const body = '{"node_quantity":2}';
    await assert.rejects(request(server.url + path, { dispatcher, method: 'PATCH', headers, body }));
    assert.equal(poolIn(await call('GET', path)).node_quantity, 2);

    const again = await request(server.url + path, { dispatcher, headers });
    assert.equal(again.statusCode, 200);
    assert.match(await again.body.text(), /"node_quantity":2/);
    const gone = await request(`${server.url}${path}/nodes/none`, { dispatcher, headers, method: 'DELETE' });
    assert.equal(gone.statusCode, 404);
    assert.equal(await gone.body.text(), '{"error":"Invalid node ID","status":404}');
  } finally {
    await dispatcher.destroy();
    await server.close();
  }
});

test('a slow API: the work is done on arrival, the answer comes later, or too late for an impatient caller', async () => {
  const { clock, vultr, pool } = stage({ replyMs: { lowest: 400, highest: 400 } });
  const { id, path } = pool();
  const patch = { method: 'PATCH', path, headers, body: '{"node_quantity":3}' } as const;
  let answered = false;
  const answer = vultr.handle(patch).finally(() => {
    answered = true;
  });
  assert.equal(vultr.pool(id).quantity, 3);
  await clock.runFor(399);
  assert.equal(answered, false);
  await clock.runFor(1);
  assert.match(await readText((await answer).body, 100_000), /"node_quantity":3/);

  const patience = deadline(clock, 100);
  const tooLate = vultr.handle({ ...patch, body: '{"node_quantity":4}', signal: patience.signal });
  const rejected = assert.rejects(tooLate, (error) => error instanceof TransportError && error.failure === 'aborted');
  await clock.runFor(100);
  await rejected;
  assert.equal(vultr.pool(id).quantity, 4, 'it was done');
  await assert.rejects(vultr.handle({ ...patch, signal: AbortSignal.abort() }), TransportError);
  assert.equal(vultr.pool(id).quantity, 4, 'it never arrived');
});

test('a PATCH may be answered without a body', async () => {
  const { call, pool } = stage({ emptyPatchReplies: true });
  const { path } = pool();
  const answer = await call('PATCH', path, { node_quantity: 2 });
  assert.deepEqual([answer.status, answer.json], [202, undefined]);
  assert.equal(poolIn(await call('GET', path)).node_quantity, 2);
});

test('a stopped simulation leaves no timer behind, whatever was under way', async () => {
  const { clock, vultr, call, pool } = stage();
  const { path } = pool({ quantity: 3 });
  await call('PATCH', path, { node_quantity: 5 });
  await call('PATCH', path, { node_quantity: 4 });
  vultr.deleteInstanceOutside(vultr.instances()[0]?.instance.id ?? '');
  await clock.runFor(25_000);
  await call('POST', '/v2/kubernetes/clusters', {
    label: 'second',
    region: 'ams',
    version: 'v1.36.1+3',
    node_pools: [{ label: 'web', plan: 'vc2-2c-4gb', node_quantity: 2 }],
  });
  assert.ok(clock.pendingTimers > 3);
  vultr.stop();
  assert.equal(clock.pendingTimers, 0);
});
