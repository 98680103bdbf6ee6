/** Removing pods: eviction, which PodDisruptionBudgets may refuse (I2), and deletion, which they cannot. */
import { success } from '../runtime/result.ts';
import { resourcePath } from './api-path.ts';
import type { KubernetesClient } from './client.ts';
import { failure } from '../runtime/result.ts';
import type { KubernetesError, KubernetesResult } from './errors.ts';

export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type EvictionOutcome =
  /** Granted: the pod ends within its grace period. */
  | { readonly kind: 'evicted' }
  /** Refused for now, by a budget or by the server's rules; `message` keeps its words. */
  | { readonly kind: 'refused'; readonly message: string; readonly retryAfterMs: number }
  /** The pod is no more, or another one bears its name. */
  | { readonly kind: 'gone' };

export type DeletionOutcome = { readonly kind: 'deleted' } | { readonly kind: 'gone' };

/** How long to wait after a refusal that names no time. */
const RETRY_REFUSED_MS = 10_000;

/** Evicts the pod if it still has that uid; `graceSeconds` replaces the pod's own grace period. */
export async function evictPod(
  client: KubernetesClient,
  pod: PodIdentity,
  graceSeconds?: number,
): Promise<KubernetesResult<EvictionOutcome>> {
  const path = resourcePath({ ...podPath(pod), subresource: 'eviction' });
  const reply = await client.create(path, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace: pod.namespace, name: pod.name },
    deleteOptions: {
      preconditions: { uid: pod.uid },
      ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
    },
  });
  if (reply.ok) return success({ kind: 'evicted' });
  return outcomeOfRefusal(reply.error);
}

function outcomeOfRefusal(error: KubernetesError): KubernetesResult<EvictionOutcome> {
  if (isGone(error)) return success({ kind: 'gone' });
  if (error.kind === 'too-many-requests' && isBudget(error)) {
    return success({ kind: 'refused', message: error.message, retryAfterMs: error.retryAfterMs });
  }
  // Two budgets on one pod, which the server cannot weigh; or a namespace that is being emptied, whose pods go anyway.
  if ((error.kind === 'server-error' && isBudget(error)) || error.causes.includes('NamespaceTerminating')) {
    return success({ kind: 'refused', message: error.message, retryAfterMs: RETRY_REFUSED_MS });
  }
  return failure(error);
}

/** The server also answers 429 when it is busy: that is no refusal of this eviction. */
function isBudget(error: KubernetesError): boolean {
  return error.causes.includes('DisruptionBudget') || /disruption ?budget/i.test(error.message);
}

/** Deletes the pod if it still has that uid. */
export async function deletePod(
  client: KubernetesClient,
  pod: PodIdentity,
  graceSeconds?: number,
): Promise<KubernetesResult<DeletionOutcome>> {
  const reply = await client.delete(resourcePath(podPath(pod)), {
    uid: pod.uid,
    ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
  });
  if (reply.ok) return success({ kind: 'deleted' });
  return isGone(reply.error) ? success({ kind: 'gone' }) : failure(reply.error);
}

/** The only precondition sent is the uid, so a conflict says that the pod of that uid is no more. */
function isGone(error: KubernetesError): boolean {
  return error.kind === 'not-found' || error.kind === 'conflict';
}

function podPath(pod: PodIdentity): { api: string; resource: string; namespace: string; name: string } {
  return { api: '/api/v1', resource: 'pods', namespace: pod.namespace, name: pod.name };
}
