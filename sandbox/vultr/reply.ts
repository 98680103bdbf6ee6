/** How the simulated API answers: JSON bodies, and errors as `{"error", "status"}` with both keys. */
import type { HttpResponse } from '../../src/runtime/http.ts';

export interface Reply {
  readonly status: number;
  /** Absent: an empty body. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal, in Vultr's words. */
export function refusal(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body: { error, status }, headers };
}

export const NO_CONTENT: Reply = { status: 204 };
export const ACCEPTED: Reply = { status: 202 };

export function toResponse(reply: Reply): HttpResponse {
  const bytes = reply.body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(reply.body));
  return {
    status: reply.status,
    headers: { ...(bytes !== undefined && { 'content-type': 'application/json' }), ...reply.headers },
    body: bytesOnce(bytes),
  };
}

async function* bytesOnce(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  if (bytes !== undefined) yield bytes;
}
