/**
 * Evictions: deletions of pods that ask the PodDisruptionBudgets first (policy/v1), by the rules of the real
 * subresource.
 *
 * Invariants: a healthy pod of a budget is evicted only while disruptionsAllowed is above 0, and lowers it in the same
 * step; a pod that does not run, or is on its way out already, is evicted whatever the budgets say.
 */
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import { withCondition } from './binding.ts';
import { forbidden, otherUid } from './api-errors.ts';
import { listAt, numberAt, recordAt, textAt } from './json.ts';
import { selectorMatches } from './label-selector.ts';
import { ApiError } from './object.ts';
import type { KubeObject } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { RESOURCE_KINDS } from './resource-kinds.ts';
import type { DeleteOptions } from './store.ts';

/** A budget whose controller has confirmed none of so many evictions takes no more. */
const MOST_UNCONFIRMED = 2000;
/** How long a client should wait for a budget's controller to catch up. */
const CATCH_UP_SECONDS = 10;

/** Throws TooManyRequests where a budget forbids it, InternalError for a pod of several budgets. */
export function evict(store: MemoryObjectStore, pod: KubeObject, options: DeleteOptions, nowMs: number): void {
  const { namespace = '', name, uid } = pod.metadata;
  // Before anything is spent or marked: it is about another pod.
  if (options.uid !== undefined && options.uid !== uid) throw otherUid(RESOURCE_KINDS.pods, pod, options.uid);
  const budget = mayIgnoreBudgets(pod) ? undefined : budgetOf(store, pod);
  if (budget !== undefined && !isExempt(budget, pod)) spend(store, budget, { podName: name, nowMs });
  if (pod.metadata.deletionTimestamp === undefined) markDisrupted(store, pod, nowMs);
  store.delete('pods', namespace, name, options);
}

function mayIgnoreBudgets(pod: KubeObject): boolean {
  const phase = textAt(pod.status, 'phase');
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  );
}

function budgetOf(store: MemoryObjectStore, pod: KubeObject): KubeObject | undefined {
  const { namespace, labels = {} } = pod.metadata;
  const budgets = store
    .list('poddisruptionbudgets', namespace)
    .filter((budget) => selectorMatches(budget.spec?.['selector'], labels));
  if (budgets.length <= 1) return budgets[0];
  const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  throw new ApiError(500, 'InternalError', message);
}

/** A pod that is not ready takes nothing from a budget that is met, or that lets unhealthy pods always go. */
function isExempt(budget: KubeObject, pod: KubeObject): boolean {
  const conditions = listAt(pod.status, 'conditions');
  if (conditions.some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True')) return false;
  if (textAt(budget.spec, 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const desired = numberAt(budget.status, 'desiredHealthy') ?? 0;
  return desired > 0 && (numberAt(budget.status, 'currentHealthy') ?? 0) >= desired;
}

function spend(
  store: MemoryObjectStore,
  budget: KubeObject,
  eviction: { readonly podName: string; readonly nowMs: number },
): void {
  const { name, namespace = '', generation = 0 } = budget.metadata;
  const observed = numberAt(budget.status, 'observedGeneration') ?? 0;
  const allowed = numberAt(budget.status, 'disruptionsAllowed') ?? 0;
  const disruptedPods = recordAt(budget.status, 'disruptedPods');
  if (observed < generation) {
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, CATCH_UP_SECONDS);
  }
  if (allowed < 0) throw forbidden(RESOURCE_KINDS.poddisruptionbudgets, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MOST_UNCONFIRMED) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(RESOURCE_KINDS.poddisruptionbudgets, name, why);
  }
  if (allowed === 0) {
    const desired = numberAt(budget.status, 'desiredHealthy') ?? 0;
    const healthy = numberAt(budget.status, 'currentHealthy') ?? 0;
    throw refusal(`The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`);
  }
  const { podName, nowMs } = eviction;
  const nowExhausted = { status: 'False', reason: 'InsufficientPods', message: '' };
  store.update('poddisruptionbudgets', namespace, name, (current) => ({
    ...current,
    status: {
      ...current.status,
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...disruptedPods, [podName]: formatTimestamp(nowMs) },
      ...(allowed === 1 && { conditions: withCondition(current, 'DisruptionAllowed', nowExhausted, nowMs) }),
    },
  }));
}

function refusal(cause: string, retryAfterSeconds?: number): ApiError {
  return new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

/** Tells whoever looks at the pod why it goes. */
function markDisrupted(store: MemoryObjectStore, pod: KubeObject, nowMs: number): void {
  const { namespace = '', name } = pod.metadata;
  const fields = { status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
  store.update('pods', namespace, name, (current) => ({
    ...current,
    status: { ...current.status, conditions: withCondition(current, 'DisruptionTarget', fields, nowMs) },
  }));
}
