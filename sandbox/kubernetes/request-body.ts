/** Reading what a client sends. */
import type { HttpRequest } from '../../src/runtime/http.ts';
import { badRequest } from './api-errors.ts';
import { isRecord, textAt } from './json.ts';
import { contentType, unsupportedMediaType } from './media-type.ts';
import { readMetadata } from './metadata-reading.ts';
import type { GivenMetadata } from './metadata-reading.ts';
import { ApiError } from './object.ts';
import type { JsonObject, KubeObject } from './object.ts';
import type { ResourceTarget } from './request-target.ts';
import { servedApiVersion, storedForm } from './served-resources.ts';

/** What a real API server takes. */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** The body as JSON; `undefined` for none. Throws BadRequest and RequestEntityTooLarge. */
export function readJson(request: HttpRequest): unknown {
  const { body } = request;
  if (body === undefined || body.length === 0) return undefined;
  if (body.length > BODY_LIMIT_BYTES) {
    throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT_BYTES}`);
  }
  try {
    return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not JSON';
    throw badRequest(`the object provided is unrecognized: ${why}`);
  }
}

/** An object of some kind, e.g. DeleteOptions or a Scale. */
export function readRecord(request: HttpRequest): JsonObject {
  const type = contentType(request);
  if (type !== 'application/json') throw unsupportedMediaType(type, ['application/json']);
  const body = readJson(request) ?? {};
  if (!isRecord(body)) throw badRequest('the object provided is unrecognized: not a JSON object');
  return body;
}

/** The object in its stored form, as far as the client has filled it in. */
export function readObject(request: HttpRequest, target: ResourceTarget): KubeObject {
  const body = readRecord(request);
  if (Object.keys(body).length === 0) throw badRequest('a body is required');
  return asObject(body, target);
}

/** `body` as an object of the target's kind and place. Throws BadRequest where it is another's. */
export function asObject(body: JsonObject, target: ResourceTarget): KubeObject {
  const { served } = target;
  const kind = textAt(body, 'kind') || served.kind.kind;
  const apiVersion = textAt(body, 'apiVersion') || servedApiVersion(served);
  if (kind !== served.kind.kind || apiVersion !== servedApiVersion(served)) {
    const wanted = `${servedApiVersion(served)}, Kind=${served.kind.kind}`;
    throw badRequest(
      `the API version in the data (${apiVersion}, Kind=${kind}) does not match the expected API version (${wanted})`,
    );
  }
  for (const field of ['metadata', 'spec', 'status']) {
    if (!isRecord(body[field] ?? {})) throw badRequest(`${field}: must be an object`);
  }
  const metadata = readMetadata(body['metadata']);
  checkPlace(metadata, target);
  const place = served.kind.namespaced && target.namespace !== undefined ? { namespace: target.namespace } : {};
  // JSON null stands for an absent field.
  const fields = Object.entries(storedForm(served, body)).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(fields), apiVersion, kind, metadata: { ...metadata, ...place } };
}

function checkPlace(metadata: GivenMetadata, { served, namespace, name }: ResourceTarget): void {
  const given = metadata.namespace ?? '';
  if (served.kind.namespaced && given !== '' && given !== (namespace ?? given)) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== undefined && metadata.name !== '' && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
}
