/**
 * Cuts a watch's byte stream into frames: lines for JSON, a 4-byte big-endian length before each for protobuf. Chunks
 * come as the network cuts them, in the middle of a frame or of a character; only whole frames are handed out.
 */

/** No object in etcd is larger than a few MB; a longer frame means that the stream is out of step. */
const LONGEST_FRAME_BYTES = 64 * 1024 * 1024;

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const LINE_FEED = 0x0a;
const LENGTH_BYTES = 4;

export class FrameSplitter {
  readonly #framing: 'lines' | 'lengths';
  #held: Buffer = Buffer.alloc(0);
  /** Pieces of a frame that has not ended, joined only when it does: a large frame comes in many chunks. */
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  #neededBytes = 0;

  constructor(framing: 'lines' | 'lengths') {
    this.#framing = framing;
  }

  /** Takes in a chunk and returns the frames that it completes, without their length or line end. */
  push(chunk: Uint8Array): readonly Buffer[] {
    this.#pieces.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > LONGEST_FRAME_BYTES + LENGTH_BYTES) throw new FrameError('a watch frame of more than 64 MiB');
    if (this.#heldBytes < this.#neededBytes) return [];
    if (this.#framing === 'lines' && !chunk.includes(LINE_FEED)) return [];
    this.#held =
      this.#pieces.length === 1 && this.#pieces[0] !== undefined ? this.#pieces[0] : Buffer.concat(this.#pieces);
    const frames = this.#framing === 'lines' ? this.#lines() : this.#lengths();
    this.#pieces = this.#held.length === 0 ? [] : [this.#held];
    this.#heldBytes = this.#held.length;
    return frames;
  }

  #lines(): readonly Buffer[] {
    const frames: Buffer[] = [];
    let start = 0;
    for (let end = this.#held.indexOf(LINE_FEED); end >= 0; end = this.#held.indexOf(LINE_FEED, start)) {
      const line = this.#held.subarray(start, end);
      if (line.length > 0) frames.push(line);
      start = end + 1;
    }
    this.#held = this.#held.subarray(start);
    return frames;
  }

  #lengths(): readonly Buffer[] {
    const frames: Buffer[] = [];
    let start = 0;
    this.#neededBytes = LENGTH_BYTES;
    while (this.#held.length - start >= LENGTH_BYTES) {
      const length = this.#held.readUInt32BE(start);
      if (length > LONGEST_FRAME_BYTES) throw new FrameError(`a watch frame of ${length} bytes`);
      const end = start + LENGTH_BYTES + length;
      this.#neededBytes = LENGTH_BYTES + length;
      if (end > this.#held.length) break;
      frames.push(this.#held.subarray(start + LENGTH_BYTES, end));
      start = end;
      this.#neededBytes = LENGTH_BYTES;
    }
    this.#held = this.#held.subarray(start);
    return frames;
  }
}
