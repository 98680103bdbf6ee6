import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DecodeResult } from './decode-result.ts';
import { Interner } from './intern.ts';
import { readPage } from './list-page.ts';
import { PROTOBUF_TYPE } from './protobuf-envelope.ts';
import { encodeMessage } from './testing/encode-objects.ts';
import { cutInto, OpenReply } from './testing/fake-transport.ts';
import { pod } from './testing/list-watch-world.ts';
import { envelope, podPage, ProtobufWriter } from './testing/protobuf-writer.ts';
import { WATCHED_KINDS } from './watched-kind.ts';

const kind = WATCHED_KINDS.find(({ name }) => name === 'pods') ?? assert.fail();

/** As large as wanted: the product skips fields that it does not know. */
function podOf(name: string, moreBytes = 0): Buffer {
  const unknown = new ProtobufWriter().bytes(15, Buffer.alloc(moreBytes));
  return Buffer.concat([encodeMessage('Pod', { ...pod(name, '1') }), unknown.finish()]);
}

const nameOf = (object: DecodeResult): string => (object.ok ? object.value.key : object.error.reason);

async function read(body: AsyncIterable<Uint8Array>): Promise<{ names: string[]; end: unknown }> {
  const names: string[] = [];
  const end = await readPage(
    { contentType: PROTOBUF_TYPE, body },
    { kind, interner: new Interner(), onObjects: (objects) => names.push(...objects.map(nameOf)) },
  );
  return { names, end };
}

test('a page is told in full and in order, however large its objects are and wherever the network cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 300_000 })), { maxLength: 12 }),
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1000, max: 70_000 })),
      fc.constantFrom('', 'there is more'),
      async (sizes, chunkBytes, continueToken) => {
        // A chunk of few bytes only where the page is small: else a case takes seconds.
        const fitting = chunkBytes < 1000 ? sizes.map((size) => size % 200) : sizes;
        const objects = fitting.map((size, index) => podOf(`pod-${index}`, size));
        const { names, end } = await read(cutInto(podPage('10', objects, continueToken), chunkBytes));
        assert.deepEqual(end, { ok: true, value: { resourceVersion: '10', continueToken } });
        assert.deepEqual(
          names,
          objects.map((_, index) => `shop/pod-${index}`),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('an object is told as soon as it has come, while the rest of the page is under way', async () => {
  const bytes = podPage('10', [podOf('first'), podOf('second', 100_000)]);
  const reply = new OpenReply(PROTOBUF_TYPE, undefined);
  const names: string[] = [];
  const reading = readPage(
    { contentType: PROTOBUF_TYPE, body: reply.response.body },
    { kind, interner: new Interner(), onObjects: (objects) => names.push(...objects.map(nameOf)) },
  );
  reply.push(bytes.subarray(0, 1000));
  await new Promise(setImmediate);
  assert.deepEqual(names, ['shop/first']);
  reply.push(bytes.subarray(1000));
  reply.end();
  assert.equal((await reading).ok, true);
  assert.deepEqual(names, ['shop/first', 'shop/second']);
});

test('a page that ends early is no page, wherever it ends', async () => {
  const bytes = podPage('10', [podOf('a'), podOf('b')]);
  for (let length = 0; length < bytes.length; length++) {
    const { end } = await read(cutInto(bytes.subarray(0, length), 50));
    assert.deepEqual(end, { ok: false, error: 'the list is not whole' }, `${length} of ${bytes.length} bytes`);
  }
});

/** The tag of a list's objects: field 2, with a length. */
const ITEMS = 0x12;

function list(raw: Uint8Array): Buffer {
  return envelope('v1', 'PodList', raw);
}

test('what is no list of objects fails with what is wrong with it', async () => {
  for (const [bytes, problem] of [
    [Buffer.from('<html>'), 'no Kubernetes protobuf envelope'],
    [list(Buffer.from([0x0b])), 'wire type 3 in a list'],
    [list(Buffer.from([ITEMS, 5, 1])), 'a value leads out of the list'],
    [list(Buffer.from([ITEMS, 0xff, 0xff, 0xff, 0xff, 0x0f])), 'an object of 4294967295 bytes'],
    [list(Buffer.alloc(20, 0xff)), 'a number of more than 10 bytes in a list'],
  ] as const) {
    const { end } = await read(cutInto(Buffer.concat([bytes, Buffer.alloc(8)]), 3));
    assert.deepEqual(end, { ok: false, error: problem });
  }
});
