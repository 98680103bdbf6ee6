/**
 * Watches: what changed since a revision and whatever changes from now on, filtered by a selection. An object that
 * comes to match is ADDED, one that ceases to match is DELETED, whatever happened to it in truth.
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../src/runtime/http.ts';
import type { RandomStream } from '../../src/runtime/random.ts';
import { invalid, statusOf } from './api-errors.ts';
import type { Change } from './change-history.ts';
import { tooLargeVersion } from './list-route.ts';
import { ApiError } from './object.ts';
import type { KubeObject, ResourceName } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { streamReply } from './reply.ts';
import type { ResourceRequest } from './resource-request.ts';
import { isTrue, parseSelection, selectedNow, selects, wholeNumber } from './selection.ts';
import type { Selection } from './selection.ts';
import { WatchStream } from './watch-stream.ts';

interface WatchOptions {
  readonly store: MemoryObjectStore;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly bookmarkIntervalMs: number;
  readonly backlogLimit: number;
}

/** Without a timeout from the client, a watch lasts between one and two of these. */
const SHORTEST_WATCH_SECONDS = 1800;

/** The open watches of one server. */
export class Watches {
  readonly #options: WatchOptions;
  readonly #open = new Set<Watch>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Ends the open watches of a kind, or all, as a restarted server would. Returns how many there were. */
  end(resource?: ResourceName): number {
    const ended = [...this.#open].filter((watch) => resource === undefined || watch.resource === resource);
    for (const watch of ended) watch.stream.cut();
    return ended.length;
  }

  open(request: ResourceRequest): HttpResponse {
    const watch = new Watch(this.#options, request, () => this.#open.delete(watch));
    this.#open.add(watch);
    watch.start();
    return streamReply(watch.stream);
  }
}

class Watch {
  readonly stream: WatchStream;
  readonly resource: ResourceName;
  readonly #options: WatchOptions;
  readonly #request: ResourceRequest;
  readonly #selection: Selection;
  readonly #cleanups: (() => void)[] = [];

  constructor(options: WatchOptions, request: ResourceRequest, onEnd: () => void) {
    this.#options = options;
    this.#request = request;
    this.#selection = parseSelection(request.target, request.query);
    this.resource = request.target.served.kind.resource;
    this.stream = new WatchStream(options.backlogLimit, () => {
      for (const cleanup of this.#cleanups.splice(0)) cleanup();
      onEnd();
    });
  }

  start(): void {
    try {
      this.#begin(this.#options.store);
      this.stream.started();
      this.#endWith(this.#request.http);
    } catch (error) {
      // As with the real server, a watch that can not start says so in its stream.
      if (!(error instanceof ApiError)) throw error;
      this.stream.push(() => JSON.stringify({ type: 'ERROR', object: statusOf(error) }));
      this.stream.end();
    }
  }

  #begin(store: MemoryObjectStore): void {
    const { query, target } = this.#request;
    const version = wholeNumber(query, 'resourceVersion') ?? 0;
    const initialEvents = isTrue(query, 'sendInitialEvents');
    const bookmarks = isTrue(query, 'allowWatchBookmarks');
    if (initialEvents && query.get('resourceVersionMatch') !== 'NotOlderThan') {
      const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
      throw invalid(target.served.kind, '', [
        { reason: 'FieldValueForbidden', message, field: 'resourceVersionMatch' },
      ]);
    }
    if (version > store.revision) throw tooLargeVersion(version, store.revision);
    const showsAll = initialEvents || (version === 0 && query.get('sendInitialEvents') === null);
    if (showsAll) {
      for (const object of selectedNow(store, this.#selection)) this.#send('ADDED', object);
      if (initialEvents && bookmarks) this.#bookmark(store.revision, true);
    }
    const from = showsAll || version === 0 ? store.revision : version;
    this.#cleanups.push(store.follow(this.resource, from, (change) => this.#onChange(change)));
    if (bookmarks) this.#scheduleBookmark();
  }

  #endWith(request: HttpRequest): void {
    const { clock, random } = this.#options;
    const asked = wholeNumber(this.#request.query, 'timeoutSeconds') ?? 0;
    const seconds = asked > 0 ? asked : random.integer(SHORTEST_WATCH_SECONDS, 2 * SHORTEST_WATCH_SECONDS);
    const timer = clock.setTimer(seconds * 1000, () => this.stream.end());
    this.#cleanups.push(() => timer.cancel());
    const { signal } = request;
    if (signal === undefined) return;
    const cut = (): void => this.stream.cut();
    signal.addEventListener('abort', cut, { once: true });
    this.#cleanups.push(() => signal.removeEventListener('abort', cut));
    if (signal.aborted) cut();
  }

  #onChange(change: Change): void {
    const { object, previous } = change;
    const matched = previous !== undefined && selects(this.#selection, previous);
    const matches = change.type !== 'DELETED' && selects(this.#selection, object);
    if (matches) {
      this.#send(matched ? 'MODIFIED' : 'ADDED', object);
    } else if (matched) {
      // What leaves is shown as it last matched, at the version at which it left.
      const { resourceVersion } = object.metadata;
      const left =
        change.type === 'DELETED' ? object : { ...previous, metadata: { ...previous.metadata, resourceVersion } };
      this.#send('DELETED', left);
    }
  }

  #send(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const { encoding } = this.#request;
    this.stream.push(() => `{"type":"${type}","object":${encoding.watched(object)}}`);
  }

  #bookmark(revision: number, endsInitialEvents: boolean): void {
    const { encoding } = this.#request;
    const annotations = endsInitialEvents ? { 'k8s.io/initial-events-end': 'true' } : undefined;
    this.stream.push(() => `{"type":"BOOKMARK","object":${encoding.bookmark(String(revision), annotations)}}`);
  }

  #scheduleBookmark(): void {
    const { clock, store, bookmarkIntervalMs } = this.#options;
    const fire = (): void => {
      this.#bookmark(store.deliveredRevision, false);
      timer = clock.setTimer(bookmarkIntervalMs, fire);
    };
    let timer = clock.setTimer(bookmarkIntervalMs, fire);
    this.#cleanups.push(() => timer.cancel());
  }
}
