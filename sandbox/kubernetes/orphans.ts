/** Deleting an owner while keeping what it owns: the dependents forget it first. */
import type { KubeObject } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { ALL_KINDS } from './resource-kinds.ts';

export function orphanDependents(store: MemoryObjectStore, owner: KubeObject): void {
  const { uid, namespace } = owner.metadata;
  for (const { resource } of ALL_KINDS) {
    for (const object of store.list(resource, namespace)) {
      const owners = object.metadata.ownerReferences ?? [];
      if (!owners.some((reference) => reference.uid === uid)) continue;
      const ownerReferences = owners.filter((reference) => reference.uid !== uid);
      store.update(resource, object.metadata.namespace ?? '', object.metadata.name, (current) => ({
        ...current,
        metadata: { ...current.metadata, ownerReferences },
      }));
    }
  }
}
