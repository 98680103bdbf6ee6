/**
 * The HTTP surface on a socket: read-only, and bounded in every direction.
 *
 * 1. Only GET and HEAD; a body is not read.
 * 2. Connections, streams, the length of what is asked and the time to ask it have bounds.
 * 3. What is not HTTP is answered 400 and the connection is closed.
 */
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '../../runtime/log.ts';
import type { Answer, Handler, Stream } from './answer.ts';
import { answerOf, problem } from './answer.ts';

export interface HttpSurfaceOptions {
  /** `host: undefined` listens on all addresses; port 0 takes a free one. */
  readonly address: { readonly host: string | undefined; readonly port: number };
  readonly logger: Logger;
  /** Asked in turn; the first that has an answer gives it. */
  readonly handlers: readonly Handler[];
}

export interface HttpSurface {
  readonly port: number;
  close(): void;
}

const MAX_CONNECTIONS = 128;
/** Listeners of live streams; each holds a connection. */
const MAX_STREAMS = 16;
const MAX_HEADER_BYTES = 8 * 1024;
const MAX_PATH_LENGTH = 2048;
const REQUEST_TIMEOUT_MS = 10_000;
/** What a slow listener has not read yet; past that it is cut off, and may come again. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** Rejects when the address is taken. */
export async function serveHttpSurface(options: HttpSurfaceOptions): Promise<HttpSurface> {
  const surface = new Surface(options);
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      surface.answer(request, response).catch((error: unknown) => {
        options.logger.error('a question over HTTP was not answered', { error: String(error) });
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
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
  #streams = 0;

  constructor({ handlers }: HttpSurfaceOptions) {
    this.#handlers = handlers;
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
    const answer = await answerOf(this.#handlers, url);
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
    response.on('close', () => {
      this.#streams -= 1;
      unsubscribe();
    });
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
