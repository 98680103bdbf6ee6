import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { request } from 'undici';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { serveHealth } from './health-server.ts';

const MINUTE_MS = 60_000;

async function serving(
  context: TestContext,
  isLeader: () => boolean,
): Promise<{
  readonly clock: VirtualClock;
  readonly passed: () => void;
  readonly ask: (path?: string, method?: 'GET' | 'POST') => Promise<[number, string]>;
}> {
  const clock = new VirtualClock();
  const server = await serveHealth({
    clock,
    address: { host: '127.0.0.1', port: 0 },
    maxInactivityMs: 10 * MINUTE_MS,
    isLeader,
  });
  context.after(() => server.close());
  return {
    clock,
    passed: () => server.passed(),
    ask: async (path = '/health-check', method = 'GET') => {
      const { statusCode, body } = await request(`http://127.0.0.1:${server.port}${path}`, { method });
      return [statusCode, await body.text()];
    },
  };
}

test('given a leader that passes, it is well; ten minutes without a pass and it is not', async (context) => {
  const { clock, passed, ask } = await serving(context, () => true);
  assert.deepEqual(await ask(), [200, 'OK']);
  await clock.runFor(9 * MINUTE_MS);
  passed();
  await clock.runFor(9 * MINUTE_MS);
  assert.deepEqual(await ask(), [200, 'OK']);
  await clock.runFor(2 * MINUTE_MS);
  assert.deepEqual(await ask(), [500, 'Error: no pass for 660 s\n']);
});

test('given a replica that waits for the lease, it is well, and its time begins when it leads', async (context) => {
  let leads = false;
  const { clock, ask } = await serving(context, () => leads);
  await clock.runFor(60 * MINUTE_MS);
  assert.equal((await ask())[0], 200);
  leads = true;
  await clock.runFor(9 * MINUTE_MS);
  assert.equal((await ask())[0], 200);
  await clock.runFor(2 * MINUTE_MS);
  assert.equal((await ask())[0], 500);
});

test('given another path or method, it says so', async (context) => {
  const { ask } = await serving(context, () => true);
  assert.deepEqual(await ask('/nothing'), [404, 'not found: this address answers /health-check\n']);
  assert.equal((await ask('/health-check', 'POST'))[0], 405);
  assert.equal((await ask('/health-check?verbose'))[0], 200);
});

test('given an address that is taken, it says so at once', async (context) => {
  const first = await serveHealth({
    clock: new VirtualClock(),
    address: { host: '127.0.0.1', port: 0 },
    maxInactivityMs: MINUTE_MS,
    isLeader: () => true,
  });
  context.after(() => first.close());
  const second = serveHealth({
    clock: new VirtualClock(),
    address: { host: '127.0.0.1', port: first.port },
    maxInactivityMs: MINUTE_MS,
    isLeader: () => true,
  });
  await assert.rejects(second, /EADDRINUSE/);
});
