/**
 * The HTTP surface on a socket: read-only, and bounded in every direction.
 *
 * 1. Only GET and HEAD; a body is not read, and not asked for.
 * 2. Connections, streams, the length of what is asked, the time to ask it and to take the answer, and how often one address
 *    asks have bounds. The health check is never refused for that: whoever asks too much must not get the process killed.
 * 3. What is not HTTP is answered 400 and the connection is closed.
 */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import { createServer } from '../../runtime/node-http.ts';
import type { Answer, Handler, Stream } from './answer.ts';
import { answerOf, problem } from './answer.ts';
import { RateLimit } from './rate-limit.ts';

export interface HttpSurfaceOptions {
  /** `host: undefined` listens on all addresses; port 0 takes a free one. */
  readonly address: { readonly host: string | undefined; readonly port: number };
  readonly logger: Logger;
  /** Asked in turn; the first that has an answer gives it. */
  readonly handlers: readonly Handler[];
  readonly clock: Clock;
}

export interface HttpSurface {
  readonly port: number;
  close(): void;
}

const MAX_CONNECTIONS = 128;
/** Listeners of live streams; each holds a connection. */
const MAX_STREAMS = 16;
/** Whoever listens asks again by itself, and is then looked at anew. */
const LONGEST_STREAM_MS = 60 * 60_000;
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_PATH_LENGTH = 2048;
/** More are no question, but an attempt to fill memory; what comes after is dropped by the parser. */
const MAX_HEADERS = 64;
/** From the first byte of a question to its last, and how often that is looked at. */
const REQUEST_TIMEOUT_MS = 10_000;
const TIMEOUT_LOOK_MS = 1_000;
/** Nothing of an answer was taken for so long. The time in which it is found does not count. */
const SILENCE_TIMEOUT_MS = 30_000;
/** More than a page that asks every second, and a person beside it; what comes from the API server's proxy has one address. */
const RATE_LIMITS = { perSecond: 20, burst: 60, addresses: 1024 };
const UNLIMITED_PATH = '/health-check';
/** What a slow listener has not read yet; past that it is cut off, and may come again. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** Rejects when the address is taken. */
export async function serveHttpSurface(options: HttpSurfaceOptions): Promise<HttpSurface> {
  const surface = new Surface(options);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    surface.answer(request, response).catch((error: unknown) => {
      options.logger.error('a question over HTTP was not answered', { error: String(error) });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_LOOK_MS,
    },
    answer,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADERS;
  server.setTimeout(SILENCE_TIMEOUT_MS);
  // Without this Node.js would invite the body.
  server.on('checkContinue', answer);
  server.on('clientError', refuse);
  server.listen(options.address.port, options.address.host);
  await once(server, 'listening');
  return {
    port: portOf(server),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

class Surface {
  readonly #handlers: readonly Handler[];
  readonly #rate: RateLimit;
  readonly #clock: Clock;
  #streams = 0;

  constructor({ handlers, clock }: HttpSurfaceOptions) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#rate = new RateLimit(clock, RATE_LIMITS);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    // Whatever comes after the question is not read.
    if ('content-length' in request.headers || 'transfer-encoding' in request.headers) response.shouldKeepAlive = false;
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send(request, response, problem(405, 'this address answers questions only: GET'));
      return;
    }
    if (url.length > MAX_PATH_LENGTH) {
      send(request, response, problem(414, `a question has at most ${MAX_PATH_LENGTH} letters`));
      return;
    }
    if (url !== UNLIMITED_PATH && !this.#rate.take(request.socket.remoteAddress ?? '')) {
      send(request, response, { ...problem(429, 'this address asks too often'), retryAfterSeconds: 1 });
      return;
    }
    const left = new AbortController();
    response.on('close', () => left.abort());
    const { authorization } = request.headers;
    request.socket.setTimeout(0);
    const answer = await answerOf(this.#handlers, url, { authorization, left: left.signal });
    if (hasLeft(response)) return;
    if ('stream' in answer) this.#stream(request, response, answer.stream);
    else send(request, response, answer);
  }

  #stream(request: IncomingMessage, response: ServerResponse, stream: Stream): void {
    if (request.method === 'HEAD' || this.#streams >= MAX_STREAMS) {
      send(request, response, problem(503, `at most ${MAX_STREAMS} listen at once`));
      return;
    }
    this.#streams += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': decisions follow\n\n');
    const unsubscribe = stream.subscribe(({ id, data }) => {
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
      else response.write(`id: ${id}\ndata: ${data}\n\n`);
    });
    const end = this.#clock.setTimer(LONGEST_STREAM_MS, () => response.end());
    response.on('close', () => {
      this.#streams -= 1;
      end.cancel();
      unsubscribe();
    });
  }
}

/** While the answer was found; asked by a function, since the compiler takes a response for what it was before. */
function hasLeft(response: ServerResponse): boolean {
  return response.closed || response.destroyed;
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, contentType, body, fileName, retryAfterSeconds } = answer;
  request.socket.setTimeout(SILENCE_TIMEOUT_MS);
  if (status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (fileName !== undefined) response.setHeader('content-disposition', `attachment; filename="${fileName}"`);
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** What Node.js finds wrong, other than that it is no HTTP. */
const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else socket.end(`HTTP/1.1 ${REFUSALS[error.code ?? ''] ?? '400 Bad Request'}\r\nconnection: close\r\n\r\n`);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
