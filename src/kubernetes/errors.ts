/**
 * What can go wrong between us and the Kubernetes API, classified once, here. A metav1.Status becomes one of a closed
 * union; a failed exchange becomes `unreachable` (nothing was done) or `unknown-outcome` (a write whose reply was lost).
 */
import { DeadlineExceeded } from '../runtime/clock.ts';
import { TransportError } from '../runtime/http.ts';
import type { Result } from '../runtime/result.ts';
import type { ApiRequest } from './api-path.ts';
import { describeRequest, missingRight } from './api-path.ts';

export type KubernetesError = {
  /** A whole sentence for people: what was asked, what came back, and the fix where one is known. */
  readonly message: string;
  /** HTTP status; `undefined` when there was no reply. */
  readonly status: number | undefined;
  /** metav1.Status's reason; empty where there is none. */
  readonly reason: string;
  /** The reasons of metav1.Status's causes: `DisruptionBudget`, `NamespaceTerminating`, … */
  readonly causes: readonly string[];
} & (
  | { readonly kind: 'unauthorized' }
  /** `missingRight` as people grant it: `list poddisruptionbudgets.policy`. */
  | { readonly kind: 'forbidden'; readonly missingRight: string }
  | { readonly kind: 'not-found' }
  /** The object has changed since it was read, or a precondition does not hold. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'already-exists' }
  /** The resourceVersion or continue token is too old: list again. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'too-many-requests'; readonly retryAfterMs: number }
  | { readonly kind: 'invalid' }
  /** The server failed, and did not do what was asked. */
  | { readonly kind: 'server-error' }
  /** Nothing was done: no connection, wrong certificate, no credentials; or a read that was not answered. */
  | { readonly kind: 'unreachable'; readonly code: string | undefined }
  /** A write that was not answered, or failed in a way that may come after the fact: look before repeating. */
  | { readonly kind: 'unknown-outcome' }
  /** The caller's own signal ended it. */
  | { readonly kind: 'aborted' }
  /** A reply that is not what the API promises. */
  | { readonly kind: 'malformed-reply' }
);

export type KubernetesResult<T> = Result<T, KubernetesError>;

/** metav1.Status as far as it is used. */
export interface StatusFacts {
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  readonly causes: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

/** When the server names no time (`Retry-After`), it is asked again after this. */
const DEFAULT_RETRY_AFTER_MS = 1000;

/** Words in a 5xx that mean the server gave up waiting, not that it refused. */
const GAVE_UP_WAITING = /timed out|timeout|leader changed|deadline exceeded/i;

/** Classifies an HTTP reply that is not 2xx, or a Status that came as a watch's ERROR event. */
export function errorFromStatus(request: ApiRequest, status: StatusFacts, retryAfter?: string): KubernetesError {
  const said = status.message === '' ? `HTTP ${status.code}` : status.message;
  const base = {
    message: `${describeRequest(request)}: ${said}`,
    status: status.code,
    reason: status.reason,
    causes: status.causes,
  };
  switch (status.code) {
    case 401:
      return { ...base, kind: 'unauthorized', message: `${base.message}; ${CHECK_CREDENTIALS}` };
    case 403: {
      const right = missingRight(request);
      const advice = `grant the right "${right}" to this account in a ClusterRole or Role`;
      return { ...base, kind: 'forbidden', missingRight: right, message: `${base.message}; ${advice}` };
    }
    case 404:
      return { ...base, kind: 'not-found' };
    case 409:
      return { ...base, kind: status.reason === 'AlreadyExists' ? 'already-exists' : 'conflict' };
    case 410:
      return { ...base, kind: 'gone' };
    case 429:
      return { ...base, kind: 'too-many-requests', retryAfterMs: retryAfterMs(status, retryAfter) };
    default:
  }
  if (status.reason === 'Expired' || status.reason === 'Gone') return { ...base, kind: 'gone' };
  if (status.code < 500) return { ...base, kind: 'invalid' };
  const mayBeDone = status.code === 504 || GAVE_UP_WAITING.test(`${status.reason} ${status.message}`);
  return { ...base, kind: mayBeDone && isWrite(request) ? 'unknown-outcome' : 'server-error' };
}

/** Classifies an exchange that brought no reply. Anything but a {@link TransportError} is a bug and is thrown again. */
export function errorFromFailure(request: ApiRequest, thrown: unknown, signal: AbortSignal): KubernetesError {
  const base = { status: undefined, reason: '', causes: [] };
  const asked = describeRequest(request);
  const timedOut: unknown = signal.reason;
  if (signal.aborted && timedOut instanceof DeadlineExceeded) {
    const message = `${asked}: ${timedOut.message}`;
    return isWrite(request)
      ? { ...base, kind: 'unknown-outcome', message }
      : { ...base, kind: 'unreachable', code: 'TIMEOUT', message };
  }
  if (signal.aborted) return { ...base, kind: 'aborted', message: `${asked}: given up` };
  if (!(thrown instanceof TransportError)) throw thrown;
  const message = `${asked}: ${thrown.message}`;
  if (isWrite(request) && thrown.failure !== 'not-sent') return { ...base, kind: 'unknown-outcome', message };
  return { ...base, kind: 'unreachable', code: thrown.code, message };
}

/** A 2xx reply whose content cannot be understood. */
export function malformedReply(request: ApiRequest, problem: string): KubernetesError {
  const message = `${describeRequest(request)}: ${problem}`;
  return { kind: 'malformed-reply', message, status: undefined, reason: '', causes: [] };
}

const CHECK_CREDENTIALS =
  'the credentials are not accepted: check the token or client certificate of the kubeconfig user, or the service account';

function isWrite(request: ApiRequest): boolean {
  return request.method !== 'GET';
}

function retryAfterMs(status: StatusFacts, header: string | undefined): number {
  const seconds = header !== undefined && /^\d+$/.test(header) ? Number(header) : status.retryAfterSeconds;
  return seconds === undefined ? DEFAULT_RETRY_AFTER_MS : seconds * 1000;
}
