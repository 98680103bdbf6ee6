/**
 * One unary gRPC call over HTTP/2: a message there, a message back, a status in the trailers.
 *
 * 1. The connection is encrypted and the server known by the given authority; there is no other way in.
 * 2. A call ends: by its reply, by a failure, or by its deadline, which the server is told too.
 * 3. A connection is kept for the next call, and made anew when it has ended.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import type { Clock } from '../runtime/clock.ts';
import { type Result, failure, success } from '../runtime/result.ts';

export interface GrpcServer {
  readonly host: string;
  readonly port: number;
  /** Certificates of the authority, in PEM. */
  readonly ca: string;
}

export interface UnaryCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly message: Uint8Array;
  readonly timeoutMs: number;
}

/** Replies may be so long, as in Cluster Autoscaler. */
const MOST_REPLY_BYTES = 128 * 2 ** 20;
/** A flag (0: not compressed) and the message's length. */
const PREFIX_BYTES = 5;
const OK = '0';

export class GrpcChannel {
  readonly #server: GrpcServer;
  readonly #clock: Clock;
  #session: ClientHttp2Session | undefined;

  constructor(server: GrpcServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /** The reply's message, or in words why there is none. Never rejects. */
  async call(call: UnaryCall): Promise<Result<Uint8Array, string>> {
    try {
      return await this.#ask(call);
    } catch (error) {
      // A connection that is just ending takes no request.
      return failure(error instanceof Error ? error.message : String(error));
    }
  }

  #ask({ path, message, timeoutMs }: UnaryCall): Promise<Result<Uint8Array, string>> {
    return new Promise((resolve) => {
      const session = this.#connected();
      const reply = new Reply();
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        'grpc-timeout': `${timeoutMs}m`,
        te: 'trailers',
      });
      const finish = (result: Result<Uint8Array, string>): void => {
        timer.cancel();
        session.off('error', failed);
        resolve(result);
        if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      };
      const failed = (error: Error): void => finish(failure(error.message));
      const timer = this.#clock.setTimer(timeoutMs, () => {
        // What does not answer may never again: the next call finds out on a connection of its own.
        this.#session = undefined;
        session.destroy();
        finish(failure(`no reply within ${timeoutMs} ms`));
      });
      session.on('error', failed);
      reply.follow(stream, finish);
      stream.end(framed(message));
    });
  }

  /** Ends the connection. */
  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connected(): ClientHttp2Session {
    const known = this.#session;
    if (known !== undefined && !known.closed && !known.destroyed) return known;
    const { host, port, ca } = this.#server;
    const authority = host.includes(':') ? `[${host}]` : host;
    const session = connect(`https://${authority}:${port}`, { ca });
    // A connection alone keeps no process alive; its failure is told to the calls on it.
    session.unref();
    session.on('error', () => {
      if (this.#session === session) this.#session = undefined;
    });
    this.#session = session;
    return session;
  }
}

/** Gathers what comes back on a stream. */
class Reply {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #httpStatus = 0;
  #status: string | undefined;
  #words = '';

  follow(stream: ClientHttp2Stream, finish: (result: Result<Uint8Array, string>) => void): void {
    stream.on('response', (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
      this.#httpStatus = headers[':status'] ?? 0;
      this.#note(headers);
    });
    stream.on('trailers', (headers: IncomingHttpHeaders) => this.#note(headers));
    stream.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > MOST_REPLY_BYTES) finish(failure(`its reply is longer than ${MOST_REPLY_BYTES} bytes`));
      else this.#chunks.push(chunk);
    });
    stream.on('error', (error: Error) => finish(failure(error.message)));
    stream.on('end', () => finish(this.#result()));
    stream.on('close', () => finish(failure('the connection ended before the reply')));
  }

  #note(headers: Readonly<Record<string, unknown>>): void {
    const { 'grpc-status': status, 'grpc-message': words } = headers;
    if (typeof status === 'string') this.#status = status;
    if (typeof words === 'string') this.#words = decoded(words);
  }

  #result(): Result<Uint8Array, string> {
    if (this.#status === undefined) return failure(`HTTP status ${this.#httpStatus}, and no gRPC status`);
    if (this.#status !== OK)
      return failure(`gRPC status ${this.#status}${this.#words === '' ? '' : `: ${this.#words}`}`);
    return unframed(Buffer.concat(this.#chunks));
  }
}

function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function unframed(bytes: Buffer): Result<Uint8Array, string> {
  if (bytes.length < PREFIX_BYTES) return failure('its reply has no message');
  if (bytes[0] !== 0) return failure('its reply is compressed, which was not asked for');
  const message = bytes.subarray(PREFIX_BYTES);
  return message.length === bytes.readUInt32BE(1) ? success(message) : failure('its reply is not one message');
}

/** `grpc-message` is percent-encoded; a broken one is taken as it is. */
function decoded(words: string): string {
  try {
    return decodeURIComponent(words);
  } catch {
    return words;
  }
}
