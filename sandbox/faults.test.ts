import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadline, sleep } from '../src/runtime/clock.ts';
import { type HttpRequest, type HttpResponse, TransportError, readText } from '../src/runtime/http.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { type FaultRule, Faults } from './faults.ts';
import { kubernetesErrorBody, randomFaults } from './faults-random.ts';
import { VirtualClock } from './time/virtual-clock.ts';

const LIMIT_BYTES = 1000;

/** A server that notes what reaches it, and streams the letters a to e, one a second. */
function scene(rules: readonly FaultRule[] = []) {
  const clock = new VirtualClock();
  const faults = new Faults(clock, seededRandom(1));
  faults.addAll(rules);
  const delivered: string[] = [];
  const closed: string[] = [];
  async function* letters(path: string): AsyncGenerator<Uint8Array> {
    try {
      for (const letter of 'abcde') {
        yield new TextEncoder().encode(letter);
        await sleep(clock, 1000);
      }
    } finally {
      closed.push(path);
    }
  }
  const transport = faults.wrap((request): Promise<HttpResponse> => {
    delivered.push(`${request.method} ${request.path}`);
    return Promise.resolve({ status: 200, headers: {}, body: letters(request.path) });
  });
  const get = async (path: string, signal?: AbortSignal): Promise<string> => {
    const request: HttpRequest = { method: 'GET', path, headers: {}, ...(signal !== undefined && { signal }) };
    const response = await transport(request);
    return `${response.status} ${await readText(response.body, LIMIT_BYTES)}`;
  };
  return { clock, faults, transport, delivered, closed, get };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof TransportError ? error.failure : `not a transport error: ${String(error)}`;
  }
}

test('no rule, no fault', async () => {
  const { clock, faults, get, delivered } = scene();
  const answer = get('/a');
  await clock.runFor(10_000);
  assert.equal(await answer, '200 abcde');
  assert.deepEqual([delivered, faults.log], [['GET /a'], []]);
});

test('an answer of its own: the request is not delivered; by method and path, twice only', async () => {
  const { faults, transport, delivered } = scene([
    {
      name: 'limit',
      methods: ['PATCH'],
      path: /node-pools/,
      times: 2,
      effect: { kind: 'respond', status: 429, headers: { 'retry-after': '2' }, body: '{"error":"slow down"}' },
    },
  ]);
  const patch: HttpRequest = { method: 'PATCH', path: '/v2/node-pools/1', headers: {} };
  const refused = await transport(patch);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '2');
  assert.equal(await readText(refused.body, LIMIT_BYTES), '{"error":"slow down"}');
  assert.equal((await transport({ ...patch, method: 'GET' })).status, 200);
  assert.equal((await transport({ ...patch, path: '/v2/plans' })).status, 200);
  assert.equal((await transport(patch)).status, 429);
  assert.equal((await transport(patch)).status, 200);
  assert.equal(delivered.length, 3);
  assert.equal(faults.count, 2);
  assert.deepEqual(faults.log[0]?.effect, 'respond');
});

test('a lost request never arrives, a lost reply does, and the caller cannot tell', async () => {
  const { get, delivered } = scene([
    { name: 'lost request', path: /request/, effect: { kind: 'lose-request' } },
    { name: 'lost reply', path: /reply/, effect: { kind: 'lose-reply' } },
    { name: 'refused', path: /refused/, effect: { kind: 'refuse-connection' } },
  ]);
  assert.equal(await failureOf(get('/request')), 'reply-lost');
  assert.equal(await failureOf(get('/reply')), 'reply-lost');
  assert.equal(await failureOf(get('/refused')), 'not-sent');
  assert.deepEqual(delivered, ['GET /reply']);
});

test('silence lasts until the caller gives up', async () => {
  const { clock, get, delivered } = scene([{ name: 'hang', effect: { kind: 'hang', delivered: true } }]);
  const patience = deadline(clock, 30_000);
  const failed = failureOf(get('/a', patience.signal));
  await clock.runFor(29_999);
  assert.equal(await Promise.race([failed, Promise.resolve('still waiting')]), 'still waiting');
  await clock.runFor(1);
  assert.equal(await failed, 'aborted');
  assert.deepEqual(delivered, ['GET /a']);
});

test('a delayed request arrives late', async () => {
  const { clock, get, delivered } = scene([{ name: 'slow', effect: { kind: 'delay', ms: 3000 } }]);
  const answer = get('/a');
  await clock.runFor(2999);
  assert.deepEqual(delivered, []);
  await clock.runFor(20_000);
  assert.equal(await answer, '200 abcde');
});

test('a stream is cut after chunks, bytes or time, and its source is let go', async () => {
  for (const [effect, expected] of [
    [{ kind: 'cut-body', afterChunks: 2 }, 'ab'],
    [{ kind: 'cut-body', afterBytes: 3 }, 'abc'],
    [{ kind: 'cut-body', afterMs: 3500 }, 'abcd'],
    [{ kind: 'cut-body' }, ''],
  ] as const) {
    const { clock, transport, closed } = scene([{ name: 'cut', effect }]);
    const response = await transport({ method: 'GET', path: '/watch', headers: {} });
    let read = '';
    const failed = failureOf(
      (async () => {
        for await (const chunk of response.body) read += new TextDecoder().decode(chunk);
      })(),
    );
    await clock.runFor(10_000);
    assert.equal(await failed, 'reply-lost');
    assert.equal(read, expected);
    if (expected !== '') assert.deepEqual(closed, ['/watch']);
  }
});

test('a frozen stream neither goes on nor ends, until the reader gives up', async () => {
  const { clock, transport } = scene([{ name: 'freeze', effect: { kind: 'freeze-body', afterChunks: 2 } }]);
  const patience = deadline(clock, 600_000);
  const response = await transport({ method: 'GET', path: '/watch', headers: {}, signal: patience.signal });
  let read = '';
  let over = false;
  const failed = failureOf(
    (async () => {
      for await (const chunk of response.body) read += new TextDecoder().decode(chunk);
    })().finally(() => {
      over = true;
    }),
  );
  await clock.runFor(599_000);
  assert.deepEqual([read, over], ['ab', false]);
  await clock.runFor(1000);
  assert.equal(await failed, 'aborted');
});

test('a rule has its window of time, and is taken away again', async () => {
  const { clock, faults, transport } = scene();
  const request: HttpRequest = { method: 'GET', path: '/', headers: {} };
  const start = clock.now();
  const effect = { kind: 'respond', status: 503 } as const;
  const remove = faults.add({ name: 'outage', fromMs: start + 1000, untilMs: start + 2000, effect });
  const statuses: number[] = [];
  for (let second = 0; second < 3; second++) {
    statuses.push((await transport(request)).status);
    await clock.runFor(1000);
  }
  assert.deepEqual(statuses, [200, 503, 200]);
  faults.add({ name: 'all', effect });
  assert.equal((await transport(request)).status, 503);
  faults.clear();
  remove();
  assert.equal((await transport(request)).status, 200);
});

async function* nothing(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield new Uint8Array();
}

async function chaos(seed: number): Promise<readonly string[]> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const faults = new Faults(clock, random);
  const rates = { rateLimited: 0.1, unavailable: 0.1, loseRequest: 0.1, loseReply: 0.1, delay: 0.1 };
  faults.addAll(randomFaults(random.stream('plan'), rates, { errorBody: kubernetesErrorBody }));
  const transport = faults.wrap(() => Promise.resolve({ status: 200, headers: {}, body: nothing() }));
  const outcomes: string[] = [];
  for (let request = 0; request < 300; request++) {
    void transport({ method: 'GET', path: `/${request}`, headers: {} }).then(
      (response) => outcomes.push(`${response.status} ${response.headers['retry-after'] ?? ''}`),
      (error: unknown) => outcomes.push(String(error)),
    );
  }
  await clock.runFor(10_000);
  return [...outcomes, ...faults.log.map((fault) => `${fault.rule} ${fault.path}`)];
}

test('chaos by rates: everything happens, and one seed gives one history', async () => {
  const history = await chaos(5);
  assert.deepEqual(history, await chaos(5));
  assert.notDeepEqual(history, await chaos(6));
  for (const rule of ['rateLimited', 'unavailable', 'loseRequest', 'loseReply', 'delay']) {
    const times = history.filter((line) => line.startsWith(`${rule} `)).length;
    assert.ok(times > 5 && times < 70, `${rule}: ${times} times in 300`);
  }
  assert.ok(history.some((line) => /^429 [1-5]$/.test(line)));
});
