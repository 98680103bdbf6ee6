/** Which objects a list, watch or collection delete is about: a scope, labels and fields. */
import { badRequest } from './api-errors.ts';
import { fieldsMatch, parseFieldSelector } from './field-selector.ts';
import type { FieldRequirement } from './field-selector.ts';
import { labelsMatch, parseLabelSelector } from './label-selector.ts';
import type { LabelRequirement } from './label-selector.ts';
import type { KubeObject } from './object.ts';
import { keyOf } from './object-table.ts';
import type { ResourceTarget } from './request-target.ts';
import type { MemoryObjectStore } from './object-store.ts';

export interface Selection {
  readonly target: ResourceTarget;
  /** `undefined`: all. */
  readonly namespace: string | undefined;
  readonly labels: readonly LabelRequirement[];
  readonly fields: readonly FieldRequirement[];
}

export function parseSelection(target: ResourceTarget, query: URLSearchParams): Selection {
  const { resource } = target.served.kind;
  const fields = [...parseFieldSelector(query.get('fieldSelector') ?? '', resource)];
  if (target.name !== undefined) fields.push({ field: 'metadata.name', value: target.name, negated: false });
  return { target, namespace: target.namespace, labels: parseLabelSelector(query.get('labelSelector') ?? ''), fields };
}

export function isUnfiltered(selection: Selection): boolean {
  return selection.labels.length === 0 && selection.fields.length === 0;
}

export function selects(selection: Selection, object: KubeObject): boolean {
  const { namespace, labels, fields } = selection;
  if (namespace !== undefined && namespace !== (object.metadata.namespace ?? '')) return false;
  return labelsMatch(labels, object.metadata.labels ?? {}) && fieldsMatch(fields, object);
}

/** The selected objects as they are now, in the order of their keys. */
export function selectedNow(store: MemoryObjectStore, selection: Selection): readonly KubeObject[] {
  const candidates = candidatesNow(store, selection);
  return isUnfiltered(selection) ? candidates : candidates.filter((object) => selects(selection, object));
}

/** Goes by an index where the selection names a single object or a node. */
function candidatesNow(store: MemoryObjectStore, selection: Selection): readonly KubeObject[] {
  const { resource } = selection.target.served.kind;
  const exact = (field: string): string | undefined =>
    selection.fields.find((requirement) => requirement.field === field && !requirement.negated)?.value;
  const name = exact('metadata.name');
  if (name !== undefined && selection.namespace !== undefined) {
    const found = store.find(resource, selection.namespace, name);
    return found === undefined ? [] : [found];
  }
  const node = resource === 'pods' ? exact('spec.nodeName') : undefined;
  if (node !== undefined && node !== '') {
    return store.podsOnNode(node).toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
  }
  return store.list(resource, selection.namespace);
}

/** A query parameter that is a whole number, at least 0. Throws BadRequest. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw badRequest(`invalid query parameter ${name}: ${text}`);
  return value;
}

export function isTrue(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text === 'true' || text === '1';
}
