import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, describe, it } from 'node:test';
import { request } from 'undici';
import { type Clock, realClock } from '../../runtime/clock.ts';
import { silentLogger } from '../../runtime/log.ts';
import type { Handler, Stream } from './answer.ts';
import { json, text } from './answer.ts';
import { type HttpSurface, serveHttpSurface } from './server.ts';

const hello: Handler = ({ path, query }) => (path === '/hello' ? json({ to: query.get('to') }) : undefined);
const health: Handler = ({ path }) => (path === '/health-check' ? text(200, 'OK') : undefined);

const broken: Handler = ({ path }) => {
  if (path === '/broken') throw new Error('a bug');
  return undefined;
};

async function serving(
  context: TestContext,
  handlers: readonly Handler[] = [health, hello],
  clock: Clock = realClock,
): Promise<HttpSurface> {
  const address = { host: '127.0.0.1', port: 0 };
  const surface = await serveHttpSurface({ address, logger: silentLogger, handlers, clock });
  context.after(() => surface.close());
  return surface;
}

async function asked(
  { port }: HttpSurface,
  path: string,
  options: { method?: 'GET' | 'POST' | 'HEAD'; body?: string } = {},
): Promise<[number, string]> {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, { method: 'GET', ...options });
  return [statusCode, await body.text()];
}

/** Sends the bytes as they are; what comes back until the other side closes. */
async function raw({ port }: HttpSurface, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let reply = '';
  socket.on('data', (chunk: Buffer) => (reply += chunk.toString()));
  await once(socket, 'close');
  return reply;
}

describe('the HTTP surface', () => {
  it('answers what a handler knows, with the query, and says so where none does', async (context) => {
    const surface = await serving(context);
    assert.deepEqual(await asked(surface, '/health-check?verbose'), [200, 'OK']);
    assert.deepEqual(await asked(surface, '/hello?to=you%20all'), [200, '{"to":"you all"}\n']);
    assert.deepEqual(await asked(surface, '/health-check', { method: 'HEAD' }), [200, '']);
    const [status, body] = await asked(surface, '/nothing');
    assert.equal(status, 404);
    assert.match(body, /\/metrics/);
  });

  it('is read-only, and bounded in what may be asked', async (context) => {
    const surface = await serving(context);
    assert.equal((await asked(surface, '/hello', { method: 'POST', body: 'x'.repeat(100_000) }))[0], 405);
    assert.equal((await asked(surface, `/hello?to=${'x'.repeat(3000)}`))[0], 414);
    assert.match(await raw(surface, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`), /^HTTP\/1\.1 4/);
  });

  for (const [what, bytes, status] of [
    ['a greeting that is no HTTP', 'HELLO THERE\r\n\r\n', 400],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000 a TLS greeting\r\n\r\n', 400],
    ['a version that there is not', 'GET / HTTP/9.9\r\nhost: a\r\n\r\n', 400],
    ['a question without a host', 'GET /health-check HTTP/1.1\r\n\r\n', 400],
    ['a method that there is not', 'STEAL /health-check HTTP/1.1\r\nhost: a\r\n\r\n', 400],
    ['a header with a line break smuggled in', 'GET / HTTP/1.1\r\nhost: a\r\nx: a\rb: c\r\n\r\n', 400],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nhost : a\r\n\r\n', 400],
    ['two lengths', 'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    [
      'a length and chunks',
      'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
    ],
    ['a length that is none', 'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n', 400],
    ['zeros', '\0'.repeat(64), 400],
    ['a path without end', `GET /${'x'.repeat(20_000)}`, 431],
    ['headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}`, 431],
    ['many headers', `GET / HTTP/1.1\r\nhost: a\r\n${'x: yyyy\r\n'.repeat(2000)}\r\n`, 431],
  ] as const) {
    it(`answers ${status} to ${what}, closes the connection, and goes on`, async (context) => {
      const surface = await serving(context);
      assert.match(await raw(surface, bytes), new RegExp(`^HTTP/1\\.1 ${status} [^]*connection: close`, 'i'));
      assert.deepEqual(await asked(surface, '/health-check'), [200, 'OK']);
    });
  }

  it('answers a path that is not well formed, and one that climbs, as any that is not there', async (context) => {
    const surface = await serving(context);
    for (const path of ['/%', '/..%2f..%2fetc/passwd', '//health-check', '/explain/%00', '*']) {
      const reply = await raw(surface, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
      assert.match(reply, /^HTTP\/1\.1 404 /, path);
    }
  });

  it('invites no body, and reads none', async (context) => {
    const surface = await serving(context);
    const head = 'GET /hello HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n';
    const reply = await raw(surface, head);
    assert.doesNotMatch(reply, /100 Continue/);
    assert.match(reply, /^HTTP\/1\.1 200 /);
    assert.match(
      await raw(surface, 'POST /hello HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'),
      /^HTTP\/1\.1 405 /,
    );
  });

  it('opens no tunnel', async (context) => {
    const surface = await serving(context);
    assert.doesNotMatch(await raw(surface, 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n'), / 200 /);
    const upgrade = 'GET /hello HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n';
    assert.match(await raw(surface, upgrade), /^HTTP\/1\.1 200 /);
  });

  it('lets an address ask only so often, and the health check always', async (context) => {
    // Time that passes would let more through.
    const surface = await serving(context, [health, hello], { ...realClock, monotonic: () => 0 });
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await asked(surface, '/hello'))[0]));
    assert.equal(statuses.filter((status) => status === 429).length, 40);
    const { statusCode, headers, body } = await request(`http://127.0.0.1:${surface.port}/hello`);
    await body.dump();
    assert.deepEqual([statusCode, headers['retry-after']], [429, '1']);
    assert.deepEqual(await asked(surface, '/health-check'), [200, 'OK']);
  });

  it('tells a handler when whoever asked has left', async (context) => {
    const asking = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const slow: Handler = async ({ left: signal }) => {
      signal?.addEventListener('abort', () => left.resolve());
      asking.resolve();
      await left.promise;
      return undefined;
    };
    const surface = await serving(context, [slow]);
    const socket = connect(surface.port, '127.0.0.1');
    socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n');
    await asking.promise;
    socket.destroy();
    await left.promise;
  });

  it('says so when a handler fails, and goes on', async (context) => {
    const surface = await serving(context, [broken, health]);
    assert.equal((await asked(surface, '/broken'))[0], 500);
    assert.deepEqual(await asked(surface, '/health-check'), [200, 'OK']);
  });

  it('sends a stream as server-sent events until the listener leaves', async (context) => {
    const left = Promise.withResolvers<void>();
    const stream: Stream = {
      subscribe(send) {
        send({ id: 'r-1', data: '{"kind":"decision"}' });
        return () => left.resolve();
      },
    };
    const surface = await serving(context, [({ path }) => (path === '/stream' ? { stream } : undefined)]);
    const { body, headers } = await request(`http://127.0.0.1:${surface.port}/stream`);
    assert.equal(headers['content-type'], 'text/event-stream');
    let seen = '';
    for await (const chunk of body) {
      seen += String(chunk);
      if (seen.includes('data: ')) break;
    }
    assert.match(seen, /id: r-1\ndata: \{"kind":"decision"\}\n\n/);
    await left.promise;
  });

  it('says at once when its address is taken', async (context) => {
    const { port } = await serving(context);
    const second = serveHttpSurface({
      address: { host: '127.0.0.1', port },
      logger: silentLogger,
      handlers: [],
      clock: realClock,
    });
    await assert.rejects(second, /EADDRINUSE/);
  });
});
