/** Reading plain JSON of unknown shape: what is absent or of another type reads as empty, never as an exception. */
import type { JsonObject } from './object.ts';

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at the end of `path`, or `undefined`. */
export function valueAt(root: unknown, ...path: readonly string[]): unknown {
  let value = root;
  for (const field of path) {
    if (!isRecord(value) || !Object.hasOwn(value, field)) return undefined;
    value = value[field];
  }
  return value;
}

export function recordAt(root: unknown, ...path: readonly string[]): Readonly<JsonObject> {
  const value = valueAt(root, ...path);
  return isRecord(value) ? value : {};
}

export function listAt(root: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(root, ...path);
  return Array.isArray(value) ? value : [];
}

/** '' where there is no text. */
export function textAt(root: unknown, ...path: readonly string[]): string {
  const value = valueAt(root, ...path);
  return typeof value === 'string' ? value : '';
}

export function numberAt(root: unknown, ...path: readonly string[]): number | undefined {
  const value = valueAt(root, ...path);
  return typeof value === 'number' ? value : undefined;
}

/** The fields of a record that hold text, e.g. labels. */
export function textsAt(root: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [field, value] of Object.entries(recordAt(root, ...path))) {
    if (typeof value === 'string') texts[field] = value;
  }
  return texts;
}

/** Equal as JSON. A field that is `undefined` counts as absent. Objects that share parts compare quickly. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) && left.length === right.length && left.every((item, index) => sameJson(item, right[index]))
    );
  }
  if (!isRecord(left) || !isRecord(right)) return false;
  for (const field of Object.keys(left)) {
    if (!sameJson(left[field], Object.hasOwn(right, field) ? right[field] : undefined)) return false;
  }
  return Object.keys(right).every((field) => right[field] === undefined || Object.hasOwn(left, field));
}
