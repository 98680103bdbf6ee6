/**
 * The transport over sockets: undici against one base URL. It tells apart what was never sent (safe to repeat) from what
 * was sent and not answered (perhaps done), because the second must never be repeated blindly (I4).
 */
import { Agent, request } from 'undici';
import { lastGate } from '../runtime/last-gate.ts';
import { TransportError, type HttpRequest, type HttpResponse, type HttpTransport } from '../runtime/http.ts';

/** Enough for all pools' deletions at once; Vultr allows 30 requests a second in any case. */
const CONNECTIONS = 16;
/** A connection that takes longer is as good as none; far below the client's own timeout, so that it counts as not sent. */
const CONNECT_TIMEOUT_MS = 5000;

/** Codes of failures that happen before a single byte of the request is written. */
const NOT_SENT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'HOSTNAME_MISMATCH',
]);
/** OpenSSL's and Node's names of failed TLS handshakes. */
const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_)/;

export interface ClosableTransport {
  readonly send: HttpTransport;
  /** Closes idle connections and waits for running exchanges. */
  close(): Promise<void>;
}

/** @param baseUrl - `https://api.vultr.com`, or another origin with or without a path; no trailing slash. */
export function socketTransport(baseUrl: string): ClosableTransport {
  const agent = new Agent({ connections: CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS } });
  return {
    send: (exchange) => send(agent, baseUrl, exchange),
    close: () => agent.close(),
  };
}

async function send(agent: Agent, baseUrl: string, exchange: HttpRequest): Promise<HttpResponse> {
  try {
    const response = await request(`${baseUrl}${exchange.path}`, {
      dispatcher: lastGate(agent, exchange.mayBeSent),
      method: exchange.method,
      headers: exchange.headers,
      body: exchange.body ?? null,
      signal: exchange.signal ?? null,
      // The caller's signal is the only timeout: undici's own would need a clock of their own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return {
      status: response.statusCode,
      headers: joinHeaders(response.headers),
      body: guarded(response.body, exchange.signal),
    };
  } catch (error) {
    throw toTransportError(error, exchange.signal);
  }
}

async function* guarded(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    const lost = toTransportError(error, signal);
    // The status line has arrived, so the request was certainly sent.
    if (lost.failure === 'not-sent') throw new TransportError('reply-lost', lost.message, { cause: error });
    throw lost;
  }
}

function toTransportError(error: unknown, signal: AbortSignal | undefined): TransportError {
  if (error instanceof TransportError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (signal?.aborted === true) {
    const why = signal.reason instanceof Error ? signal.reason.message : 'stopped';
    return new TransportError('aborted', why, { code, cause: error });
  }
  const notSent = code !== undefined && (NOT_SENT_CODES.has(code) || TLS_CODE.test(code));
  return new TransportError(notSent ? 'not-sent' : 'reply-lost', message || (code ?? 'connection failed'), {
    code,
    cause: error,
  });
}

/** The code of the error; an AggregateError (IPv4 and IPv6 both refused) has it on each of its errors. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

function joinHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}
