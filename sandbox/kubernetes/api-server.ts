/**
 * The simulated API server: HTTP in, HTTP out, for clients that believe it is Kubernetes. It keeps no state of its own
 * but the open watches; all objects live in the store, which the sandbox's controllers use at the same time.
 *
 * Invariants: every answer is JSON in the shape that the real server gives, failures as metav1.Status; a request is
 * answered in one synchronous step, so that what it reads and writes is one consistent state.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { HttpRequest, HttpResponse, HttpTransport } from '../../src/runtime/http.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import { AccessControl } from './access-control.ts';
import { methodNotAllowed } from './api-errors.ts';
import { encodingFor } from './encoding.ts';
import { infoReply, isPublic } from './info-routes.ts';
import { expiredPageReply, listMeta, listPage } from './list-route.ts';
import { representationFor } from './media-type.ts';
import { ApiError } from './object.ts';
import type { ResourceName } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { errorReply, jsonReply } from './reply.ts';
import { parseResource, parseTarget } from './request-target.ts';
import type { ResourceRequest } from './resource-request.ts';
import { isTrue, parseSelection } from './selection.ts';
import { answerBinding, answerEviction, answerScale } from './subresource-routes.ts';
import { verbOf } from './verb.ts';
import { Watches } from './watch-route.ts';
import { createObject, deleteCollection, deleteObject, isDryRun, patchObject, replaceObject } from './write-routes.ts';

export interface ApiServerOptions {
  readonly store: MemoryObjectStore;
  readonly clock: Clock;
  /** For the length of watches whose clients name none. */
  readonly random: RandomStream;
  /** Default: everybody may do everything. */
  readonly access?: AccessControl;
  /** Default: {@link BOOKMARK_INTERVAL_MS}. */
  readonly bookmarkIntervalMs?: number;
  /** How many events may wait for a slow reader before its watch is closed. Default: {@link WATCH_BACKLOG}. */
  readonly watchBacklog?: number;
}

/** How often a watch that asked for bookmarks gets one: as the real server. */
const BOOKMARK_INTERVAL_MS = 60_000;
/** Enough for a burst of ten thousand pods that the reader gets to only afterwards. */
const WATCH_BACKLOG = 16_384;

export class ApiServer {
  readonly #store: MemoryObjectStore;
  readonly #clock: Clock;
  readonly #access: AccessControl;
  readonly #watches: Watches;

  constructor(options: ApiServerOptions) {
    const { store, clock, random } = options;
    this.#store = store;
    this.#clock = clock;
    this.#access = options.access ?? new AccessControl();
    this.#watches = new Watches({
      store,
      clock,
      random,
      bookmarkIntervalMs: options.bookmarkIntervalMs ?? BOOKMARK_INTERVAL_MS,
      backlogLimit: options.watchBacklog ?? WATCH_BACKLOG,
    });
  }

  /** Answers one request; it never rejects. Bound, so that it can be handed on as a transport. */
  readonly handle: HttpTransport = (request) => {
    try {
      return Promise.resolve(this.#answer(request));
    } catch (error) {
      return Promise.resolve(errorReply(error));
    }
  };

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Ends the open watches of a kind, or all of them, as a restarting server does. Returns how many there were. */
  endWatches(resource?: ResourceName): number {
    return this.#watches.end(resource);
  }

  #answer(http: HttpRequest): HttpResponse {
    const { segments, query } = parseTarget(http.path);
    // As with the real server, whoever may not come in may still ask whether it is up.
    const user = isPublic(segments) ? '' : this.#access.userOf(http);
    const representation = representationFor(http);
    const info = infoReply(segments, http, representation);
    if (info !== undefined) return info;
    const target = parseResource(segments);
    const encoding = encodingFor(target.served, representation, query, () => this.#clock.now());
    const request: ResourceRequest = { http, target, query, encoding };
    this.#access.check(user, verbOf(request), target);
    return isDryRun(request) ? this.#store.rehearse(() => this.#route(request)) : this.#route(request);
  }

  #route(request: ResourceRequest): HttpResponse {
    switch (request.target.subresource) {
      case '':
        return request.target.name === undefined ? this.#onCollection(request) : this.#onObject(request);
      case 'status':
        return this.#onStatus(request);
      case 'scale':
        return answerScale(this.#store, request);
      case 'binding':
        return answerBinding(this.#store, request);
      case 'eviction':
        return answerEviction(this.#store, request, this.#clock);
      default:
        throw new ApiError(404, 'NotFound', `the server does not serve ${request.target.subresource}`);
    }
  }

  #onCollection(request: ResourceRequest): HttpResponse {
    switch (request.http.method) {
      case 'GET':
        return isTrue(request.query, 'watch') ? this.#watches.open(request) : this.#list(request);
      case 'POST':
        return createObject(this.#store, request);
      case 'DELETE':
        return deleteCollection(this.#store, request);
      case 'PUT':
      case 'PATCH':
      default:
        throw methodNotAllowed();
    }
  }

  #onObject(request: ResourceRequest): HttpResponse {
    switch (request.http.method) {
      case 'GET':
        return isTrue(request.query, 'watch') ? this.#watches.open(request) : this.#get(request);
      case 'PUT':
        return replaceObject(this.#store, request);
      case 'PATCH':
        return patchObject(this.#store, request);
      case 'DELETE':
        return deleteObject(this.#store, request);
      case 'POST':
      default:
        throw methodNotAllowed();
    }
  }

  #onStatus(request: ResourceRequest): HttpResponse {
    if (!request.target.served.kind.hasStatus) throw new ApiError(404, 'NotFound', 'there is no status');
    switch (request.http.method) {
      case 'GET':
        return this.#get(request);
      case 'PUT':
        return replaceObject(this.#store, request);
      case 'PATCH':
        return patchObject(this.#store, request);
      case 'POST':
      case 'DELETE':
      default:
        throw methodNotAllowed();
    }
  }

  #get({ target, encoding }: ResourceRequest): HttpResponse {
    const object = this.#store.get(target.served.kind.resource, target.namespace ?? '', target.name ?? '');
    return jsonReply(200, encoding.object(object));
  }

  #list(request: ResourceRequest): HttpResponse {
    const { target, query, encoding } = request;
    try {
      const page = listPage(this.#store, parseSelection(target, query), query);
      return jsonReply(200, encoding.list(page.items, listMeta(page)));
    } catch (error) {
      const expired = error instanceof ApiError ? expiredPageReply(error, query) : undefined;
      if (expired === undefined) throw error;
      return expired;
    }
  }
}
