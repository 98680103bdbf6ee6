/** The real transport against servers on loopback. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { after, test } from 'node:test';
import { realClock } from '../runtime/clock.ts';
import { readText, TransportError } from '../runtime/http.ts';
import { silentLogger } from '../runtime/log.ts';
import { seededRandom } from '../runtime/random.ts';
import { success } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import type { ClusterAccess, TlsMaterial } from './access.ts';
import { kubernetesClient } from './client.ts';
import { PLAIN_TLS } from './in-cluster.ts';
import { plainAccess } from './kubeconfig.ts';
import { ClusterObserver } from './observer.ts';
import * as certificates from './testing/certificates.ts';
import { encodeMessage } from './testing/encode-objects.ts';
import { envelope, ProtobufWriter } from './testing/protobuf-writer.ts';
import { kubernetesTransport } from './transport.ts';
import { WATCHED_KINDS } from './watched-kind.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : assert.fail();
}

const plain = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(listener))}`;

async function secured(
  options: { cert: string; key: string; ca?: string; requestCert?: boolean },
  listener: RequestListener,
) {
  return `https://127.0.0.1:${await listen(createTlsServer(options, listener))}`;
}

function access(server: string, tls: Partial<TlsMaterial> = {}, token?: () => string): ClusterAccess {
  const material = { ...PLAIN_TLS, ...tls };
  return {
    server,
    source: 'a test',
    present: () =>
      Promise.resolve(
        success({ authorization: token === undefined ? undefined : new Secret(`Bearer ${token()}`), tls: material }),
      ),
    refused: () => undefined,
  };
}

async function get(target: ClusterAccess, path = '/version'): Promise<string> {
  const transport = kubernetesTransport(target);
  try {
    const response = await transport.send({ method: 'GET', path, headers: { accept: 'application/json' } });
    return `${response.status} ${await readText(response.body, 10_000)}`;
  } finally {
    await transport.close();
  }
}

async function failureOf(target: ClusterAccess): Promise<TransportError> {
  try {
    await get(target);
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
  return assert.fail('it worked');
}

const SERVER = { cert: certificates.SERVER_CERTIFICATE, key: certificates.SERVER_KEY };

test('method, path behind a prefix, headers, body and credential arrive; the reply comes back', async () => {
  const seen: unknown[] = [];
  const server = await plain((request: IncomingMessage, response: ServerResponse) => {
    seen.push([request.method, request.url, request.headers.authorization]);
    response.writeHead(201, { 'content-type': 'text/plain', 'x-two': ['a', 'b'] });
    request.pipe(response);
  });
  const transport = kubernetesTransport(access(`${server}/proxy/`, {}, () => 'abc'));
  const response = await transport.send({ method: 'POST', path: '/api/v1/x?y=1', headers: {}, body: 'größe' });
  assert.equal(response.status, 201);
  assert.equal(response.headers['x-two'], 'a, b');
  assert.equal(await readText(response.body, 100), 'größe');
  assert.deepEqual(seen, [['POST', '/proxy/api/v1/x?y=1', 'Bearer abc']]);
  await transport.close();
});

test('a server that nobody runs: not sent, and the message says where and what to check', async () => {
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(() => resolve(undefined)));
  const error = await failureOf(plainAccess(`http://127.0.0.1:${port}`));
  assert.deepEqual([error.failure, error.code], ['not-sent', 'ECONNREFUSED']);
  assert.match(error.message, new RegExp(`API server http://127\\.0\\.0\\.1:${port} .* refuses the connection; check`));
});

test('a certificate of another authority, an expired one, and one for another name are told apart; nothing was sent', async () => {
  const good = await secured(SERVER, (_, response) => response.end('{}'));
  const expired = await secured(
    { cert: certificates.EXPIRED_CERTIFICATE, key: certificates.EXPIRED_KEY },
    (_, response) => response.end(),
  );
  const unknown = await failureOf(access(good));
  assert.match(unknown.message, /is not signed by the certificate authority given; check certificate-authority/);
  const old = await failureOf(access(expired, { ca: certificates.CA }));
  assert.equal(old.code, 'CERT_HAS_EXPIRED');
  assert.match(old.message, /certificate of the API server .* has expired; renew it/);
  const misnamed = await failureOf(access(good, { ca: certificates.CA, serverName: 'other' }));
  assert.match(misnamed.message, /is for another name; .*tls-server-name/);
  for (const error of [unknown, old, misnamed]) assert.equal(error.failure, 'not-sent');
  assert.equal(await get(access(good, { ca: certificates.CA })), '200 {}');
  assert.equal(await get(access(good, { insecureSkipVerify: true })), '200 {}');
});

test('a client certificate is presented', async () => {
  const server = await secured({ ...SERVER, ca: certificates.CA, requestCert: true }, (_, response) =>
    response.end('in'),
  );
  const tls = {
    ca: certificates.CA,
    clientCertificate: certificates.CLIENT_CERTIFICATE,
    clientKey: new Secret(certificates.CLIENT_KEY),
  };
  assert.equal(await get(access(server, tls)), '200 in');
  await assert.rejects(get(access(server, { ca: certificates.CA })), TransportError);
});

test('a refused token is read anew and the request repeated, once', async () => {
  const tokens = ['old', 'new', 'newer'];
  let asked = 0;
  const server = await plain((request, response) => {
    asked += 1;
    response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end('{}');
  });
  let current = 0;
  const rotating = { ...access(server, {}, () => tokens[current] ?? ''), refused: () => void (current += 1) };
  assert.equal(await get(rotating), '200 {}');
  assert.equal(asked, 2);
  assert.equal(await get(access(server, {}, () => 'wrong')), '401 {}');
  assert.equal(asked, 3);
});

test('a server that comes back with a certificate of a new authority is trusted as soon as its authority is known', async () => {
  const server = await secured(SERVER, (_, response) => response.end('{}'));
  const old = { ...PLAIN_TLS, ca: certificates.CLIENT_CERTIFICATE };
  let known: TlsMaterial = old;
  const rotating: ClusterAccess = {
    ...access(server),
    present: () => Promise.resolve(success({ authorization: undefined, tls: known })),
    refused: () => void (known = { ...PLAIN_TLS, ca: certificates.CA }),
  };
  assert.equal(await get(rotating), '200 {}');
});

test('a connection cut before the reply: the reply is lost; an abort is told as such', async () => {
  const server = await plain((request) => {
    if (request.url === '/cut') request.socket.destroy();
  });
  const transport = kubernetesTransport(plainAccess(server));
  const cut = transport.send({ method: 'POST', path: '/cut', headers: {}, body: '{}' });
  await assert.rejects(cut, (error) => error instanceof TransportError && error.failure === 'reply-lost');
  const stop = new AbortController();
  const hanging = transport.send({ method: 'GET', path: '/hang', headers: {}, signal: stop.signal });
  stop.abort();
  await assert.rejects(hanging, (error) => error instanceof TransportError && error.failure === 'aborted');
  await transport.close();
});

test('credentials that cannot be had are an error of their own, before anything is sent', async () => {
  const broken = {
    ...plainAccess('http://127.0.0.1:1'),
    present: () => Promise.resolve({ ok: false as const, error: { kind: 'unreadable' as const, message: 'no token' } }),
  };
  const error = await failureOf(broken);
  assert.deepEqual([error.failure, error.message], ['not-sent', 'no token']);
});

function frame(type: string, object: Buffer): Buffer {
  const bytes = new ProtobufWriter()
    .text(1, type)
    .message(2, (inner) => inner.bytes(1, object))
    .finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const node = (name: string, version: string): Buffer =>
  encodeMessage('Node', {
    metadata: { name, uid: `uid-${name}`, resourceVersion: version },
    status: { allocatable: { cpu: '2' } },
  });
const listPage = (names: readonly string[], token: string): Buffer => {
  const list = new ProtobufWriter().message(1, (meta) => meta.text(2, '100').text(3, token));
  for (const name of names) list.bytes(2, node(name, '1'));
  return envelope('v1', 'NodeList', list.finish());
};

test('list pages and a protobuf watch over a real socket, cut and resumed, end in a picture of the cluster', async () => {
  const asked: string[] = [];
  const server = await plain((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.searchParams.has('watch')) {
      const from = url.searchParams.get('resourceVersion') ?? '';
      asked.push(`watch ${from}`);
      response.writeHead(200, { 'content-type': 'application/vnd.kubernetes.protobuf;stream=watch' });
      if (from === '100') {
        const bytes = frame('ADDED', envelope('v1', 'Node', node('late', '101')));
        response.write(bytes.subarray(0, 7), () => response.write(bytes.subarray(7), () => response.destroy()));
      } else response.write(frame('DELETED', envelope('v1', 'Node', node('first', '102'))));
      return;
    }
    const token = url.searchParams.get('continue');
    asked.push(`list ${token ?? ''}`);
    response.writeHead(200, { 'content-type': 'application/vnd.kubernetes.protobuf' });
    response.end(token === null ? listPage(['first'], 'more') : listPage(['second'], ''));
  });
  const transport = kubernetesTransport(plainAccess(server));
  const told: string[] = [];
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const observer = new ClusterObserver({
    client: kubernetesClient({ transport: transport.send, clock: realClock }),
    clock: realClock,
    random: seededRandom(5),
    logger: silentLogger,
    kinds: WATCHED_KINDS.filter((kind) => kind.name === 'nodes'),
    sink: (events) => {
      for (const event of events) {
        if (event.kind === 'node') told.push(`+${event.node.name} ${event.node.allocatable['cpu']}`);
        if (event.kind === 'node-gone') {
          told.push(`-${event.name}`);
          finish();
        }
      }
    },
  });
  assert.equal(observer.allSynced(), false);
  void observer.start();
  await done;
  assert.deepEqual(told, ['+first 2000', '+second 2000', '+late 2000', '-first']);
  assert.deepEqual(asked, ['list ', 'list more', 'watch 100', 'watch 101']);
  assert.equal(observer.allSynced(), true);
  assert.ok((observer.status()[0]?.silentMs ?? Infinity) < 5_000);
  await observer.stop();
  await transport.close();
});

test('I5: a change that may no longer be made when a connection is there is not sent', async () => {
  let asked = 0;
  const server = await plain((_request, response) => {
    asked += 1;
    response.end('{}');
  });
  const transport = kubernetesTransport(access(server));
  let isLeader = true;
  const sending = transport.send({ method: 'PATCH', path: '/x', headers: {}, body: '{}', mayBeSent: () => isLeader });
  isLeader = false;
  await assert.rejects(sending, (error) => error instanceof TransportError && error.failure === 'not-sent');
  assert.equal(asked, 0);
  await transport.close();
});
