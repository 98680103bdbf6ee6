/** An object's metadata as a client sent it, read field by field: what it may not set, or sets to null, is left out. */
import { badRequest } from './api-errors.ts';
import { isRecord, listAt, textAt, valueAt } from './json.ts';
import type { ObjectMeta } from './object.ts';

export type GivenMetadata = ObjectMeta & { readonly generateName?: string };

/** Absent texts read as ''. Throws BadRequest for a field of the wrong shape. */
export function readMetadata(metadata: unknown): GivenMetadata {
  const namespace = textAt(metadata, 'namespace');
  const generateName = textAt(metadata, 'generateName');
  const labels = textMap(metadata, 'labels');
  const annotations = textMap(metadata, 'annotations');
  const ownerReferences = listOf(metadata, 'ownerReferences')?.map((owner) => readOwner(owner));
  const finalizers = listOf(metadata, 'finalizers')?.filter((finalizer) => typeof finalizer === 'string');
  return {
    name: textAt(metadata, 'name'),
    uid: textAt(metadata, 'uid'),
    resourceVersion: textAt(metadata, 'resourceVersion'),
    creationTimestamp: textAt(metadata, 'creationTimestamp'),
    ...(namespace !== '' && { namespace }),
    ...(generateName !== '' && { generateName }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(ownerReferences !== undefined && { ownerReferences }),
    ...(finalizers !== undefined && { finalizers }),
  };
}

function readOwner(owner: unknown): NonNullable<ObjectMeta['ownerReferences']>[number] {
  const controller = valueAt(owner, 'controller');
  const blockOwnerDeletion = valueAt(owner, 'blockOwnerDeletion');
  return {
    apiVersion: textAt(owner, 'apiVersion'),
    kind: textAt(owner, 'kind'),
    name: textAt(owner, 'name'),
    uid: textAt(owner, 'uid'),
    ...(typeof controller === 'boolean' && { controller }),
    ...(typeof blockOwnerDeletion === 'boolean' && { blockOwnerDeletion }),
  };
}

function textMap(metadata: unknown, field: string): Record<string, string> | undefined {
  const value = valueAt(metadata, field) ?? undefined;
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw badRequest(`metadata.${field}: must be an object`);
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw badRequest(`metadata.${field}[${key}]: must be a string`);
    texts[key] = text;
  }
  return texts;
}

function listOf(metadata: unknown, field: string): readonly unknown[] | undefined {
  const value = valueAt(metadata, field) ?? undefined;
  if (value !== undefined && !Array.isArray(value)) throw badRequest(`metadata.${field}: must be a list`);
  return value === undefined ? undefined : listAt(metadata, field);
}
