/**
 * Cuts a list in protobuf into its objects while it comes. Chunks come as the network cuts them; an object is handed out
 * as soon as it is whole, so that of a page of any size no more than a chunk and an object is held.
 */
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';
import { MAGIC } from './protobuf-envelope.ts';

/** What a page says besides its objects. */
export interface PageEnd {
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
}

/** No object in etcd is larger than a few MB; a longer one means that the stream is out of step. */
const LONGEST_OBJECT_BYTES = 64 * 1024 * 1024;
/** For a chunk as the network brings it, and most objects; larger for larger ones. */
const ROOM_BYTES = 128 * 1024;

export class ListSplitter {
  /** Used again and again: what is handed out are views of it, or of the chunk. */
  #room: Buffer = Buffer.alloc(0);
  /** What has come and is not whole. */
  #held: Buffer = Buffer.alloc(0);
  #inside: 'nothing' | 'envelope' | 'list' = 'nothing';
  /** Of the list's message, while inside it. */
  #bytesLeft = 0;
  #hasList = false;
  #end: PageEnd = { resourceVersion: '', continueToken: '' };

  /** Takes in a chunk and returns the objects that it completes, as views that are good until the next call. */
  push(chunk: Uint8Array): readonly Buffer[] {
    const bytes = this.#joined(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    const objects: Buffer[] = [];
    let position = 0;
    for (let next = this.#step(bytes, position, objects); next > position;) {
      position = next;
      next = this.#step(bytes, position, objects);
    }
    this.#held = bytes.subarray(position);
    return objects;
  }

  /** Nothing more comes. Throws a {@link ProtobufError} when the list is not whole. */
  end(): PageEnd {
    if (!this.#hasList || this.#held.length > 0 || this.#bytesLeft > 0)
      throw new ProtobufError('the list is not whole');
    return this.#end;
  }

  /** Goes on by one part; stays where it is when that has not come whole. */
  #step(bytes: Buffer, position: number, objects: Buffer[]): number {
    if (this.#inside === 'nothing') return this.#enterEnvelope(bytes, position);
    const field = fieldAt(bytes, position);
    if (field === undefined) return position;
    if (this.#inside === 'envelope' && field.number === 2) return this.#enterList(field);
    if (field.end - position > LONGEST_OBJECT_BYTES) {
      throw new ProtobufError(`an object of ${field.end - field.start} bytes`);
    }
    if (field.end > bytes.length) return position;
    if (this.#inside === 'list') this.#take(bytes, field, objects);
    this.#leave(field.end - position);
    return field.end;
  }

  #enterEnvelope(bytes: Buffer, position: number): number {
    if (bytes.length - position < MAGIC.length) return position;
    const start = position + MAGIC.length;
    if (!bytes.subarray(position, start).equals(MAGIC)) throw new ProtobufError('no Kubernetes protobuf envelope');
    this.#inside = 'envelope';
    return start;
  }

  #enterList(field: Field): number {
    this.#bytesLeft = field.end - field.start;
    this.#inside = this.#bytesLeft > 0 ? 'list' : 'envelope';
    this.#hasList = true;
    return field.start;
  }

  #take(bytes: Buffer, { number, start, end }: Field, objects: Buffer[]): void {
    if (number === 1) this.#end = readListMeta(bytes, start, end);
    else if (number === 2) objects.push(bytes.subarray(start, end));
  }

  #leave(count: number): void {
    if (this.#inside !== 'list') return;
    this.#bytesLeft -= count;
    if (this.#bytesLeft < 0) throw new ProtobufError('a value leads out of the list');
    if (this.#bytesLeft === 0) this.#inside = 'envelope';
  }

  /** What is held and the chunk, in one piece. Only now is the room written to: what was handed out before lies in it. */
  #joined(chunk: Buffer): Buffer {
    if (this.#held.length === 0) return chunk;
    const length = this.#held.length + chunk.length;
    const room = length <= this.#room.length ? this.#room : Buffer.allocUnsafe(Math.max(length, ROOM_BYTES));
    this.#held.copy(room);
    chunk.copy(room, this.#held.length);
    this.#room = room;
    return room.subarray(0, length);
  }
}

interface Field {
  readonly number: number;
  /** Where its value lies; the end may lie beyond what has come. */
  readonly start: number;
  readonly end: number;
}

/** The field at a position; `undefined` while its beginning has not come. */
function fieldAt(bytes: Buffer, position: number): Field | undefined {
  const tag = varintAt(bytes, position);
  if (tag === undefined) return undefined;
  const number = Math.floor(tag.value / 8);
  switch (tag.value % 8) {
    case 0: {
      const value = varintAt(bytes, tag.end);
      return value && { number, start: tag.end, end: value.end };
    }
    case 1:
      return { number, start: tag.end, end: tag.end + 8 };
    case 2: {
      const length = varintAt(bytes, tag.end);
      return length && { number, start: length.end, end: length.end + length.value };
    }
    case 5:
      return { number, start: tag.end, end: tag.end + 4 };
    default:
      throw new ProtobufError(`wire type ${tag.value % 8} in a list`);
  }
}

const LONGEST_VARINT_BYTES = 10;

function varintAt(bytes: Buffer, start: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let at = start; at < bytes.length; at++) {
    // Within bounds: at < bytes.length.
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) return { value, end: at + 1 };
    if (at - start >= LONGEST_VARINT_BYTES) throw new ProtobufError('a number of more than 10 bytes in a list');
  }
  return undefined;
}

function readListMeta(bytes: Buffer, start: number, end: number): PageEnd {
  const reader = new ProtobufReader(bytes, start, end);
  let resourceVersion = '';
  let continueToken = '';
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 2) resourceVersion = reader.text();
    else if (field === 3) continueToken = reader.text();
    else reader.skip();
  }
  return { resourceVersion, continueToken };
}
