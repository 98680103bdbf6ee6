/**
 * The state behind the simulated API server: what etcd and the write path of a real one do, in memory, synchronously.
 *
 * Invariants: the revision rises by one with every change of any object; every change is recorded in its kind's history
 * before anybody hears of it; listeners hear changes in order and never nested; time and chance come from outside, so
 * the same calls give the same objects.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import { formatTimestamp } from '../../src/runtime/timestamps.ts';
import { alreadyExists, expired, forbidden, invalid, notFound, otherUid, staleVersion } from './api-errors.ts';
import { boundPod } from './binding.ts';
import { ChangeFeed } from './change-feed.ts';
import type { Change } from './change-history.ts';
import { defaultedFields } from './defaults.ts';
import { deletionOf } from './deletion.ts';
import { EventExpiry } from './event-expiry.ts';
import { generatedName, newUid } from './identity.ts';
import type { KubeObject, NewObject, ResourceName, StoreEvent } from './object.ts';
import { ObjectTable } from './object-table.ts';
import { PodsByNode } from './pods-by-node.ts';
import { priorityOf } from './priority.ts';
import { ALL_KINDS, RESOURCE_KINDS, apiVersionOf } from './resource-kinds.ts';
import type { DeleteOptions, ObjectStore } from './store.ts';
import { faultsOf } from './validation.ts';
import { mayGo, newMetadata, nextObject } from './write-rules.ts';

export interface ObjectStoreOptions {
  readonly clock: Clock;
  /** For uids and generated names. */
  readonly random: RandomStream;
  /** How many changes of each kind a watch may lag behind. */
  readonly historyLimit?: number;
}

/** Enough for a watcher to miss a burst of ten thousand pods; a few tens of megabytes at worst. */
const HISTORY_LIMIT = 20_000;
/** Five letters of 27: a clash is rare, a run of them a bug. */
const NAME_ATTEMPTS = 8;
/** The namespaces of a new cluster; they can not be deleted. */
const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-node-lease', 'kube-public'];

export class MemoryObjectStore implements ObjectStore {
  readonly #clock: Clock;
  readonly #random: RandomStream;
  readonly #tables = new Map<ResourceName, ObjectTable>();
  readonly #feed = new ChangeFeed();
  readonly #podsByNode = new PodsByNode();
  readonly #eventExpiry = new EventExpiry();
  #revision = 1;
  #rehearsing = false;

  constructor(options: ObjectStoreOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    for (const { resource } of ALL_KINDS) {
      this.#tables.set(resource, new ObjectTable(options.historyLimit ?? HISTORY_LIMIT));
    }
    for (const name of FIRST_NAMESPACES) this.create('namespaces', { metadata: { name } });
  }

  /** The resourceVersion of the latest change. */
  get revision(): number {
    return this.#revision;
  }

  /** Every follower has been told of every change up to this revision. */
  get deliveredRevision(): number {
    const waiting = this.#feed.oldestWaiting();
    return waiting === undefined ? this.#revision : waiting - 1;
  }

  find(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    return this.#table(resource).find(`${namespace}/${name}`);
  }

  get(resource: ResourceName, namespace: string, name: string): KubeObject {
    const object = this.find(resource, namespace, name);
    if (object === undefined) throw notFound(RESOURCE_KINDS[resource], name);
    return object;
  }

  list(resource: ResourceName, namespace?: string): readonly KubeObject[] {
    const table = this.#table(resource);
    return namespace === undefined ? table.all() : table.inNamespace(namespace);
  }

  /** All objects of the kind as they were at `revision`. Throws Expired when that is too long ago. */
  listAt(resource: ResourceName, revision: number): readonly KubeObject[] {
    const objects = this.#table(resource).at(revision);
    if (objects === undefined) throw expired(`too old resource version: ${revision} (${this.#revision})`);
    return objects;
  }

  podsOnNode(nodeName: string): readonly KubeObject[] {
    return this.#podsByNode.on(nodeName);
  }

  create(resource: ResourceName, object: NewObject): KubeObject {
    const kind = RESOURCE_KINDS[resource];
    const namespace = kind.namespaced ? (object.metadata.namespace ?? '') : '';
    const name = this.#nameFor(resource, namespace, object);
    const faults = faultsOf(resource, name, object);
    if (faults.length > 0) throw invalid(kind, name, faults);
    if (kind.namespaced) this.#admitTo(namespace, resource, name);
    if (this.find(resource, namespace, name) !== undefined) throw alreadyExists(kind, name);
    const uid = newUid(this.#random);
    const metadata = newMetadata(kind, object, {
      name,
      namespace,
      uid,
      resourceVersion: this.#nextVersion(),
      creationTimestamp: formatTimestamp(this.#clock.now()),
    });
    if (resource === 'namespaces') metadata.labels = { 'kubernetes.io/metadata.name': name, ...metadata.labels };
    const identity = {
      name,
      uid,
      ...(resource === 'pods' && { priority: priorityOf(name, object, this.list('priorityclasses')) }),
    };
    const fields = defaultedFields(resource, object, identity);
    const created: KubeObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...fields };
    this.#commit(resource, { type: 'ADDED', object: created });
    if (resource === 'events') this.#expireEvents();
    return created;
  }

  update(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (current: KubeObject) => KubeObject,
  ): KubeObject {
    const current = this.get(resource, namespace, name);
    const wanted = change(current);
    if (wanted === current) return current;
    const next = nextObject(RESOURCE_KINDS[resource], current, wanted, this.#nextVersion());
    if (next !== current) this.#replace(resource, current, next);
    return next;
  }

  /** Returns the object as it is left: marked as being deleted, or as it was when it went. */
  delete(resource: ResourceName, namespace: string, name: string, options: DeleteOptions = {}): KubeObject {
    const kind = RESOURCE_KINDS[resource];
    const current = this.get(resource, namespace, name);
    const { uid, resourceVersion } = options;
    if (uid !== undefined && uid !== current.metadata.uid) throw otherUid(kind, current, uid);
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
      throw staleVersion(kind, name);
    }
    if (resource === 'namespaces') return this.#deleteNamespace(current);
    const marked = deletionOf(resource, current, this.#clock.now(), options.graceSeconds);
    if (marked === current) return current;
    const next = { ...marked, metadata: { ...marked.metadata, resourceVersion: this.#nextVersion() } };
    this.#replace(resource, current, next);
    return next;
  }

  bind(namespace: string, podName: string, nodeName: string): void {
    this.update('pods', namespace, podName, (pod) => boundPod(pod, nodeName, this.#clock.now()));
  }

  watch(resource: ResourceName, listener: (event: StoreEvent) => void): () => void {
    const end = this.#feed.subscribe(resource, this.#revision, listener);
    this.#feed.hold(() => {
      for (const object of this.list(resource)) listener({ type: 'ADDED', object });
    });
    return end;
  }

  /**
   * Calls `listener` with every change of the kind after `revision`: the past ones at once, the coming ones as they
   * happen. Throws Expired when the past is forgotten. Returns the function that ends it.
   */
  follow(resource: ResourceName, revision: number, listener: (change: Change) => void): () => void {
    const past = this.#table(resource).history.since(revision);
    if (past === undefined) throw expired(`too old resource version: ${revision} (${this.#revision})`);
    const end = this.#feed.subscribe(resource, this.#revision, listener);
    this.#feed.hold(() => {
      for (const change of past) listener(change);
    });
    return end;
  }

  /** Forgets the history up to now, as etcd's compaction does: older watches and continued lists get 410. */
  compact(): void {
    for (const table of this.#tables.values()) table.history.forget(this.#revision);
  }

  /** Does `work` under all the rules, and stores nothing of it: a server-side dry run. */
  rehearse<T>(work: () => T): T {
    this.#rehearsing = true;
    try {
      return work();
    } finally {
      this.#rehearsing = false;
    }
  }

  #table(resource: ResourceName): ObjectTable {
    const table = this.#tables.get(resource);
    if (table === undefined) throw new TypeError(`no table for ${resource}`);
    return table;
  }

  #nextVersion(): string {
    return String(this.#revision + 1);
  }

  #nameFor(resource: ResourceName, namespace: string, object: NewObject): string {
    const { name = '', generateName = '' } = object.metadata;
    if (name !== '' || generateName === '') return name;
    for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
      const generated = generatedName(generateName, this.#random);
      if (this.find(resource, namespace, generated) === undefined) return generated;
    }
    throw alreadyExists(RESOURCE_KINDS[resource], generateName);
  }

  #admitTo(namespace: string, resource: ResourceName, name: string): void {
    const found = this.find('namespaces', '', namespace);
    if (found === undefined) throw notFound(RESOURCE_KINDS.namespaces, namespace);
    if (found.metadata.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(RESOURCE_KINDS[resource], name, why);
  }

  #expireEvents(): void {
    for (const { metadata } of this.#eventExpiry.expired(this.#clock.now())) {
      this.delete('events', metadata.namespace ?? '', metadata.name);
    }
  }

  /** Stores `next` in place of `current`, or removes the object when nothing holds it any longer. */
  #replace(resource: ResourceName, current: KubeObject, next: KubeObject): void {
    const type = mayGo(next) ? 'DELETED' : 'MODIFIED';
    this.#commit(resource, { type, object: next, previous: current });
    const { namespace } = next.metadata;
    if (type === 'DELETED' && namespace !== undefined) this.#removeIfEmptied(namespace);
  }

  /** A namespace goes once all it holds is gone. */
  #deleteNamespace(namespace: KubeObject): KubeObject {
    const { name } = namespace.metadata;
    if (FIRST_NAMESPACES.includes(name)) {
      throw forbidden(RESOURCE_KINDS.namespaces, name, 'this namespace may not be deleted');
    }
    if (namespace.metadata.deletionTimestamp !== undefined) return namespace;
    const deletionTimestamp = formatTimestamp(this.#clock.now());
    const metadata = { ...namespace.metadata, deletionTimestamp, resourceVersion: this.#nextVersion() };
    const terminating = { ...namespace, metadata, status: { ...namespace.status, phase: 'Terminating' } };
    this.#commit('namespaces', { type: 'MODIFIED', object: terminating, previous: namespace });
    if (this.#rehearsing) return terminating;
    for (const { resource } of ALL_KINDS.filter((kind) => kind.namespaced)) {
      for (const object of this.list(resource, name)) {
        if (this.find(resource, name, object.metadata.name) !== undefined) {
          this.delete(resource, name, object.metadata.name);
        }
      }
    }
    this.#removeIfEmptied(name);
    return terminating;
  }

  #removeIfEmptied(name: string): void {
    const namespace = this.find('namespaces', '', name);
    if (namespace?.metadata.deletionTimestamp === undefined || this.#rehearsing) return;
    const holdsSome = ALL_KINDS.some((kind) => kind.namespaced && this.list(kind.resource, name).length > 0);
    if (holdsSome) return;
    const metadata = { ...namespace.metadata, resourceVersion: this.#nextVersion() };
    this.#commit('namespaces', { type: 'DELETED', object: { ...namespace, metadata }, previous: namespace });
  }

  #commit(resource: ResourceName, what: Unrevised): void {
    if (this.#rehearsing) return;
    this.#revision += 1;
    const change: Change = { ...what, revision: this.#revision };
    this.#table(resource).apply(change);
    if (resource === 'pods') this.#podsByNode.apply(change);
    if (resource === 'events') this.#eventExpiry.note(change, this.#clock.now());
    this.#feed.publish(resource, change);
  }
}

/** A change that has no revision yet. */
type Unrevised =
  | { readonly type: 'ADDED'; readonly object: KubeObject }
  | { readonly type: 'MODIFIED' | 'DELETED'; readonly object: KubeObject; readonly previous: KubeObject };
