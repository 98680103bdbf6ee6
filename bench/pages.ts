/**
 * Pages of protobuf objects on a stream, for bench/observe.ts: a page is its kind (one byte), its length and its objects,
 * each after its length. A page is held whole before it is read, as the program holds a page of a list.
 */

/** A page with its objects not yet taken apart. */
export interface Page {
  readonly kind: 'nodes' | 'pods';
  readonly bytes: Buffer;
}

const KINDS = ['nodes', 'pods'] as const;
const LENGTH_BYTES = 4;
const HEAD_BYTES = 1 + LENGTH_BYTES;

export function encodePage(kind: Page['kind'], objects: readonly Buffer[]): Buffer {
  const bodies = objects.flatMap((object) => [lengthOf(object.length), object]);
  const length = bodies.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([KINDS.indexOf(kind)]), lengthOf(length), ...bodies]);
}

/** The pages of the stream, to its end. */
export async function* pagesFrom(stream: AsyncIterable<Buffer>): AsyncGenerator<Page> {
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = HEAD_BYTES;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    while (length >= wanted) {
      const bytes = Buffer.concat(chunks);
      wanted = HEAD_BYTES + bytes.readUInt32BE(1);
      if (length < wanted) {
        chunks = [bytes];
        break;
      }
      yield { kind: bytes[0] === 0 ? 'nodes' : 'pods', bytes: bytes.subarray(HEAD_BYTES, wanted) };
      chunks = [bytes.subarray(wanted)];
      length -= wanted;
      wanted = HEAD_BYTES;
    }
  }
}

/** The objects of a page, as views of it. */
export function* objectsOf({ bytes }: Page): Generator<Buffer> {
  let position = 0;
  while (position < bytes.length) {
    const start = position + LENGTH_BYTES;
    position = start + bytes.readUInt32BE(position);
    yield bytes.subarray(start, position);
  }
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
}
