/** The published protocol over real HTTP/2 and TLS on loopback; pods and nodes are read back by the product's decoders. */
import assert from 'node:assert/strict';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import { aNode, aPod, aTaint } from '../cluster/fixtures.test-support.ts';
import { decodeNodeProtobuf } from '../kubernetes/decode-node-protobuf.ts';
import { decodePodProtobuf } from '../kubernetes/decode-pod-protobuf.ts';
import { Interner } from '../kubernetes/intern.ts';
import { ProtobufReader } from '../kubernetes/protobuf-reader.ts';
import { ProtobufWriter } from '../kubernetes/protobuf-writer.ts';
import { CA, SERVER_CERTIFICATE, SERVER_KEY } from '../kubernetes/testing/certificates.ts';
import { realClock, type Clock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/log.ts';
import type { CounselQuestion } from '../scale-up/counsel.ts';
import { expanderService, type ExpanderService } from './expander-service.ts';

const POD = aPod({
  name: 'web-0',
  labels: { app: 'web' },
  owner: 'web',
  cpu: 250,
  memory: 2 ** 30,
  spec: { nodeSelector: { pool: 'fast' }, priority: 7, schedulerName: 'default-scheduler' },
});
const NODE = aNode({
  name: 'template',
  labels: { pool: 'fast' },
  taints: [aTaint('dedicated', 'web')],
  resources: { 'nvidia.com/gpu': 1 },
});
const QUESTION: CounselQuestion = {
  key: 'k',
  options: [
    { groupId: 'a', nodes: 1, debug: '', pods: [POD], template: NODE },
    { groupId: 'b', nodes: 2, debug: '', pods: [], template: NODE },
  ],
};

type Behaviour = (stream: ServerHttp2Stream, body: Buffer, path: string) => void;

describe('the expander service', () => {
  let server: Http2SecureServer;
  let behaviour: Behaviour;

  before(async () => {
    server = createSecureServer({ cert: SERVER_CERTIFICATE, key: SERVER_KEY });
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => behaviour(stream, Buffer.concat(chunks), headers[':path'] ?? ''));
      stream.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });
  after(() => server.close());

  const withService = async <T>(
    use: (service: ExpanderService) => Promise<T>,
    given: Partial<Given> = {},
  ): Promise<T> => {
    const { clock = realClock, ca = CA } = given;
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const service = expanderService({ host: '127.0.0.1', port: address.port, ca }, clock, silentLogger);
    try {
      return await use(service);
    } finally {
      service.close();
    }
  };

  it('is sent every option with its pods, and the node that each group would add; its choice comes back', async () => {
    let asked: { readonly path: string; readonly body: Buffer } | undefined;
    behaviour = (stream, body, path) => {
      asked = { path, body };
      reply(stream, framed(choiceOf('b', 'unheard-of')));
    };
    const answer = await withService((service) => service.bestOptions(QUESTION));
    assert.deepEqual(answer, { kind: 'best', groupIds: ['b', 'unheard-of'] });
    assert.equal(asked?.path, '/grpcplugin.Expander/BestOptions');
    const request = readRequest(asked.body);
    assert.deepEqual(
      request.options.map(({ id, nodes, pods }) => [id, nodes, pods.length]),
      [
        ['a', 1, 1],
        ['b', 2, 0],
      ],
    );
    assert.deepEqual([...request.nodes.keys()], ['a', 'b']);
    const pod = decodePodProtobuf(request.options[0]?.pods[0] ?? Buffer.alloc(0), new Interner());
    assert.ok(pod.ok && pod.value.event.kind === 'pod');
    const { name, namespace, labels, controller, spec } = pod.value.event.pod;
    assert.deepEqual([name, namespace, { ...labels }], ['web-0', 'default', { app: 'web' }]);
    assert.equal(controller?.name, 'web');
    assert.deepEqual({ ...spec.requests }, { cpu: 250, memory: 2 ** 30 });
    assert.deepEqual([{ ...spec.nodeSelector }, spec.priority], [{ pool: 'fast' }, 7]);
    const node = decodeNodeProtobuf(request.nodes.get('a') ?? Buffer.alloc(0), new Interner());
    assert.ok(node.ok && node.value.event.kind === 'node');
    const { capacity, taints } = node.value.event.node;
    assert.deepEqual({ ...capacity }, { ...NODE.capacity });
    assert.deepEqual(taints, NODE.taints);
  });

  it('that names no group refuses them all', async () => {
    behaviour = (stream) => reply(stream, framed(Buffer.alloc(0)));
    assert.deepEqual(await withService((service) => service.bestOptions(QUESTION)), { kind: 'best', groupIds: [] });
  });

  it('that fails has no say, and says why', async () => {
    const failures: readonly (readonly [Behaviour, RegExp])[] = [
      [
        (stream) => reply(stream, Buffer.alloc(0), { 'grpc-status': '13', 'grpc-message': 'no%20idea' }),
        /gRPC status 13: no idea/,
      ],
      [(stream) => stream.respond({ ':status': 502 }, { endStream: true }), /HTTP status 502/],
      [(stream) => reply(stream, Buffer.from([1, 0, 0, 0, 0])), /compressed/],
      [(stream) => reply(stream, Buffer.from([0, 0, 0, 0, 9, 1])), /not one message/],
      [(stream) => reply(stream, Buffer.alloc(0)), /has no message/],
      [(stream) => reply(stream, framed(Buffer.from([0x0a, 0x7f]))), /no BestOptionsResponse/],
      [(stream) => stream.session?.destroy(), /./],
    ];
    for (const [how, why] of failures) {
      behaviour = how;
      const answer = await withService((service) => service.bestOptions(QUESTION));
      assert.ok(answer.kind === 'no-say', String(why));
      assert.match(answer.why, why);
    }
  });

  it('that does not answer has no say after 5 s, and the next question goes its own way', async () => {
    const waits: number[] = [];
    const impatient: Clock = {
      ...realClock,
      setTimer(delayMs, fire) {
        waits.push(delayMs);
        return realClock.setTimer(0, fire);
      },
    };
    behaviour = () => undefined;
    const answer = await withService((service) => service.bestOptions(QUESTION), { clock: impatient });
    assert.deepEqual(answer, { kind: 'no-say', why: 'no reply within 5000 ms' });
    assert.deepEqual(waits, [5000]);
  });

  it('is asked again on a new connection after the old one has ended', async () => {
    await withService(async (service) => {
      behaviour = (stream) => stream.session?.destroy();
      assert.equal((await service.bestOptions(QUESTION)).kind, 'no-say');
      behaviour = (stream) => reply(stream, framed(choiceOf('a')));
      assert.deepEqual(await service.bestOptions(QUESTION), { kind: 'best', groupIds: ['a'] });
      assert.deepEqual(await service.bestOptions(QUESTION), { kind: 'best', groupIds: ['a'] });
    });
  });

  it('whose certificate is of another authority is not believed', async () => {
    behaviour = (stream) => reply(stream, framed(choiceOf('a')));
    const answer = await withService((service) => service.bestOptions(QUESTION), { ca: SERVER_CERTIFICATE });
    assert.ok(answer.kind === 'no-say');
    assert.match(answer.why, /certificate|issuer/);
  });
});

interface Given {
  readonly clock: Clock;
  readonly ca: string;
}

function reply(
  stream: ServerHttp2Stream,
  body: Buffer,
  trailers: Record<string, string> = { 'grpc-status': '0' },
): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function choiceOf(...ids: readonly string[]): Buffer {
  const writer = new ProtobufWriter();
  for (const id of ids) writer.message(1, (option) => option.text(1, id));
  return writer.finish();
}

interface ReadRequest {
  readonly options: { readonly id: string; readonly nodes: number; readonly pods: readonly Uint8Array[] }[];
  readonly nodes: Map<string, Uint8Array>;
}

function readRequest(body: Buffer): ReadRequest {
  const reader = new ProtobufReader(body.subarray(5));
  const request: ReadRequest = { options: [], nodes: new Map() };
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    const outer = reader.enter();
    const texts = new Map<number, string>();
    const parts = new Map<number, Uint8Array[]>();
    let nodes = 0;
    for (let inner = reader.field(); inner !== 0; inner = reader.field()) {
      if (inner === 1) texts.set(inner, reader.text());
      else if (inner === 2 && field === 1) nodes = reader.integer();
      else if (inner === 5 || (inner === 2 && field === 3))
        parts.set(inner, [...(parts.get(inner) ?? []), reader.view()]);
      else reader.skip();
    }
    reader.leave(outer);
    const id = texts.get(1) ?? '';
    if (field === 1) request.options.push({ id, nodes, pods: parts.get(5) ?? [] });
    else request.nodes.set(id, parts.get(2)?.[0] ?? Buffer.alloc(0));
  }
  return request;
}
