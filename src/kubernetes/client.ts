/**
 * The Kubernetes API as calls with results: every reply and every failure comes back as a value, classified.
 *
 * - Each call ends: by the reply, by its deadline on the injected clock, or by the caller's signal.
 * - An object is read up to {@link REPLY_LIMIT_BYTES}; a list or a watch is handed on as a stream and is bounded by its
 *   reader.
 */
import { deadline, type Clock } from '../runtime/clock.ts';
import { readBytes, type HttpRequest, type HttpResponse, type HttpTransport } from '../runtime/http.ts';
import { failure, success } from '../runtime/result.ts';
import type { ApiRequest } from './api-path.ts';
import {
  errorFromFailure,
  errorFromStatus,
  malformedReply,
  type KubernetesResult,
  type StatusFacts,
} from './errors.ts';
import { isRecord } from './json-reader.ts';
import { openEnvelope, PROTOBUF_TYPE, readStatus } from './protobuf-envelope.ts';
import { ProtobufError } from './protobuf-reader.ts';

/** A JSON object of the API. */
export type ApiObject = Readonly<Record<string, unknown>>;

type PatchType = 'merge' | 'json' | 'strategic';

interface RawReply {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A reply that is read while it comes. */
export interface StreamedReply {
  /** Without parameters, lower case. */
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
}

interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  /** The object is deleted only if it still is this one. */
  readonly uid?: string;
}

export interface KubernetesClient {
  get(path: string, signal?: AbortSignal): Promise<KubernetesResult<ApiObject>>;
  /** A page of a list, as `read` reads it while it comes; `accept` names the formats wanted. */
  list<T>(
    request: { readonly path: string; readonly accept: string },
    read: (reply: StreamedReply) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<KubernetesResult<T>>;
  /** Opens a watch; the deadline covers the time until it is open, `signal` all of it. */
  watch(path: string, accept: string, signal: AbortSignal): Promise<KubernetesResult<StreamedReply>>;
  create(path: string, object: ApiObject, signal?: AbortSignal): Promise<KubernetesResult<ApiObject>>;
  update(path: string, object: ApiObject, signal?: AbortSignal): Promise<KubernetesResult<ApiObject>>;
  patch(
    path: string,
    patch: { type: PatchType; body: unknown },
    signal?: AbortSignal,
  ): Promise<KubernetesResult<ApiObject>>;
  delete(path: string, options?: DeleteOptions, signal?: AbortSignal): Promise<KubernetesResult<ApiObject>>;
}

export interface ClientOptions {
  readonly transport: HttpTransport;
  readonly clock: Clock;
  /** For each call; lists and watch openings have {@link LIST_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  readonly userAgent?: string;
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** The API server itself gives up after 60 s. */
const LIST_TIMEOUT_MS = 65_000;
/** etcd holds no object beyond a few MB. */
const REPLY_LIMIT_BYTES = 64 * 1024 * 1024;
/** An error's Status is short. */
const STATUS_LIMIT_BYTES = 1024 * 1024;

const JSON_TYPE = 'application/json';

const PATCH_TYPES: Readonly<Record<PatchType, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export function kubernetesClient(options: ClientOptions): KubernetesClient {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;

  const json = async (request: ApiRequest & { body?: unknown; type?: string }, signal?: AbortSignal) => {
    const headers: Record<string, string> = { accept: JSON_TYPE };
    if (request.body !== undefined) headers['content-type'] = request.type ?? JSON_TYPE;
    const reply = await exchange(options, httpRequest(request, headers), readWhole, { timeoutMs, signal });
    return reply.ok ? parseObject(request, reply.value) : reply;
  };

  return {
    get: (path, signal) => json({ method: 'GET', path }, signal),
    create: (path, object, signal) => json({ method: 'POST', path, body: object }, signal),
    update: (path, object, signal) => json({ method: 'PUT', path, body: object }, signal),
    patch: (path, { type, body }, signal) => json({ method: 'PATCH', path, body, type: PATCH_TYPES[type] }, signal),
    delete: (path, deleteOptions = {}, signal) =>
      json({ method: 'DELETE', path, body: deleteBody(deleteOptions) }, signal),
    list: ({ path, accept }, read, signal) =>
      exchange(options, httpRequest({ method: 'GET', path }, { accept }), read, { timeoutMs: LIST_TIMEOUT_MS, signal }),
    watch: (path, accept, signal) => openWatch(options, httpRequest({ method: 'GET', path }, { accept }), signal),
  };
}

function httpRequest(request: ApiRequest & { body?: unknown }, headers: Readonly<Record<string, string>>): HttpRequest {
  const { method, path } = request;
  return request.body === undefined
    ? { method, path, headers }
    : { method, path, headers, body: JSON.stringify(request.body) };
}

function deleteBody(options: DeleteOptions): unknown {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.uid === undefined ? {} : { preconditions: { uid: options.uid } }),
  };
}

async function readWhole({ contentType: type, body }: StreamedReply): Promise<RawReply> {
  return { contentType: type, body: await readBytes(body, REPLY_LIMIT_BYTES) };
}

async function exchange<T>(
  options: ClientOptions,
  request: HttpRequest,
  read: (reply: StreamedReply) => Promise<T>,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<KubernetesResult<T>> {
  const limit = deadline(options.clock, limits.timeoutMs, limits.signal);
  try {
    const response = await send(options, request, limit.signal);
    if (!isSuccess(response)) return failure(errorFromStatus(request, ...(await statusOf(response))));
    return success(await read({ contentType: contentType(response), body: response.body }));
  } catch (thrown) {
    return failure(errorFromFailure(request, thrown, limit.signal));
  } finally {
    limit.release();
  }
}

async function openWatch(
  options: ClientOptions,
  request: HttpRequest,
  parent: AbortSignal,
): Promise<KubernetesResult<StreamedReply>> {
  const limit = deadline(options.clock, LIST_TIMEOUT_MS, parent);
  // The exchange must outlive the deadline for its opening, so it gets a signal of its own that follows both.
  const opening = new AbortController();
  const giveUp = (): void => opening.abort(limit.signal.reason);
  limit.signal.addEventListener('abort', giveUp);
  try {
    const response = await send(options, request, AbortSignal.any([parent, opening.signal]));
    if (isSuccess(response)) return success({ contentType: contentType(response), body: response.body });
    return failure(errorFromStatus(request, ...(await statusOf(response))));
  } catch (thrown) {
    return failure(errorFromFailure(request, thrown, limit.signal));
  } finally {
    limit.signal.removeEventListener('abort', giveUp);
    limit.release();
  }
}

function send(options: ClientOptions, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const headers = { ...request.headers, 'user-agent': options.userAgent ?? 'vke-autoscaler' };
  return options.transport({ ...request, headers, signal });
}

function isSuccess(response: HttpResponse): boolean {
  return response.status >= 200 && response.status < 300;
}

function contentType(response: HttpResponse): string {
  return (response.headers['content-type']?.split(';')[0] ?? '').trim().toLowerCase();
}

async function statusOf(response: HttpResponse): Promise<[StatusFacts, string | undefined]> {
  const body = await readBytes(response.body, STATUS_LIMIT_BYTES);
  const status = parseStatus(body, contentType(response));
  // What stands in front of an API server (a proxy, a load balancer) answers with its own pages.
  const plain = { message: '', reason: '', causes: [], retryAfterSeconds: undefined };
  return [{ ...(status ?? plain), code: response.status }, response.headers['retry-after']];
}

function parseStatus(body: Uint8Array, type: string): StatusFacts | undefined {
  try {
    if (type === PROTOBUF_TYPE) {
      const { kind, raw } = openEnvelope(body);
      return kind === 'Status' ? readStatus(raw) : undefined;
    }
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return isRecord(value) && value['kind'] === 'Status' ? statusFromJson(value) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ProtobufError) return undefined;
    throw error;
  }
}

/** A metav1.Status in JSON, as far as it is well formed. */
export function statusFromJson(value: ApiObject): StatusFacts {
  const details = isRecord(value['details']) ? value['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  const retry = details['retryAfterSeconds'];
  return {
    message: typeof value['message'] === 'string' ? value['message'] : '',
    reason: typeof value['reason'] === 'string' ? value['reason'] : '',
    code: typeof value['code'] === 'number' ? value['code'] : 0,
    causes: causes.flatMap((cause: unknown) =>
      isRecord(cause) && typeof cause['reason'] === 'string' ? [cause['reason']] : [],
    ),
    retryAfterSeconds: typeof retry === 'number' && retry > 0 ? retry : undefined,
  };
}

function parseObject(request: ApiRequest, reply: RawReply): KubernetesResult<ApiObject> {
  try {
    const value: unknown = JSON.parse(Buffer.from(reply.body).toString());
    return isRecord(value) ? success(value) : failure(malformedReply(request, 'the reply is no JSON object'));
  } catch (error) {
    if (error instanceof SyntaxError) return failure(malformedReply(request, `the reply is no JSON: ${error.message}`));
    throw error;
  }
}
