/**
 * The transport port: one HTTP exchange. The Kubernetes and Vultr rooms are written against this type, so the same
 * client runs over sockets (undici) and, in the sandbox's virtual time, in process.
 */

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, beginning with `/`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Aborts the exchange, the response's body included. Timeouts are the caller's (see `deadline` in clock.ts). */
  readonly signal?: AbortSignal;
  /** Asked once more when the request is about to be written to its connection: where it says no, it is not sent. */
  readonly mayBeSent?: () => boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end, or abandoned by leaving the loop, which closes the exchange. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Rejects with a {@link TransportError} when there is no response; an HTTP error status is a response. */
export type HttpTransport = (request: HttpRequest) => Promise<HttpResponse>;

export type TransportFailure =
  /** Nothing was sent: the host is unknown, refuses, or the TLS handshake failed. Safe to repeat. */
  | 'not-sent'
  /** Sent, then the connection broke or the answer did not come: the other side may have acted. */
  | 'reply-lost'
  /** The caller's signal aborted. Whether the other side acted is unknown. */
  | 'aborted';

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: TransportFailure;
  /** The system's or TLS library's code where there is one: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly code: string | undefined;
  constructor(
    failure: TransportFailure,
    message: string,
    options: { code?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.code = options.code;
  }
}

/** Reads a whole body as text. Throws a {@link TransportError} past `limitBytes`. */
export async function readText(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  return new TextDecoder().decode(await readBytes(body, limitBytes));
}

/** Reads a whole body. Throws a {@link TransportError} past `limitBytes`. */
export async function readBytes(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limitBytes) throw new TransportError('reply-lost', `the reply is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
