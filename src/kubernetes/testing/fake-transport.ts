/** An API server in process whose every reply a test decides: when it comes, what it says, when it breaks. */
import { TransportError, type HttpRequest, type HttpResponse, type HttpTransport } from '../../runtime/http.ts';

export interface Exchange {
  readonly request: HttpRequest;
  readonly url: URL;
  /** The request's body, parsed. */
  readonly body: unknown;
}

export type Reply = HttpResponse | TransportError;

/** A transport that answers by `answer` and remembers what was asked. */
export class FakeTransport {
  readonly exchanges: Exchange[] = [];
  answer: (exchange: Exchange) => Reply | Promise<Reply>;

  constructor(answer: (exchange: Exchange) => Reply | Promise<Reply>) {
    this.answer = answer;
  }

  readonly send: HttpTransport = async (request) => {
    const body: unknown = typeof request.body === 'string' ? JSON.parse(request.body) : undefined;
    const exchange = { request, url: new URL(request.path, 'http://fake'), body };
    this.exchanges.push(exchange);
    const reply = await Promise.race([this.answer(exchange), aborted(request.signal)]);
    if (reply instanceof TransportError) throw reply;
    return reply;
  };

  /** `GET /api/v1/nodes/a`, for each request so far. */
  get asked(): readonly string[] {
    return this.exchanges.map(({ request, url }) => `${request.method} ${url.pathname}`);
  }
}

function aborted(signal: AbortSignal | undefined): Promise<Reply> {
  return new Promise((resolve) => {
    const give = (): void => resolve(new TransportError('aborted', 'aborted'));
    if (signal?.aborted === true) give();
    signal?.addEventListener('abort', give, { once: true });
  });
}

export function jsonReply(value: unknown, status = 200): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: once(Buffer.from(JSON.stringify(value))) };
}

export function statusReply(code: number, reason: string, more: Readonly<Record<string, unknown>> = {}): HttpResponse {
  return jsonReply(
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason, ...more },
    code,
  );
}

/** A body in chunks of one size, the last one shorter. */
export async function* cutInto(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    yield await Promise.resolve(bytes.subarray(from, from + chunkBytes));
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** A reply whose body a test feeds. */
export class OpenReply {
  readonly response: HttpResponse;
  readonly #queue: (Uint8Array | 'end' | TransportError)[] = [];
  #wake: (() => void) | undefined;
  closed = false;

  constructor(contentType: string, signal: AbortSignal | undefined) {
    this.response = { status: 200, headers: { 'content-type': contentType }, body: this.#body() };
    signal?.addEventListener('abort', () => this.fail(new TransportError('aborted', 'aborted')), { once: true });
  }

  push(bytes: Uint8Array | string): void {
    this.#put(Buffer.from(bytes));
  }

  /** A line of a JSON watch. */
  event(type: string, object: unknown): void {
    this.push(`${JSON.stringify({ type, object })}\n`);
  }

  end(): void {
    this.#put('end');
  }

  fail(error: TransportError = new TransportError('reply-lost', 'connection reset')): void {
    this.#put(error);
  }

  #put(item: Uint8Array | 'end' | TransportError): void {
    this.#queue.push(item);
    this.#wake?.();
  }

  async *#body(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else if (next === 'end') return;
        else if (next instanceof TransportError) throw next;
        else yield next;
      }
    } finally {
      this.closed = true;
    }
  }
}
