/** The subresources that are not part of their object: scale, binding and eviction. */
import type { Clock } from '../../src/runtime/clock.ts';
import type { HttpResponse } from '../../src/runtime/http.ts';
import { badRequest, methodNotAllowed, unknownResource } from './api-errors.ts';
import { evict } from './eviction.ts';
import { recordAt, textAt } from './json.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { readPatch } from './patch.ts';
import { jsonReply, successReply } from './reply.ts';
import { readRecord } from './request-body.ts';
import type { ResourceRequest } from './resource-request.ts';
import { scaleOf, scaledTo } from './scale.ts';
import { askedDeletion } from './write-routes.ts';

export function answerScale(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { kind } = request.target.served;
  const { namespace = '', name = '' } = request.target;
  if (!kind.hasScale) throw unknownResource();
  switch (request.http.method) {
    case 'GET':
      return jsonReply(200, scaleOf(store.get(kind.resource, namespace, name)));
    case 'PUT': {
      const scale = readRecord(request.http);
      const scaled = store.update(kind.resource, namespace, name, (workload) => scaledTo(kind, workload, scale));
      return jsonReply(200, scaleOf(scaled));
    }
    case 'PATCH': {
      const patch = readPatch(request.http, kind.resource);
      const scaled = store.update(kind.resource, namespace, name, (workload) =>
        scaledTo(kind, workload, patch(scaleOf(workload))),
      );
      return jsonReply(200, scaleOf(scaled));
    }
    case 'POST':
    case 'DELETE':
    default:
      throw methodNotAllowed();
  }
}

/** `pods/<name>/binding`. */
export function answerBinding(store: MemoryObjectStore, request: ResourceRequest): HttpResponse {
  const { kind } = request.target.served;
  const { namespace = '', name = '' } = request.target;
  if (kind.resource !== 'pods') throw unknownResource();
  if (request.http.method !== 'POST') throw methodNotAllowed();
  const node = textAt(readRecord(request.http), 'target', 'name');
  if (node === '') throw badRequest('target.name: Required value');
  store.bind(namespace, name, node);
  return successReply(201);
}

/** `pods/<name>/eviction`. */
export function answerEviction(store: MemoryObjectStore, request: ResourceRequest, clock: Clock): HttpResponse {
  const { kind } = request.target.served;
  const { namespace = '', name = '' } = request.target;
  if (kind.resource !== 'pods') throw unknownResource();
  if (request.http.method !== 'POST') throw methodNotAllowed();
  const eviction = readRecord(request.http);
  const named = textAt(eviction, 'metadata', 'name');
  if (named !== '' && named !== name) throw badRequest('name in URL does not match name in Eviction object');
  const options = askedDeletion(recordAt(eviction, 'deleteOptions'), request.query);
  evict(store, store.get('pods', namespace, name), options, clock.now());
  return successReply(201);
}
