import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TransportError, type HttpRequest, type HttpResponse } from '../runtime/http.ts';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import { VultrClient } from './client.ts';
import { FakeClock } from './fake-clock.test-support.ts';
import { refusal, respond, type Reply } from './fake-vultr.test-support.ts';
import { LogLines, TOKEN } from './world.test-support.ts';

/** A reply, a failure, or silence until the request is aborted. */
type Step = Reply | TransportError | 'silence';

interface Bench {
  readonly clock: FakeClock;
  readonly client: VultrClient;
  readonly log: LogLines;
  /** When each request was sent, and what it was. */
  readonly sent: { readonly atMs: number; readonly request: HttpRequest }[];
}

/** Answers with the steps in turn, the last one again and again. */
function bench(...steps: readonly Step[]): Bench {
  const clock = new FakeClock();
  const log = new LogLines();
  const sent: Bench['sent'] = [];
  const transport = (request: HttpRequest): Promise<HttpResponse> => {
    const step = steps[Math.min(sent.length, steps.length - 1)] ?? { status: 200 };
    sent.push({ atMs: clock.monotonic(), request });
    if (step instanceof TransportError) return Promise.reject(step);
    return step === 'silence' ? silence(request) : Promise.resolve(respond(step));
  };
  const token = new Secret(TOKEN);
  const random = seededRandom(7).stream('test');
  const client = new VultrClient({ transport, clock, random, logger: log, token, userAgent: 'vke-autoscaler/1.2.3' });
  return { clock, client, log, sent };
}

function silence(request: HttpRequest): Promise<HttpResponse> {
  return new Promise((_, reject) => {
    request.signal?.addEventListener('abort', () => {
      const reason: unknown = request.signal?.reason;
      reject(new TransportError('aborted', reason instanceof Error ? reason.message : 'stopped'));
    });
  });
}

const notSent = new TransportError('not-sent', 'connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' });
const replyLost = new TransportError('reply-lost', 'other side closed', { code: 'UND_ERR_SOCKET' });
const get = { method: 'GET', path: '/v2/x' } as const;
const patch = { method: 'PATCH', path: '/v2/x', body: { node_quantity: 3 } } as const;
const del = { method: 'DELETE', path: '/v2/x' } as const;

describe('one request', () => {
  it('carries the token, the user agent and JSON', async () => {
    const { client, clock, sent } = bench({ status: 202, body: { node_pool: {} } });
    assert.deepEqual(await clock.settle(client.send(patch)), { ok: true, value: { node_pool: {} } });
    const request = sent[0]?.request;
    assert.equal(request?.headers['authorization'], `Bearer ${TOKEN}`);
    assert.equal(request.headers['user-agent'], 'vke-autoscaler/1.2.3');
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.body, '{"node_quantity":3}');
  });

  it('takes an empty body as an answer', async () => {
    const { client, clock } = bench({ status: 204 });
    assert.deepEqual(await clock.settle(client.send(del)), { ok: true, value: undefined });
  });

  it('calls a body that is not JSON what it is: nothing learned on a read, an open outcome on a write', async () => {
    for (const [request, kind] of [
      [get, 'unavailable'],
      [patch, 'unknown-outcome'],
      [del, 'unknown-outcome'],
    ] as const) {
      const { client, clock } = bench({ status: 200, body: '<html>Please log in</html>' });
      const result = await clock.settle(client.send(request));
      assert.ok(!result.ok);
      assert.equal(result.error.kind, kind);
      assert.match(result.error.message, /is not JSON.*Please log in/);
    }
  });

  it('never puts the token into an error, even when a transport names it (I9)', async () => {
    const { client, clock, log } = bench(new TransportError('reply-lost', `bad header ${TOKEN}`));
    const result = await clock.settle(client.send(patch));
    assert.ok(!JSON.stringify([result, log.lines]).includes(TOKEN));
  });
});

describe('repeating', () => {
  it('repeats a read after 5xx, lost replies and refused connections, then gives up', async () => {
    for (const step of [refusal(503, 'busy'), replyLost, notSent]) {
      const { client, clock, sent } = bench(step);
      const result = await clock.settle(client.send(get));
      assert.ok(!result.ok);
      assert.equal(result.error.kind, 'unavailable');
      assert.equal(sent.length, 4);
      const gaps = sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0));
      for (const [index, gap] of gaps.entries()) {
        assert.ok(gap >= 125 * 2 ** index && gap <= 250 * 2 ** index, `gap ${index} is ${gap} ms`);
      }
    }
  });

  it('succeeds when a later try does', async () => {
    const { client, clock, sent } = bench(notSent, refusal(500, 'oops'), { status: 200, body: { a: 1 } });
    assert.deepEqual(await clock.settle(client.send(get)), { ok: true, value: { a: 1 } });
    assert.equal(sent.length, 3);
  });

  it('sends a PATCH and a POST once, whatever happens (I4)', async () => {
    for (const method of ['PATCH', 'POST'] as const) {
      for (const step of [refusal(500, 'oops'), refusal(429, 'slow'), replyLost, notSent, 'silence'] as const) {
        const { client, clock, sent } = bench(step);
        assert.ok(!(await clock.settle(client.send({ method, path: '/v2/x', body: {} }))).ok);
        assert.equal(sent.length, 1);
      }
    }
  });

  it('tells a write that was not sent from one whose reply was lost', async () => {
    for (const [step, kind] of [
      [notSent, 'unavailable'],
      [replyLost, 'unknown-outcome'],
      ['silence', 'unknown-outcome'],
    ] as const) {
      const { client, clock } = bench(step);
      const result = await clock.settle(client.send(patch));
      assert.ok(!result.ok);
      assert.equal(result.error.kind, kind);
    }
  });

  it('repeats a DELETE only when it was certainly not done', async () => {
    for (const [step, times] of [
      [notSent, 4],
      [replyLost, 1],
      [refusal(500, 'oops'), 1],
      [refusal(404, 'gone'), 1],
    ] as const) {
      const { client, clock, sent } = bench(step);
      assert.ok(!(await clock.settle(client.send(del))).ok);
      assert.equal(sent.length, times);
    }
  });

  it('gives up on silence, and on repeating it, within half a minute', async () => {
    const { client, clock, sent } = bench('silence');
    const result = await clock.settle(client.send(get));
    assert.ok(!result.ok);
    assert.match(result.error.message, /no answer within 15000 ms/);
    assert.ok(sent.length >= 2 && clock.monotonic() <= 31_000);
    assert.equal(clock.pendingTimers, 0);
  });

  it('does not repeat what is refused for good', async () => {
    for (const step of [
      refusal(401, 'Invalid API token.'),
      refusal(400, 'no'),
      refusal(500, 'Please open a support request for access to this product'),
    ]) {
      const { client, clock, sent } = bench(step);
      assert.ok(!(await clock.settle(client.send(get))).ok);
      assert.equal(sent.length, 1);
    }
  });
});

describe('limits of the rate', () => {
  it('stays below 30 requests in every second, however many are asked for at once', async () => {
    const { client, clock, sent } = bench({ status: 200 });
    await clock.settle(Promise.all(Array.from({ length: 150 }, () => client.send(get))));
    for (const { atMs } of sent) {
      const within = sent.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1000).length;
      assert.ok(within < 30, `${within} requests in the second from ${atMs}`);
    }
    assert.ok(clock.monotonic() < 150 * 45, 'and does not dawdle');
  });

  it('waits as long as a 429 says, and holds back everybody meanwhile', async () => {
    const { client, clock, sent } = bench(
      { ...refusal(429, 'slow down'), headers: { 'retry-after': '3' } },
      { status: 200 },
    );
    const first = client.send(get);
    await clock.advance(100);
    const second = client.send(patch);
    assert.ok((await clock.settle(first)).ok);
    assert.ok((await clock.settle(second)).ok);
    assert.equal(sent.length, 3);
    assert.ok(sent.slice(1).every(({ atMs }) => atMs >= 3000));
  });

  it('says so at once when the wait would be long, and keeps Vultr’s figure', async () => {
    const { client, clock, sent } = bench({ ...refusal(429, 'slow down'), headers: { 'retry-after': '120' } });
    const first = await clock.settle(client.send(get));
    assert.ok(!first.ok && first.error.kind === 'rate-limited');
    assert.equal(first.error.retryAfterMs, 120_000);
    const second = await clock.settle(client.send(get));
    assert.ok(!second.ok && second.error.kind === 'rate-limited');
    assert.equal(sent.length, 1, 'the second was not even sent');
    assert.ok(second.error.retryAfterMs > 100_000);
  });
});

function page(rows: readonly unknown[], next: string): Reply {
  return { status: 200, body: { plans: rows, meta: { total: 9, links: { next, prev: '' } } } };
}

describe('lists', () => {
  it('are followed to the last page by cursor', async () => {
    const { client, clock, sent } = bench(page([1, 2], 'bmV4dF9f+/='), page([3], ''));
    assert.deepEqual(await clock.settle(client.list('/v2/plans?per_page=500', 'plans')), {
      ok: true,
      value: [1, 2, 3],
    });
    assert.equal(sent[1]?.request.path, '/v2/plans?per_page=500&cursor=bmV4dF9f%2B%2F%3D');
  });

  it('need no meta', async () => {
    const { client, clock } = bench({ status: 200, body: { node_pools: [1] } });
    assert.deepEqual(await clock.settle(client.list('/v2/x', 'node_pools')), { ok: true, value: [1] });
  });

  it('do not turn in circles', async () => {
    const { client, clock, sent } = bench(page([1], 'a'), page([2], 'b'), page([3], 'a'));
    const result = await clock.settle(client.list('/v2/plans', 'plans'));
    assert.ok(!result.ok && result.error.message.includes('circle'));
    assert.equal(sent.length, 3);
  });

  it('fail when the rows are missing, rather than be empty', async () => {
    const { client, clock } = bench({ status: 200, body: {} });
    const result = await clock.settle(client.list('/v2/plans', 'plans'));
    assert.ok(!result.ok && result.error.message.includes('"plans"'));
  });
});
