/**
 * The seam between the simulated API server and the controllers, kubelets and scheduler that live in the sandbox. They
 * use the store in process; clients from outside come through the API server's routes, which use the same store.
 */
import type { KubeObject, NewObject, ObjectMeta, ResourceName, StoreEvent } from './object.ts';

export interface DeleteOptions {
  /** Pods: 0 removes at once (what a kubelet does at the end); `undefined`: the pod's own grace period. */
  readonly graceSeconds?: number;
  /** Fails with Conflict unless the object still has this uid. */
  readonly uid?: string;
  /** Fails with Conflict unless the object is still at this version. */
  readonly resourceVersion?: string;
}

/** All methods are synchronous and throw {@link ApiError} as a client would see it. */
export interface ObjectStore {
  /** Throws NotFound. `namespace` is '' for cluster-scoped kinds. */
  get(resource: ResourceName, namespace: string, name: string): KubeObject;
  find(resource: ResourceName, namespace: string, name: string): KubeObject | undefined;
  /** In the order of `namespace/name`; all namespaces when `namespace` is `undefined`. */
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  /** The pods bound to a node, in the order in which they were bound. */
  podsOnNode(nodeName: string): readonly KubeObject[];
  create(resource: ResourceName, object: NewObject): KubeObject;
  /**
   * Reads, lets `change` make a new object, and writes it under the rules of the API server (bumps resourceVersion; spec
   * changes bump generation; removal of the last finalizer of a deleted object removes it). Returns the stored object;
   * when `change` returns the same object, nothing is written and no event is sent.
   */
  update(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (current: KubeObject) => KubeObject,
  ): KubeObject;
  /** Deletes, or marks as being deleted (pods with grace, objects with finalizers). */
  delete(resource: ResourceName, namespace: string, name: string, options?: DeleteOptions): void;
  /**
   * Calls `listener` with ADDED for everything there is, then with each later change, in order. Changes made from inside
   * a listener are delivered after the current one, never nested. Returns the function that ends it.
   */
  watch(resource: ResourceName, listener: (event: StoreEvent) => void): () => void;
  /** Binds a pending pod to a node, as the scheduler's Binding does. */
  bind(namespace: string, podName: string, nodeName: string): void;
}

/** The metadata of an object that may be owned, in the shape of an owner reference. */
export function ownerReferenceTo(owner: KubeObject): NonNullable<ObjectMeta['ownerReferences']>[number] {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
