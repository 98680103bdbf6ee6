import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, describe, it } from 'node:test';
import { request } from 'undici';
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

async function serving(context: TestContext, handlers: readonly Handler[] = [health, hello]): Promise<HttpSurface> {
  const address = { host: '127.0.0.1', port: 0 };
  const surface = await serveHttpSurface({ address, logger: silentLogger, handlers });
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

  it('answers 400 to what is not HTTP, and goes on', async (context) => {
    const surface = await serving(context);
    assert.match(await raw(surface, 'HELLO THERE\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await raw(surface, '\u0016\u0003\u0001 a TLS greeting\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.deepEqual(await asked(surface, '/health-check'), [200, 'OK']);
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
    const second = serveHttpSurface({ address: { host: '127.0.0.1', port }, logger: silentLogger, handlers: [] });
    await assert.rejects(second, /EADDRINUSE/);
  });
});
