/** Patches of all three kinds, applied to an object as its client sees it. */
import type { HttpRequest } from '../../src/runtime/http.ts';
import { badRequest } from './api-errors.ts';
import { isRecord, listAt } from './json.ts';
import { PatchFailure, applyJsonPatch, applyMergePatch } from './json-patch.ts';
import { contentType, unsupportedMediaType } from './media-type.ts';
import { ApiError } from './object.ts';
import type { JsonObject, ResourceName } from './object.ts';
import { readJson } from './request-body.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

export type Patch = (document: JsonObject) => JsonObject;

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';

/** Throws UnsupportedMediaType (server-side apply, too, is not offered) and BadRequest. */
export function readPatch(request: HttpRequest, resource: ResourceName): Patch {
  const type = contentType(request);
  if (type !== JSON_PATCH && type !== MERGE_PATCH && type !== STRATEGIC_MERGE_PATCH) {
    throw unsupportedMediaType(type, [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH]);
  }
  const patch = readJson(request);
  if (type === JSON_PATCH) {
    if (!Array.isArray(patch)) throw badRequest('a JSON patch must be a list of operations');
    return (document) => applied(() => applyJsonPatch(document, listAt(patch)));
  }
  if (!isRecord(patch)) throw badRequest('a merge patch must be a JSON object');
  return type === MERGE_PATCH
    ? (document) => applied(() => applyMergePatch(document, patch))
    : (document) => applied(() => applyStrategicMergePatch(document, patch, { resource, fields: [] }));
}

function applied(apply: () => unknown): JsonObject {
  try {
    const result = apply();
    if (isRecord(result)) return result;
    throw new PatchFailure('the result is not an object');
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error;
    const message = `the server rejected our request due to an error in our request: ${error.message}`;
    throw new ApiError(422, 'Invalid', message);
  }
}
