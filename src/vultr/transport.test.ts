import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { after, describe, it } from 'node:test';
import { readText, TransportError } from '../runtime/http.ts';
import { socketTransport, type ClosableTransport } from './transport.ts';

const servers: Server[] = [];
const transports: ClosableTransport[] = [];
after(async () => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  await Promise.all(transports.map((transport) => transport.close()));
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

function connect(baseUrl: string): ClosableTransport {
  const transport = socketTransport(baseUrl);
  transports.push(transport);
  return transport;
}

async function failureOf(work: Promise<unknown>): Promise<TransportError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TransportError, String(error));
  return error;
}

describe('the socket transport', () => {
  it('sends nothing that may no longer be done when its connection is there (I5)', async () => {
    let asked = 0;
    const base = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    let mayBeSent = true;
    const sending = connect(base).send({ method: 'PATCH', path: '/', headers: {}, mayBeSent: () => mayBeSent });
    mayBeSent = false;
    assert.equal((await failureOf(sending)).failure, 'not-sent');
    assert.equal(asked, 0);
  });

  it('sends method, path below the base, headers and body, and gives the answer as it comes', async () => {
    const base = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        response.writeHead(202, { 'Retry-After': '7', 'x-twice': ['a', 'b'] });
        response.end(`${String(request.method)} ${String(request.url)} ${String(request.headers['x-test'])} ${body}`);
      });
    });
    const { send } = connect(`${base}/prefix`);
    const response = await send({ method: 'PATCH', path: '/v2/x?y=1', headers: { 'x-test': 'yes' }, body: '{}' });
    assert.equal(response.status, 202);
    assert.equal(response.headers['retry-after'], '7');
    assert.equal(response.headers['x-twice'], 'a, b');
    assert.equal(await readText(response.body, 1000), 'PATCH /prefix/v2/x?y=1 yes {}');
  });

  it('knows that a refused connection sent nothing', async () => {
    const base = await serve(() => undefined);
    const server = servers.at(-1);
    await new Promise((resolve) => {
      server?.close(resolve);
    });
    const error = await failureOf(connect(base).send({ method: 'GET', path: '/', headers: {} }));
    assert.equal(error.failure, 'not-sent');
    assert.equal(error.code, 'ECONNREFUSED');
  });

  it('knows that a connection which breaks after the request may have done it', async () => {
    const base = await serve((request) => request.socket.destroy());
    const error = await failureOf(connect(base).send({ method: 'PATCH', path: '/', headers: {}, body: '{}' }));
    assert.equal(error.failure, 'reply-lost');
  });

  it('says reply-lost when the body breaks off', async () => {
    const base = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      response.flushHeaders();
      setImmediate(() => request.socket.destroy());
    });
    const { send } = connect(base);
    const work = send({ method: 'GET', path: '/', headers: {} }).then((response) => readText(response.body, 1000));
    assert.equal((await failureOf(work)).failure, 'reply-lost');
  });

  it('stops when the caller does, before and in the body', async () => {
    const stop = new AbortController();
    const base = await serve((_, response) => {
      response.writeHead(200);
      response.write('begin');
    });
    const { send } = connect(base);
    const response = await send({ method: 'GET', path: '/', headers: {}, signal: stop.signal });
    const reading = failureOf(readText(response.body, 1000));
    stop.abort(new Error('enough'));
    assert.equal((await reading).failure, 'aborted');
    const late = await failureOf(send({ method: 'GET', path: '/', headers: {}, signal: stop.signal }));
    assert.equal(late.failure, 'aborted');
    assert.equal(late.message, 'enough');
  });
});
