/** The objects of one kind by their controlling owner, kept up to date by a watch: what a controller asks first. */
import type { KubeObject, ResourceName, StoreEvent } from '../kubernetes/object.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import { controllerOf, keyOf, namespaceOf } from './shapes.ts';

export interface Owner {
  readonly kind: string;
  readonly uid: string;
  /** `namespace/name` of the owner. */
  readonly key: string;
}

export class OwnedObjects {
  readonly #byOwner = new Map<string, Map<string, KubeObject>>();
  readonly #listeners: ((owner: Owner, event: StoreEvent) => void)[] = [];
  readonly #unwatch: () => void;

  constructor(store: ObjectStore, resource: ResourceName) {
    this.#unwatch = store.watch(resource, (event) => this.#onEvent(event));
  }

  /** What the owner of that uid controls, in the order of creation. */
  of(ownerUid: string): readonly KubeObject[] {
    return [...(this.#byOwner.get(ownerUid)?.values() ?? [])];
  }

  /** Calls `listener` after each later change of an owned object. */
  onChange(listener: (owner: Owner, event: StoreEvent) => void): void {
    this.#listeners.push(listener);
  }

  stop(): void {
    this.#unwatch();
  }

  #onEvent(event: StoreEvent): void {
    const owner = controllerOf(event.object);
    if (owner === undefined) return;
    const key = keyOf(event.object);
    const owned = this.#byOwner.get(owner.uid) ?? new Map<string, KubeObject>();
    if (event.type === 'DELETED') owned.delete(key);
    else owned.set(key, event.object);
    if (owned.size === 0) this.#byOwner.delete(owner.uid);
    else this.#byOwner.set(owner.uid, owned);
    const ownerKey = `${namespaceOf(event.object)}/${owner.name}`;
    for (const listener of this.#listeners) listener({ kind: owner.kind, uid: owner.uid, key: ownerKey }, event);
  }
}
