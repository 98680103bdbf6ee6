/** HTTP responses: always JSON, except for the three health checks. */
import type { HttpResponse } from '../../src/runtime/http.ts';
import { statusOf } from './api-errors.ts';
import { ApiError } from './object.ts';

const encoder = new TextEncoder();

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield encoder.encode(text);
}

export function jsonReply(status: number, body: object | string, type = 'application/json'): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': type }, body: once(text) };
}

export function textReply(text: string): HttpResponse {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: once(text) };
}

export function streamReply(body: AsyncIterable<Uint8Array>): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

/** The failure as a metav1.Status; what is no ApiError is a fault of the server itself. */
export function errorReply(error: unknown): HttpResponse {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'InternalError',
          `Internal error occurred: ${error instanceof Error ? error.message : 'unknown'}`,
        );
  const reply = jsonReply(known.code, statusOf(known));
  if (known.retryAfterSeconds === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(known.retryAfterSeconds) } };
}

/** What a successful write answers that has no object to show. */
export function successReply(status: number, details: object = {}): HttpResponse {
  return jsonReply(status, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
    code: status,
  });
}
