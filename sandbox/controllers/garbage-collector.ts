/**
 * The garbage collector: what is owned goes when its last owner is gone, and pods go when their node is.
 *
 * Owners are told apart by uid: an owner that was deleted and made anew does not inherit.
 */
import { type KubeObject, type ResourceName, type StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import { keyOf, namespaceOf, podSpec } from './shapes.ts';
import type { ControllerContext } from './workload-controller.ts';
import { WorkQueue } from './work-queue.ts';

/** The kinds that may own and the kinds that may be owned. */
const OWNERS: Readonly<Record<string, ResourceName>> = {
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  Job: 'jobs',
  CronJob: 'cronjobs',
  ReplicationController: 'replicationcontrollers',
};
const DEPENDENTS: readonly ResourceName[] = ['pods', 'replicasets', 'jobs'];

export function startGarbageCollector(context: Pick<ControllerContext, 'store' | 'clock' | 'timing'>): {
  stop(): void;
} {
  const collector = new GarbageCollector(context);
  return { stop: () => collector.stop() };
}

class GarbageCollector {
  readonly #store: ObjectStore;
  readonly #orphanedPodsMs: number;
  /** Dependents by the uid of each of their owners, as `resource namespace/name`. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #queue: WorkQueue;
  readonly #deadNodes: WorkQueue;
  readonly #unwatch: readonly (() => void)[];

  constructor({ store, clock, timing }: Pick<ControllerContext, 'store' | 'clock' | 'timing'>) {
    this.#store = store;
    this.#orphanedPodsMs = timing.orphanedPodsMs;
    const queue = { clock, delayMs: timing.reconcileMs };
    this.#queue = new WorkQueue({ ...queue, reconcile: (key) => this.#collect(key) });
    this.#deadNodes = new WorkQueue({ ...queue, reconcile: (name) => this.#clearNode(name) });
    this.#unwatch = [
      ...Object.values(OWNERS).map((resource) => store.watch(resource, (event) => this.#onOwner(event))),
      ...DEPENDENTS.map((resource) => store.watch(resource, (event) => this.#onDependent(resource, event))),
      store.watch('nodes', (event) => {
        if (event.type === 'DELETED') this.#deadNodes.touchLater(event.object.metadata.name, this.#orphanedPodsMs);
      }),
    ];
  }

  stop(): void {
    for (const end of this.#unwatch) end();
    this.#queue.stop();
    this.#deadNodes.stop();
  }

  #onOwner(event: StoreEvent): void {
    if (event.type !== 'DELETED') return;
    for (const dependent of this.#dependents.get(event.object.metadata.uid) ?? []) this.#queue.touch(dependent);
  }

  #onDependent(resource: ResourceName, event: StoreEvent): void {
    const dependent = `${resource} ${keyOf(event.object)}`;
    for (const { uid } of event.object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid) ?? new Set();
      if (event.type === 'DELETED') dependents.delete(dependent);
      else dependents.add(dependent);
      if (dependents.size === 0) this.#dependents.delete(uid);
      else this.#dependents.set(uid, dependents);
    }
    // Its owner may have gone before it came; and a node may have gone between a pod's try and its binding.
    if (event.type === 'ADDED' && event.object.metadata.ownerReferences !== undefined) this.#queue.touch(dependent);
    if (resource === 'pods' && event.type !== 'DELETED') this.#checkNode(event);
  }

  #checkNode(event: Extract<StoreEvent, { type: 'ADDED' | 'MODIFIED' }>): void {
    const nodeName = podSpec(event.object).nodeName ?? '';
    if (nodeName === '' || (event.type === 'MODIFIED' && podSpec(event.previous).nodeName === nodeName)) return;
    if (this.#store.find('nodes', '', nodeName) === undefined) {
      this.#deadNodes.touchLater(nodeName, this.#orphanedPodsMs);
    }
  }

  #collect(dependent: string): void {
    const [resource, key] = splitDependent(dependent);
    const slash = key.indexOf('/');
    const object = this.#store.find(resource, key.slice(0, slash), key.slice(slash + 1));
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0 || owners.some((owner) => this.#exists(object, owner))) return;
    this.#store.delete(resource, namespaceOf(object), object.metadata.name, { uid: object.metadata.uid });
  }

  /** An owner of a kind that the collector does not follow is taken to exist. */
  #exists(object: KubeObject, owner: { readonly kind: string; readonly name: string; readonly uid: string }): boolean {
    const resource = OWNERS[owner.kind];
    if (resource === undefined) return true;
    return this.#store.find(resource, namespaceOf(object), owner.name)?.metadata.uid === owner.uid;
  }

  #clearNode(nodeName: string): void {
    if (this.#store.find('nodes', '', nodeName) !== undefined) return;
    for (const pod of this.#store.podsOnNode(nodeName)) {
      this.#store.delete('pods', namespaceOf(pod), pod.metadata.name, { graceSeconds: 0, uid: pod.metadata.uid });
    }
  }
}

function splitDependent(dependent: string): [resource: ResourceName, key: string] {
  const at = dependent.indexOf(' ');
  const resource = DEPENDENTS.find((name) => name === dependent.slice(0, at));
  if (resource === undefined) throw new Error(`not a dependent: ${dependent}`);
  return [resource, dependent.slice(at + 1)];
}
