/**
 * What the API server does to an object's metadata on each write, whoever writes.
 *
 * Invariants: name, namespace, uid, creation and deletion times never change by an update; generation counts changes of
 * the spec and of nothing else.
 */
import { sameJson } from './json.ts';
import type { KubeObject, NewObject, ObjectMeta } from './object.ts';
import { apiVersionOf } from './resource-kinds.ts';
import type { ResourceKind } from './resource-kinds.ts';

/** The metadata of a new object. */
export function newMetadata(
  kind: ResourceKind,
  object: NewObject,
  given: Pick<ObjectMeta, 'name' | 'uid' | 'resourceVersion' | 'creationTimestamp'> & { readonly namespace: string },
): ObjectMeta {
  const { generateName, labels, annotations, ownerReferences, finalizers } = object.metadata;
  return {
    name: given.name,
    ...(generateName !== undefined && { generateName }),
    ...(kind.namespaced && { namespace: given.namespace }),
    uid: given.uid,
    resourceVersion: given.resourceVersion,
    // A pod's generation counts changes that hardly any client makes (resizes in place); it is there all the same.
    ...((kind.hasGeneration || kind.resource === 'pods') && { generation: 1 }),
    creationTimestamp: given.creationTimestamp,
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(ownerReferences !== undefined && { ownerReferences }),
    ...(finalizers !== undefined && finalizers.length > 0 && { finalizers }),
  };
}

/** `wanted` as it will be stored over `current`; `current` itself when nothing would change. */
export function nextObject(
  kind: ResourceKind,
  current: KubeObject,
  wanted: KubeObject,
  resourceVersion: string,
): KubeObject {
  const metadata = keptMetadata(current.metadata, wanted.metadata);
  const candidate = { ...wanted, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
  if (sameJson(candidate, current)) return current;
  const specChanged = kind.hasGeneration && !sameJson(wanted.spec, current.spec);
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...candidate, metadata: { ...metadata, resourceVersion, ...(specChanged && { generation }) } };
}

/** Labels, annotations, owners and finalizers as wanted; all else as it is. */
function keptMetadata(current: Readonly<ObjectMeta>, wanted: Readonly<ObjectMeta>): ObjectMeta {
  const {
    labels: _labels,
    annotations: _annotations,
    ownerReferences: _ownerReferences,
    finalizers: _finalizers,
    ...fixed
  } = current;
  return {
    ...fixed,
    ...(wanted.labels !== undefined && { labels: wanted.labels }),
    ...(wanted.annotations !== undefined && { annotations: wanted.annotations }),
    ...(wanted.ownerReferences !== undefined && { ownerReferences: wanted.ownerReferences }),
    ...(wanted.finalizers !== undefined && wanted.finalizers.length > 0 && { finalizers: wanted.finalizers }),
  };
}

/** Whether an object that is being deleted has nothing left to wait for. */
export function mayGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  return deletionTimestamp !== undefined && (deletionGracePeriodSeconds ?? 0) === 0 && (finalizers ?? []).length === 0;
}
