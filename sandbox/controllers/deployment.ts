/**
 * The Deployment controller: one ReplicaSet per version of the template, and a rolling update from the old ones to the
 * newest within maxSurge and maxUnavailable (or, with Recreate, the old ones first of all). Of replicas added in the middle of
 * an update the newest version gets all; the real controller would share them out.
 */
import type { KubeObject } from '../kubernetes/object.ts';
import { ownerReferenceTo } from '../kubernetes/store.ts';
import { scaledValue, templateHash } from './pod-template.ts';
import { type WorkloadSpec, isTerminal, namespaceOf, workloadSpec } from './shapes.ts';
import { type ControllerContext, startWorkloadController, updateStatus } from './workload-controller.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
const DEFAULT_REVISION_HISTORY = 10;
const LOOK_AGAIN_MS = 1000;

export function startDeploymentController(context: ControllerContext): { stop(): void } {
  return startWorkloadController(context, {
    resource: 'deployments',
    kind: 'Deployment',
    owned: context.ownedReplicaSets,
    reconcile: (deployment, again) => reconcile(context, deployment, again),
  });
}

function reconcile(context: ControllerContext, deployment: KubeObject, again: (delayMs: number) => void): void {
  const { store, ownedReplicaSets, ownedPods } = context;
  const spec = workloadSpec(deployment);
  const all = ownedReplicaSets
    .of(deployment.metadata.uid)
    .filter((set) => set.metadata.deletionTimestamp === undefined);
  const hash = templateHash(spec.template);
  const newest = all.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
  const old = all.filter((set) => set !== newest);
  const oldPods = old.some((set) => ownedPods.of(set.metadata.uid).some((pod) => !isTerminal(pod)));
  const recreating = spec.strategy?.type === 'Recreate';
  const wanted = recreating ? recreate(spec, newest, { count: old.length, left: oldPods }) : roll(spec, newest, old);
  // Pods that are being deleted change no ReplicaSet's status when they are gone at last.
  if (recreating && oldPods) again(LOOK_AGAIN_MS);
  if (newest === undefined)
    store.create('replicasets', newReplicaSet(deployment, hash, { replicas: wanted.newest, old }));
  else scale(context, newest, wanted.newest);
  old.forEach((set, index) => scale(context, set, wanted.old[index] ?? 0));
  forgetOldest(context, old, spec.revisionHistoryLimit ?? DEFAULT_REVISION_HISTORY);
  updateStatus(store, 'deployments', deployment, statusOf(deployment, all, newest));
}

interface Wanted {
  readonly newest: number;
  /** In the order of the old ReplicaSets. */
  readonly old: readonly number[];
}

/** Old pods go first; the new ones come when no old one is left. */
function recreate(
  { replicas = 1 }: WorkloadSpec,
  newest: KubeObject | undefined,
  old: { readonly count: number; readonly left: boolean },
): Wanted {
  const before = newest === undefined ? 0 : replicasOf(newest);
  return { newest: old.left ? before : replicas, old: Array.from({ length: old.count }, () => 0) };
}

function roll(spec: WorkloadSpec, newest: KubeObject | undefined, old: readonly KubeObject[]): Wanted {
  const { replicas = 1, strategy } = spec;
  const surge = scaledValue(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = scaledValue(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor);
  const current = newest === undefined ? 0 : replicasOf(newest);
  const sets = newest === undefined ? old : [...old, newest];
  const total = sum(sets, replicasOf);
  const room = Math.max(0, replicas + surge - total);
  const wantedNewest = current > replicas ? replicas : current + Math.min(room, replicas - current);
  // Some progress must be possible even where both bounds round to none.
  const fewestAvailable = replicas - (surge + unavailable === 0 ? 1 : unavailable);
  const available = sum(sets, (set) => statusNumber(set, 'availableReplicas'));
  const newestUnavailable = current - (newest === undefined ? 0 : statusNumber(newest, 'availableReplicas'));
  let mayGo = Math.max(0, total - fewestAvailable - newestUnavailable);
  let healthyMayGo = Math.max(0, available - fewestAvailable);
  const wantedOld = old.map((set) => {
    const healthy = Math.min(replicasOf(set), statusNumber(set, 'availableReplicas'));
    const unhealthyGone = Math.min(replicasOf(set) - healthy, mayGo);
    const healthyGone = Math.min(healthy, healthyMayGo, mayGo - unhealthyGone);
    mayGo -= unhealthyGone + healthyGone;
    healthyMayGo -= healthyGone;
    return replicasOf(set) - unhealthyGone - healthyGone;
  });
  return { newest: wantedNewest, old: wantedOld };
}

function newReplicaSet(
  deployment: KubeObject,
  hash: string,
  { replicas, old }: { replicas: number; old: readonly KubeObject[] },
): Parameters<ControllerContext['store']['create']>[1] {
  const { selector, template } = workloadSpec(deployment);
  const labels = { ...template?.metadata?.labels, [HASH_LABEL]: hash };
  return {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: namespaceOf(deployment),
      labels,
      annotations: { [REVISION_ANNOTATION]: String(1 + Math.max(0, ...old.map(revisionOf))) },
      ownerReferences: [ownerReferenceTo(deployment)],
    },
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  };
}

function scale({ store }: ControllerContext, set: KubeObject, replicas: number): void {
  if (replicasOf(set) === replicas) return;
  store.update('replicasets', namespaceOf(set), set.metadata.name, (current) => ({
    ...current,
    spec: { ...current.spec, replicas },
  }));
}

function forgetOldest({ store }: ControllerContext, old: readonly KubeObject[], limit: number): void {
  const done = old.filter((set) => replicasOf(set) === 0 && statusNumber(set, 'replicas') === 0);
  const byAge = done.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of byAge.slice(0, Math.max(0, byAge.length - limit))) {
    store.delete('replicasets', namespaceOf(set), set.metadata.name);
  }
}

function statusOf(deployment: KubeObject, all: readonly KubeObject[], newest: KubeObject | undefined): object {
  const { replicas = 1 } = workloadSpec(deployment);
  const available = sum(all, (set) => statusNumber(set, 'availableReplicas'));
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(all, (set) => statusNumber(set, 'replicas')),
    updatedReplicas: newest === undefined ? 0 : statusNumber(newest, 'replicas'),
    readyReplicas: sum(all, (set) => statusNumber(set, 'readyReplicas')),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicas - available),
  };
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[REVISION_ANNOTATION] ?? '0');
}

function replicasOf(set: KubeObject): number {
  return workloadSpec(set).replicas ?? 1;
}

function statusNumber(object: KubeObject, field: string): number {
  const value = object.status?.[field];
  return typeof value === 'number' ? value : 0;
}

function sum(objects: readonly KubeObject[], amount: (object: KubeObject) => number): number {
  return objects.reduce((total, object) => total + amount(object), 0);
}
