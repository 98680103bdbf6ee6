/**
 * Kubernetes' own merge patch: lists of things with an identity are merged by it, all other lists are replaced. The
 * directives of clients ($patch, $retainKeys, $setElementOrder, $deleteFromPrimitiveList) are honoured.
 *
 * The input is never changed; directives never reach the result.
 */
import { isRecord, listAt, sameJson, textAt } from './json.ts';
import { mergeRuleOf } from './merge-keys.ts';
import type { MergePath } from './merge-keys.ts';
import { PatchFailure } from './json-patch.ts';
import type { JsonObject } from './object.ts';

const ORDER = '$setElementOrder/';
const DELETE = '$deleteFromPrimitiveList/';

/** `path` says where `document` is, counted from the object that is patched. Throws {@link PatchFailure}. */
export function applyStrategicMergePatch(document: unknown, patch: unknown, path: MergePath): unknown {
  if (!isRecord(patch)) return patch;
  const directive = patch['$patch'];
  if (directive === 'delete') return {};
  const start = directive === 'replace' || !isRecord(document) ? {} : { ...document };
  const merged = retained(start, patch);
  for (const [field, value] of Object.entries(patch)) {
    if (field.startsWith('$')) continue;
    mergeField(merged, field, { value, patch, path });
  }
  for (const field of directiveOnlyFields(patch)) {
    mergeField(merged, field, { value: [], patch, path });
  }
  return merged;
}

function mergeField(
  merged: JsonObject,
  field: string,
  from: { readonly value: unknown; readonly patch: JsonObject; readonly path: MergePath },
): void {
  const { value, patch, path } = from;
  const below = { ...path, fields: [...path.fields, field] };
  if (value === null || (isRecord(value) && value['$patch'] === 'delete')) {
    delete merged[field];
  } else if (Array.isArray(value)) {
    const order = patch[`${ORDER}${field}`];
    merged[field] = mergeList(listAt(merged[field]), listAt(value), {
      path: below,
      order: Array.isArray(order) ? listAt(order) : undefined,
      removed: listAt(patch[`${DELETE}${field}`]),
    });
  } else {
    merged[field] = applyStrategicMergePatch(merged[field], value, below);
  }
}

/** Lists that the patch only orders or shortens, and does not name otherwise. */
function directiveOnlyFields(patch: JsonObject): readonly string[] {
  const fields = Object.keys(patch)
    .filter((field) => field.startsWith(ORDER) || field.startsWith(DELETE))
    .map((field) => field.slice(field.indexOf('/') + 1));
  return [...new Set(fields)].filter((field) => !(field in patch));
}

function retained(record: JsonObject, patch: JsonObject): JsonObject {
  const keep = patch['$retainKeys'];
  if (!Array.isArray(keep)) return record;
  return Object.fromEntries(Object.entries(record).filter(([field]) => listAt(keep).includes(field)));
}

interface ListMerge {
  readonly path: MergePath;
  readonly order: readonly unknown[] | undefined;
  readonly removed: readonly unknown[];
}

function mergeList(current: readonly unknown[], patch: readonly unknown[], merge: ListMerge): readonly unknown[] {
  const rule = mergeRuleOf(merge.path);
  switch (rule.kind) {
    case 'replace':
      return patch;
    case 'set': {
      const kept = current.filter((item) => !merge.removed.includes(item));
      const union = [...kept, ...patch.filter((item) => !kept.includes(item))];
      return ordered(union, current, { order: merge.order, idOf: (item) => item });
    }
    case 'by-key': {
      const items = mergeByKey(current, patch, { path: merge.path, key: rule.key });
      return ordered(items, current, { order: merge.order, idOf: (item) => keyValue(item, rule.key) });
    }
  }
  return patch;
}

function mergeByKey(
  current: readonly unknown[],
  patch: readonly unknown[],
  by: { readonly path: MergePath; readonly key: string },
): readonly unknown[] {
  const replaces = patch.some((item) => textAt(item, '$patch') === 'replace' && keyValue(item, by.key) === undefined);
  const items = replaces ? [] : [...current];
  for (const item of patch) {
    if (!isRecord(item)) throw new PatchFailure(`${by.path.fields.join('.')}: an element is not an object`);
    const directive = textAt(item, '$patch');
    const id = keyValue(item, by.key);
    if (id === undefined) {
      if (directive === 'replace') continue;
      throw new PatchFailure(`map: ${JSON.stringify(item)} does not contain declared merge key: ${by.key}`);
    }
    const index = items.findIndex((existing) => sameJson(keyValue(existing, by.key), id));
    if (directive === 'delete') {
      if (index >= 0) items.splice(index, 1);
    } else if (index >= 0) {
      items[index] = applyStrategicMergePatch(items[index], item, by.path);
    } else {
      items.push(applyStrategicMergePatch({}, item, by.path));
    }
  }
  return items;
}

function keyValue(item: unknown, key: string): unknown {
  return isRecord(item) ? item[key] : undefined;
}

/**
 * The items in the order that the client wants for those it knows; the others stay where they stood among them. Without
 * an order from the client: as they are.
 */
function ordered(
  items: readonly unknown[],
  before: readonly unknown[],
  by: { readonly order: readonly unknown[] | undefined; readonly idOf: (item: unknown) => unknown },
): readonly unknown[] {
  const { order, idOf } = by;
  if (order === undefined) return items;
  const rank = (item: unknown): number => order.findIndex((wanted) => sameJson(idOf(wanted), idOf(item)));
  const position = (item: unknown): number => before.findIndex((one) => sameJson(idOf(one), idOf(item)));
  const known = items.filter((item) => rank(item) >= 0).toSorted((left, right) => rank(left) - rank(right));
  const others = items.filter((item) => rank(item) < 0);
  const result: unknown[] = [];
  for (const item of known) {
    while (others.length > 0 && position(item) >= 0 && position(others[0]) < position(item))
      result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}
