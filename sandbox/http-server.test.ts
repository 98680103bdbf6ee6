import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Agent, request } from 'undici';
import { realClock } from '../src/runtime/clock.ts';
import { type HttpRequest, type HttpTransport, TransportError } from '../src/runtime/http.ts';
import { type LogFields, type Logger, silentLogger } from '../src/runtime/log.ts';
import { type HttpServer, serveHttp } from './http-server.ts';

/** Serves while `work` runs; the client's connections are its own, so that nothing is left open. */
async function served(
  handler: HttpTransport,
  work: (server: HttpServer, agent: Agent) => Promise<void>,
  options: { readonly logger?: Logger; readonly bodyLimitBytes?: number } = {},
): Promise<void> {
  const server = await serveHttp({ handler, logger: silentLogger, ...options });
  const agent = new Agent();
  try {
    await work(server, agent);
  } finally {
    await agent.destroy();
    await server.close();
  }
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const text of texts) yield new TextEncoder().encode(text);
}

const alwaysOk: HttpTransport = () => Promise.resolve({ status: 200, headers: {}, body: chunks('ok') });

/** Says nothing until its client leaves. */
const silentWatch: HttpTransport = ({ signal }) =>
  Promise.resolve({
    status: 200,
    headers: {},
    body: (async function* () {
      if (signal !== undefined && !signal.aborted) await once(signal, 'abort');
      yield new Uint8Array();
    })(),
  });

test('a request goes to the handler as it came, and the answer comes back', async () => {
  const seen: HttpRequest[] = [];
  const handler: HttpTransport = (asked) => {
    seen.push(asked);
    return Promise.resolve({ status: 202, headers: { 'x-kind': 'reply' }, body: chunks('hel', 'lo') });
  };
  await served(handler, async (server, dispatcher) => {
    const answer = await request(`${server.url}/v2/pools?a=b%20c`, {
      dispatcher,
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'x-many': ['a', 'b'] },
      body: '{"node_quantity":3}',
    });
    assert.equal(answer.statusCode, 202);
    assert.equal(answer.headers['x-kind'], 'reply');
    assert.equal(await answer.body.text(), 'hello');
  });
  const [asked] = seen;
  assert.equal(asked?.method, 'PATCH');
  assert.equal(asked.path, '/v2/pools?a=b%20c');
  assert.equal(asked.headers['content-type'], 'application/json');
  assert.equal(asked.headers['x-many'], 'a, b');
  assert.ok(asked.body instanceof Uint8Array);
  assert.equal(new TextDecoder().decode(asked.body), '{"node_quantity":3}');
});

test('each event of a watch is on the wire at once, and a client that leaves ends the watch', async () => {
  const ended = Promise.withResolvers<void>();
  const events = Promise.withResolvers<void>();
  const handler: HttpTransport = ({ signal }) =>
    Promise.resolve({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: (async function* () {
        yield new TextEncoder().encode('{"type":"ADDED"}\n');
        await events.promise;
        yield new TextEncoder().encode('{"type":"MODIFIED"}\n');
        signal?.addEventListener('abort', () => ended.resolve());
        await ended.promise;
      })(),
    });
  await served(handler, async (server, dispatcher) => {
    const watch = await request(`${server.url}/watch`, { dispatcher });
    const lines = watch.body[Symbol.asyncIterator]();
    assert.equal(String((await lines.next()).value), '{"type":"ADDED"}\n');
    events.resolve();
    assert.equal(String((await lines.next()).value), '{"type":"MODIFIED"}\n');
    watch.body.destroy();
    watch.body.on('error', () => undefined);
    await ended.promise;
  });
});

test('the status line of a silent watch comes before its first event', async () => {
  await served(silentWatch, async (server, dispatcher) => {
    const watch = await request(`${server.url}/watch`, { dispatcher });
    assert.equal(watch.statusCode, 200);
    watch.body.on('error', () => undefined);
    await server.close();
  });
});

test('a reply that is lost cuts the connection, before the answer or in its midst', async () => {
  const lost = new TransportError('reply-lost', 'injected');
  const handler: HttpTransport = ({ path }) =>
    path === '/before'
      ? Promise.reject(lost)
      : Promise.resolve({
          status: 200,
          headers: {},
          body: (async function* () {
            yield* chunks('half');
            throw lost;
          })(),
        });
  await served(handler, async (server, dispatcher) => {
    await assert.rejects(request(`${server.url}/before`, { dispatcher }), /other side closed|ECONNRESET/);
    const answer = await request(`${server.url}/midst`, { dispatcher });
    assert.equal(answer.statusCode, 200);
    await assert.rejects(answer.body.text(), /terminated|other side closed|aborted/);
  });
});

test('a body past the limit is refused', async () => {
  await served(
    ({ body }) => Promise.resolve({ status: 200, headers: {}, body: chunks(String(body?.length ?? 0)) }),
    async (server, dispatcher) => {
      const small = await request(server.url, { dispatcher, method: 'POST', body: '0123456789' });
      assert.equal(await small.body.text(), '10');
      const large = await request(server.url, { dispatcher, method: 'POST', body: '0123456789a' });
      assert.equal(large.statusCode, 413);
      await large.body.dump();
    },
    { bodyLimitBytes: 10 },
  );
});

test('a handler with a bug answers 500 and says so in the log', async () => {
  const errors: (LogFields | undefined)[] = [];
  const logger: Logger = { ...silentLogger, error: (_message, fields) => void errors.push(fields) };
  await served(
    () => Promise.reject(new Error('a bug')),
    async (server, dispatcher) => {
      const answer = await request(`${server.url}/x`, { dispatcher });
      assert.equal(answer.statusCode, 500);
      assert.doesNotMatch(await answer.body.text(), /a bug/);
    },
    { logger },
  );
  assert.equal(errors[0]?.['path'], '/x');
});

test('an unknown method is refused, and the connection stays usable for others', async () => {
  await served(alwaysOk, async (server, dispatcher) => {
    const options = await request(server.url, { dispatcher, method: 'OPTIONS' });
    assert.equal(options.statusCode, 501);
    await options.body.dump();
    assert.equal(await (await request(server.url, { dispatcher })).body.text(), 'ok');
  });
});

test('a slow reader holds the handler back instead of filling the memory', async () => {
  let produced = 0;
  async function* flood(): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(64 * 1024);
    for (; produced < 10_000; produced++) {
      yield chunk;
      await Promise.resolve();
    }
  }
  const handler: HttpTransport = () => Promise.resolve({ status: 200, headers: {}, body: flood() });
  await served(handler, async (server) => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n');
    // The kernel's buffers take some; then nothing moves.
    let before: number;
    do {
      before = produced;
      for (let turn = 0; turn < 1000; turn++) await realClock.nextTurn();
    } while (before === 0 || before < produced);
    assert.ok(produced < 2000, `${produced} chunks of 64 KiB were produced for a reader that reads nothing`);
    socket.destroy();
  });
});

test('closing is prompt, and may be done twice', async () => {
  const server = await serveHttp({ handler: () => new Promise(() => undefined), logger: silentLogger });
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: sandbox\r\n\r\n');
  socket.resume();
  // Whether the client sees an end or a reset is the kernel's affair.
  socket.on('error', () => undefined);
  const cut = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  await Promise.all([server.close(), server.close()]);
  await cut;
  await assert.rejects(once(connect(server.port, '127.0.0.1'), 'connect'), /ECONNREFUSED/);
});

test('a port that is taken is an error, not a hang', async () => {
  await served(alwaysOk, async (server) => {
    await assert.rejects(serveHttp({ handler: alwaysOk, logger: silentLogger, port: server.port }), /EADDRINUSE/);
  });
});
