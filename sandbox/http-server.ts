/**
 * Puts a handler of the transport port on a real socket, so that ordinary programs (the product, kubectl, curl) can
 * speak to the simulated APIs. Plain HTTP on loopback: the sandbox holds nothing worth encrypting.
 *
 * 1. A response's chunks go out as they come: a watch's event is on the wire at once.
 * 2. A client that goes away aborts its request's signal; a handler or body that fails with a TransportError cuts the
 *    connection, which is what the client then sees.
 * 3. Nothing is unbounded: a request's body has a limit, a slow reader holds its handler back.
 * 4. `close` ends at once, open watches included.
 */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type HttpRequest, type HttpResponse, type HttpTransport, TransportError } from '../src/runtime/http.ts';
import type { Logger } from '../src/runtime/log.ts';
import { createServer } from '../src/runtime/node-http.ts';

export interface HttpServerOptions {
  readonly handler: HttpTransport;
  /** Told of handlers that fail for no reason of the transport's: a bug in the sandbox. */
  readonly logger: Logger;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** Default: {@link BODY_LIMIT_BYTES}. */
  readonly bodyLimitBytes?: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:12345`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and cuts every connection. Calling it again does nothing. */
  close(): Promise<void>;
}

/** Three times what a real apiserver takes; enough for any object of a cluster that fits one machine. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** Headers that belong to one connection; the server writes its own. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length']);

/** Listens, and resolves once it does. Rejects when the port is taken. */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const host = options.host ?? '127.0.0.1';
  const server = createServer((incoming, outgoing) => {
    void answer(options, incoming, outgoing);
  });
  // A client with a pool of connections must not find one closed under it; a watch may be silent for minutes.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const port = portOf(server);
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    close() {
      closed ??= closeServer(server);
      return closed;
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closing = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closing;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

async function answer(options: HttpServerOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const method = methodOf(incoming);
    if (method === undefined) {
      // What HTTP answers to a method that no route of the imitated APIs has.
      sendPlain(outgoing, 501, `method ${incoming.method ?? ''} is not implemented`);
      return;
    }
    const body = await readBody(incoming, options.bodyLimitBytes ?? BODY_LIMIT_BYTES);
    if (body === 'too-large') {
      sendPlain(outgoing, 413, 'the request body is too large');
      return;
    }
    const request: HttpRequest = {
      method,
      path: incoming.url ?? '/',
      headers: plainHeaders(incoming),
      signal: gone.signal,
      ...(body.length > 0 && { body }),
    };
    await send(outgoing, await options.handler(request), gone.signal);
  } catch (error) {
    if (!(error instanceof TransportError) && !gone.signal.aborted) {
      options.logger.error('handler failed', { method: incoming.method, path: incoming.url, error });
      if (!outgoing.headersSent) {
        sendPlain(outgoing, 500, 'the sandbox failed; see its log');
        return;
      }
    }
    outgoing.destroy();
  }
}

async function send(outgoing: ServerResponse, response: HttpResponse, gone: AbortSignal): Promise<void> {
  const headers = Object.entries(response.headers).filter(([name]) => !CONNECTION_HEADERS.has(name));
  outgoing.writeHead(response.status, Object.fromEntries(headers));
  // A watch may have nothing to say for a while; its client waits for the status line.
  outgoing.flushHeaders();
  for await (const chunk of response.body) {
    if (gone.aborted) return;
    if (!outgoing.write(chunk)) await drained(outgoing, gone);
  }
  outgoing.end();
}

/** Resolves when the client has read on, or has gone. */
async function drained(outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  try {
    await once(outgoing, 'drain', { signal: gone });
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}

async function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Uint8Array | 'too-large'> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early must not destroy the socket: the refusal still has to be sent. (Without an encoding set, the
  // chunks are buffers; the iterator's own type does not say so.)
  const source: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false });
  for await (const chunk of source) {
    length += chunk.length;
    if (length > limitBytes) return 'too-large';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sendPlain(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  outgoing.end(`${text}\n`);
}

function methodOf(incoming: IncomingMessage): HttpRequest['method'] | undefined {
  switch (incoming.method) {
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'PATCH':
    case 'DELETE':
      return incoming.method;
    default:
      return undefined;
  }
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
