/**
 * The body of a watch: lines of JSON, as they come.
 *
 * Invariants: beyond what it starts with (the client asked for that), at most `backlogLimit` events wait for the reader;
 * then the stream ends at once and the client resumes from what it has seen. After the end nothing is kept and `onEnd`
 * has been called exactly once.
 */

/** Gives the line, encoded only when it is read. */
type PendingLine = () => string;

/** So many events go into one chunk at most: a large burst is handed over in parts. */
const EVENTS_PER_CHUNK = 256;

export class WatchStream implements AsyncIterable<Uint8Array> {
  readonly #backlogLimit: number;
  readonly #onEnd: () => void;
  readonly #encoder = new TextEncoder();
  #waiting: PendingLine[] = [];
  /** How many of those that wait were there at the start; infinite until the start is over. */
  #initial = Infinity;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(backlogLimit: number, onEnd: () => void) {
    this.#backlogLimit = backlogLimit;
    this.#onEnd = onEnd;
  }

  push(line: PendingLine): void {
    if (this.#ended) return;
    this.#waiting.push(line);
    if (this.#waiting.length > this.#initial + this.#backlogLimit) this.cut();
    this.#wake?.();
  }

  /** What comes from now on is news, and limited. */
  started(): void {
    this.#initial = this.#waiting.length;
  }

  /** Ends after what waits has been read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake?.();
    this.#onEnd();
  }

  /** Ends now; what waits is dropped. */
  cut(): void {
    this.#waiting = [];
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#waiting.length > 0) {
          const lines = this.#waiting.splice(0, EVENTS_PER_CHUNK).map((line) => `${line()}\n`);
          this.#initial = Math.max(0, this.#initial - lines.length);
          yield this.#encoder.encode(lines.join(''));
        } else if (this.#ended) {
          return;
        } else {
          await this.#nextPush();
        }
      }
    } finally {
      this.cut();
    }
  }

  #nextPush(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
