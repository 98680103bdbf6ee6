/**
 * The Kubernetes API over sockets: an {@link HttpTransport} on undici, HTTP/1.1, with the credentials and certificates
 * that the access presents at the time of each request.
 *
 * - A credential that is refused (401) is read anew and the request repeated once, if a different one came of it: a
 *   refused request has done nothing. The same holds for a server whose certificate is not trusted: it may come back
 *   with that of a new authority.
 * - New certificates mean a new pool of connections; the old one is closed when its requests have ended.
 * - No credential appears in an error (I9).
 */
import { Agent, type Dispatcher } from 'undici';
import { invariant } from '../cluster/invariant.ts';
import { TransportError, type HttpRequest, type HttpResponse, type HttpTransport } from '../runtime/http.ts';
import { lastGate } from '../runtime/last-gate.ts';
import type { ClusterAccess, Presented, TlsMaterial } from './access.ts';
import { isCertificateFailure, transportError } from './transport-error.ts';

/** Watches of all kinds, and some calls beside them. */
const CONNECTION_LIMIT = 64;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_CONNECTION_MS = 30_000;

export interface KubernetesTransport {
  readonly send: HttpTransport;
  /** Closes all connections. */
  close(): Promise<void>;
}

export function kubernetesTransport(access: ClusterAccess): KubernetesTransport {
  const base = new URL(access.server);
  const prefix = base.pathname.replace(/\/+$/, '');
  let pool: { readonly tls: TlsMaterial; readonly agent: Agent } | undefined;

  const agentFor = (tls: TlsMaterial): Agent => {
    if (pool?.tls === tls) return pool.agent;
    const old = pool?.agent;
    pool = { tls, agent: newAgent(tls) };
    // Requests under way end on the old connections; a failure to close them changes nothing for us.
    old?.close().catch(() => undefined);
    return pool.agent;
  };

  const present = async (): Promise<Presented> => {
    const presented = await access.present();
    if (presented.ok) return presented.value;
    throw new TransportError('not-sent', presented.error.message, { code: 'CREDENTIALS' });
  };

  const exchange = async (request: HttpRequest, presented: Presented): Promise<HttpResponse> => {
    const headers: Record<string, string> = { ...request.headers };
    if (presented.authorization !== undefined) headers['authorization'] = presented.authorization.reveal();
    try {
      const response = await lastGate(agentFor(presented.tls), request.mayBeSent).request({
        origin: base.origin,
        path: prefix + request.path,
        method: request.method,
        headers,
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
      return {
        status: response.statusCode,
        headers: plainHeaders(response.headers),
        body: bodyOf(response.body, access, request),
      };
    } catch (error) {
      throw transportError(error, access, request);
    }
  };

  const exchangeTrusted = async (request: HttpRequest, presented: Presented): Promise<HttpResponse> => {
    try {
      return await exchange(request, presented);
    } catch (error) {
      if (!isCertificateFailure(error)) throw error;
      access.refused();
      const renewed = await present();
      if (renewed.tls === presented.tls) throw error;
      return exchange(request, renewed);
    }
  };

  const send: HttpTransport = async (request) => {
    const presented = await present();
    const response = await exchangeTrusted(request, presented);
    if (response.status !== 401) return response;
    access.refused();
    const renewed = await present();
    if (renewed.authorization?.reveal() === presented.authorization?.reveal() && renewed.tls === presented.tls) {
      return response;
    }
    await abandon(response.body);
    return exchange(request, renewed);
  };

  return {
    send,
    async close() {
      await pool?.agent.destroy();
    },
  };
}

function newAgent(tls: TlsMaterial): Agent {
  return new Agent({
    // Deadlines are the caller's, on the injected clock; a watch may be silent for minutes.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    connections: CONNECTION_LIMIT,
    allowH2: false,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      rejectUnauthorized: !tls.insecureSkipVerify,
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.clientCertificate === undefined ? {} : { cert: tls.clientCertificate }),
      ...(tls.clientKey === undefined ? {} : { key: tls.clientKey.reveal() }),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    },
  });
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return plain;
}

async function* bodyOf(
  body: Dispatcher.ResponseData['body'],
  access: ClusterAccess,
  request: HttpRequest,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      const bytes: unknown = chunk;
      invariant(bytes instanceof Uint8Array, 'a response body yields bytes');
      yield bytes;
    }
  } catch (error) {
    throw transportError(error, access, request);
  }
}

/** Lets go of a body that nobody will read, so that its connection is free again. */
async function abandon(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of body) if (chunk.length === 0) break;
}
