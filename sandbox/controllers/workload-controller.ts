/**
 * What the workload controllers share: each watches its own kind and what objects of that kind own, and reconciles the
 * one object that was touched.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { KubeObject, ResourceName, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { OwnedObjects } from './owned-objects.ts';
import { keyOf } from './shapes.ts';
import type { ControllerTiming } from './timing.ts';
import { WorkQueue } from './work-queue.ts';

export interface ControllerContext {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly timing: ControllerTiming;
  readonly ownedPods: OwnedObjects;
  readonly ownedReplicaSets: OwnedObjects;
}

export interface Workload {
  readonly resource: ResourceName;
  readonly kind: string;
  readonly owned: OwnedObjects;
  /** Brings the world one step closer to what the object wants; called again after everything that this causes. */
  readonly reconcile: (object: KubeObject, again: (delayMs: number) => void) => void;
}

export function startWorkloadController(context: ControllerContext, workload: Workload): { stop(): void } {
  const { store, clock, timing } = context;
  const queue = new WorkQueue({
    clock,
    delayMs: timing.reconcileMs,
    reconcile: (key) => {
      const object = store.find(workload.resource, ...splitKey(key));
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
      workload.reconcile(object, (delayMs) => queue.touchLater(key, delayMs));
    },
  });
  const unwatch = store.watch(workload.resource, (event) => {
    if (isWorthALook(event)) queue.touch(keyOf(event.object));
  });
  workload.owned.onChange((owner) => {
    if (owner.kind === workload.kind) queue.touch(owner.key);
  });
  return {
    stop() {
      unwatch();
      queue.stop();
    },
  };
}

/** A controller's own status updates are no reason to reconcile again. */
function isWorthALook(event: StoreEvent): boolean {
  if (event.type !== 'MODIFIED') return event.type === 'ADDED';
  return event.object.metadata.generation !== event.previous.metadata.generation;
}

export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}

/** Writes the parts of the status that are given; writes nothing when they are so already. */
export function updateStatus(store: ObjectStore, resource: ResourceName, object: KubeObject, status: object): void {
  store.update(resource, object.metadata.namespace ?? '', object.metadata.name, (current) => ({
    ...current,
    status: { ...current.status, ...status },
  }));
}
