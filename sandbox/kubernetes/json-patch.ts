/** JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386). Neither changes its input; the results share what is unchanged. */
import { isRecord, listAt, sameJson, textAt } from './json.ts';

/** A patch that cannot be applied: the text says which operation and why. */
export class PatchFailure extends Error {
  override readonly name = 'PatchFailure';
}

/** Throws {@link PatchFailure}: for a malformed operation, a path that is not there, a test that fails. */
export function applyJsonPatch(document: unknown, operations: readonly unknown[]): unknown {
  let patched = document;
  for (const [index, operation] of operations.entries()) {
    try {
      patched = applyOperation(patched, operation);
    } catch (error) {
      if (!(error instanceof PatchFailure)) throw error;
      throw new PatchFailure(
        `operation ${index} (${textAt(operation, 'op')} ${textAt(operation, 'path')}): ${error.message}`,
      );
    }
  }
  return patched;
}

/** RFC 7386: null removes, records merge, all else replaces. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = isRecord(document) ? { ...document } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = applyMergePatch(merged[field], value);
  }
  return merged;
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isRecord(operation)) throw new PatchFailure('is not an object');
  const path = parsePointer(operation['path']);
  switch (operation['op']) {
    case 'add':
      return changeAt(document, path, { kind: 'add', value: valueOf(operation) });
    case 'remove':
      return changeAt(document, path, { kind: 'remove' });
    case 'replace':
      return changeAt(document, path, { kind: 'replace', value: valueOf(operation) });
    case 'move': {
      const from = parsePointer(operation['from']);
      const value = valueAtPointer(document, from);
      return changeAt(changeAt(document, from, { kind: 'remove' }), path, { kind: 'add', value });
    }
    case 'copy': {
      const value = valueAtPointer(document, parsePointer(operation['from']));
      return changeAt(document, path, { kind: 'add', value });
    }
    case 'test':
      if (sameJson(valueAtPointer(document, path), valueOf(operation))) return document;
      throw new PatchFailure('test failed');
    default:
      throw new PatchFailure('unknown operation');
  }
}

function valueOf(operation: Readonly<Record<string, unknown>>): unknown {
  if (!('value' in operation)) throw new PatchFailure('has no value');
  return operation['value'];
}

function parsePointer(pointer: unknown): readonly string[] {
  if (pointer === '') return [];
  if (typeof pointer !== 'string' || !pointer.startsWith('/')) throw new PatchFailure('is no JSON pointer');
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAtPointer(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const step of path) {
    if (Array.isArray(value)) value = listAt(value)[listIndex(step, value.length - 1)];
    else if (isRecord(value) && step in value) value = value[step];
    else throw missing(step);
  }
  return value;
}

type PathChange =
  | { readonly kind: 'add'; readonly value: unknown }
  | { readonly kind: 'replace'; readonly value: unknown }
  | { readonly kind: 'remove' };

/** The document with the change made at `path`. */
function changeAt(document: unknown, path: readonly string[], change: PathChange): unknown {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (change.kind === 'remove') throw new PatchFailure('the whole document can not be removed');
    return change.value;
  }
  if (Array.isArray(document)) return changeInList(listAt(document), step, { rest, change });
  if (!isRecord(document)) throw missing(step);
  if (rest.length > 0) {
    if (!(step in document)) throw missing(step);
    return { ...document, [step]: changeAt(document[step], rest, change) };
  }
  if (change.kind !== 'add' && !(step in document)) throw missing(step);
  if (change.kind !== 'remove') return { ...document, [step]: change.value };
  const { [step]: _removed, ...others } = document;
  return others;
}

function changeInList(
  list: readonly unknown[],
  step: string,
  below: { readonly rest: readonly string[]; readonly change: PathChange },
): readonly unknown[] {
  const { rest, change } = below;
  if (rest.length > 0) {
    const index = listIndex(step, list.length - 1);
    return list.with(index, changeAt(list[index], rest, change));
  }
  if (change.kind === 'add') {
    const index = step === '-' ? list.length : listIndex(step, list.length);
    return list.toSpliced(index, 0, change.value);
  }
  const index = listIndex(step, list.length - 1);
  return change.kind === 'remove' ? list.toSpliced(index, 1) : list.with(index, change.value);
}

function listIndex(step: string, highest: number): number {
  if (!/^(0|[1-9]\d*)$/.test(step) || Number(step) > highest) throw missing(step);
  return Number(step);
}

function missing(step: string): PatchFailure {
  return new PatchFailure(`there is no ${JSON.stringify(step)}`);
}
