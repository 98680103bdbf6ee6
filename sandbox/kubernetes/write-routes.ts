/** Creating, updating, patching and deleting objects through the API. */
import type { HttpResponse } from '../../src/runtime/http.ts';
import { badRequest, methodNotAllowed } from './api-errors.ts';
import { isRecord, listAt, numberAt, textAt } from './json.ts';
import { listMeta, listPage } from './list-route.ts';
import type { JsonObject, KubeObject, NewObject } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { updatedObject } from './object-update.ts';
import { orphanDependents } from './orphans.ts';
import { readPatch } from './patch.ts';
import { jsonReply, successReply } from './reply.ts';
import { asObject, readObject, readRecord } from './request-body.ts';
import type { ResourceRequest } from './resource-request.ts';
import { parseSelection, wholeNumber } from './selection.ts';
import type { DeleteOptions } from './store.ts';

export function createObject(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { target } = request;
  const { kind } = target.served;
  if (kind.namespaced && target.namespace === undefined) throw methodNotAllowed();
  const body = readObject(request.http, target);
  if (textAt(body.metadata, 'resourceVersion') !== '') {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  // A node comes with its status: its kubelet registers it in one request.
  const { status: _status, ...withoutStatus } = body;
  const object: NewObject = kind.hasStatus && kind.resource !== 'nodes' ? withoutStatus : body;
  return showing(request, 201, store.create(kind.resource, object));
}

/** PUT of an object or its status. */
export function replaceObject(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { target } = request;
  const { kind } = target.served;
  const { namespace = '', name = '' } = target;
  const body = readObject(request.http, target);
  if (kind.resource === 'leases' && store.find('leases', namespace, name) === undefined) {
    // The one kind here that a PUT may create.
    return showing(request, 201, store.create('leases', body));
  }
  return showing(
    request,
    200,
    store.update(kind.resource, namespace, name, (old) => updatedObject(target, old, body)),
  );
}

/** PATCH of an object or its status, applied to its latest version. */
export function patchObject(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { target } = request;
  const { served } = target;
  const patch = readPatch(request.http, served.kind.resource);
  const patched = store.update(served.kind.resource, target.namespace ?? '', target.name ?? '', (current) => {
    const shown = served.translation?.toServed(current) ?? current;
    return updatedObject(target, current, asObject(patch(shown), target));
  });
  return showing(request, 200, patched);
}

export function deleteObject(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { target } = request;
  const { kind } = target.served;
  const { namespace = '', name = '' } = target;
  const options = readDeleteOptions(request);
  if (options.orphan) orphanDependents(store, store.get(kind.resource, namespace, name));
  const left = store.delete(kind.resource, namespace, name, options);
  if (kind.resource === 'pods' || store.find(kind.resource, namespace, name) !== undefined) {
    return showing(request, 200, left);
  }
  const { uid } = left.metadata;
  return successReply(200, { name, ...(kind.group !== '' && { group: kind.group }), kind: kind.resource, uid });
}

/** DELETE of a collection: everything that the selectors match. */
export function deleteCollection(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { target, query } = request;
  const { kind } = target.served;
  if (kind.namespaced && target.namespace === undefined) throw methodNotAllowed();
  const page = listPage(store, parseSelection(target, query), query);
  const { graceSeconds, orphan } = readDeleteOptions(request);
  const left = page.items.map((object) => {
    if (orphan) orphanDependents(store, object);
    const { namespace = '', name } = object.metadata;
    return store.delete(kind.resource, namespace, name, graceSeconds === undefined ? {} : { graceSeconds });
  });
  return jsonReply(200, request.encoding.list(left, listMeta(page)));
}

function showing(request: ResourceRequest, status: number, object: KubeObject): HttpResponse {
  return jsonReply(status, request.encoding.object(object));
}

interface AskedDeletion extends DeleteOptions {
  /** Leave the dependents; else they follow in the background, also where the client asks for the foreground. */
  readonly orphan: boolean;
}

function readDeleteOptions(request: ResourceRequest): AskedDeletion {
  return askedDeletion(readRecord(request.http), request.query);
}

/** DeleteOptions as a body, with what the query says instead. */
export function askedDeletion(body: JsonObject, query: URLSearchParams): AskedDeletion {
  const graceSeconds = wholeNumber(query, 'gracePeriodSeconds') ?? numberAt(body, 'gracePeriodSeconds');
  const { preconditions } = body;
  const uid = isRecord(preconditions) ? textAt(preconditions, 'uid') : '';
  const resourceVersion = isRecord(preconditions) ? textAt(preconditions, 'resourceVersion') : '';
  const policy = query.get('propagationPolicy') ?? textAt(body, 'propagationPolicy');
  return {
    orphan: policy === 'Orphan',
    ...(graceSeconds !== undefined && { graceSeconds }),
    ...(uid !== '' && { uid }),
    ...(resourceVersion !== '' && { resourceVersion }),
  };
}

/** Whether the client wants to know what would happen, without its happening. */
export function isDryRun(request: ResourceRequest): boolean {
  if (request.query.getAll('dryRun').includes('All')) return true;
  if (request.http.method !== 'DELETE') return false;
  return listAt(readRecord(request.http), 'dryRun').includes('All');
}
