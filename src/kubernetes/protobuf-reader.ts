/**
 * Reads protobuf at the wire level: tags, varints, length-delimited values. It knows no messages; whoever walks one
 * names the fields it wants and skips the others by their length, which is what makes decoding fast.
 *
 * - It never reads outside the message entered: a length that leads out of it is a {@link ProtobufError}.
 * - Nothing is copied but the texts asked for.
 *
 * Numbers are signed 64-bit on the wire; they are exact here up to 2^53.
 */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

const WIRE_VARINT = 0;
const WIRE_FIXED_64 = 1;
const WIRE_LENGTH_DELIMITED = 2;
const WIRE_FIXED_32 = 5;

const TWO_TO_32 = 2 ** 32;

export class ProtobufReader {
  readonly bytes: Buffer;
  /** The next byte to be read. */
  position: number;
  /** Where the message that is being read ends. */
  end: number;
  /** Where the current field's tag begins. */
  fieldStart = 0;
  #wire = WIRE_VARINT;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.position = start;
    this.end = end;
  }

  /** Moves on to the next field of this message and returns its number; 0 at the message's end. */
  field(): number {
    if (this.position >= this.end) return 0;
    this.fieldStart = this.position;
    const tag = this.#varint();
    this.#wire = tag & 7;
    const field = Math.floor(tag / 8);
    if (field <= 0) throw new ProtobufError(`field number ${field} at byte ${this.fieldStart}`);
    return field;
  }

  /** Enters the message that is this field's value. Give what it returns to {@link leave}. */
  enter(): number {
    const length = this.#length();
    const outer = this.end;
    this.end = this.position + length;
    return outer;
  }

  /** Leaves the message entered, wherever in it the reader stands. */
  leave(outer: number): void {
    this.position = this.end;
    this.end = outer;
  }

  /** This field's value as a number. */
  integer(): number {
    if (this.#wire !== WIRE_VARINT) throw new ProtobufError(`wire type ${this.#wire} where a number belongs`);
    return this.#varint();
  }

  boolean(): boolean {
    return this.integer() !== 0;
  }

  /** This field's value as a text. */
  text(): string {
    const length = this.#length();
    const start = this.position;
    this.position = start + length;
    return this.bytes.toString('utf8', start, this.position);
  }

  /** This field's value as bytes of the same memory. */
  view(): Buffer {
    const length = this.#length();
    const start = this.position;
    this.position = start + length;
    return this.bytes.subarray(start, this.position);
  }

  /** Leaves this field's value unread. */
  skip(): void {
    switch (this.#wire) {
      case WIRE_VARINT:
        this.#varint();
        return;
      case WIRE_LENGTH_DELIMITED: {
        // Two steps: reading the length moves the position.
        const length = this.#length();
        this.position += length;
        return;
      }
      case WIRE_FIXED_64:
        this.#advance(8);
        return;
      case WIRE_FIXED_32:
        this.#advance(4);
        return;
      default:
        throw new ProtobufError(`wire type ${this.#wire} at byte ${this.fieldStart}`);
    }
  }

  #advance(count: number): void {
    if (this.position + count > this.end) throw new ProtobufError('the message ends within a value');
    this.position += count;
  }

  #length(): number {
    if (this.#wire !== WIRE_LENGTH_DELIMITED) {
      throw new ProtobufError(`wire type ${this.#wire} where a message, text or bytes belong`);
    }
    const length = this.#varint();
    if (length < 0 || this.position + length > this.end) {
      throw new ProtobufError(`a value of ${length} bytes leads out of its message at byte ${this.position}`);
    }
    return length;
  }

  #varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) throw new ProtobufError('the message ends within a number');
      // Within bounds: position < end ≤ bytes.length.
      const byte = this.bytes[this.position++] ?? 0;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x70) >> 4;
      } else high |= (byte & 0x7f) << (shift - 32);
      if (byte < 0x80) return high * TWO_TO_32 + (low >>> 0);
    }
    throw new ProtobufError(`a number of more than 10 bytes at byte ${this.position}`);
  }
}

/** Calls `onField` for each field of the message that is the current field's value; what it leaves unread is skipped. */
export function eachField(reader: ProtobufReader, onField: (field: number) => void): void {
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    const before = reader.position;
    onField(field);
    if (reader.position === before) reader.skip();
  }
  reader.leave(outer);
}
