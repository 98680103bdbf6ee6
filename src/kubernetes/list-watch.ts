/**
 * Keeps up with one kind: a paged list, then a watch from where the list ended, resumed whenever it ends, for as long as
 * the product runs.
 *
 * One explicit state machine: at any time it lists, watches, waits or has stopped, so two lists of one kind never run
 * together. It promises:
 * 1. Every object that exists is told of, and every one that vanished is told gone, however often connections break.
 * 2. A watch resumes from the last resourceVersion heard; only `410 Gone` leads to a new list, told as a difference.
 * 3. A malformed object is skipped with a warning that names it, and stops nothing.
 * 4. Failures are waited out with a jittered backoff; none ends the loop. Only {@link ListWatch.stop} does, promptly.
 */
import type { ClusterEvent } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import { sleep, type Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import type { RandomStream } from '../runtime/random.ts';
import { Backoff } from './backoff.ts';
import type { KubernetesClient } from './client.ts';
import type { DecodeFailure, DecodeResult } from './decode-result.ts';
import { errorFromStatus, malformedReply, type KubernetesError } from './errors.ts';
import { type Interner, TextTable } from './intern.ts';
import { KnownObjects } from './known-objects.ts';
import { type PageReader, readPage } from './list-page.ts';
import { acceptHeader, type WatchEvent } from './watch-events.ts';
import type { WatchHealth } from './watch-health.ts';
import { pagePath, watchPath } from './watch-paths.ts';
import { followWatch, type WatchEnd, type WatchFollower } from './watch-stream.ts';
import { SilenceGuard } from './silence-guard.ts';
import type { WatchedKind } from './watched-kind.ts';

export interface ListWatchOptions {
  readonly kind: WatchedKind;
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly interner: Interner;
  readonly logger: Logger;
  /** Takes what happened, in order, a batch at a time. Must not throw. */
  readonly sink: (events: readonly ClusterEvent[]) => void;
  readonly onHealth: (health: WatchHealth) => void;
  /** How long the server is asked to hold a watch. Default: {@link WATCH_SECONDS}. */
  readonly watchSeconds?: { readonly least: number; readonly most: number } | undefined;
}

type State =
  | { readonly kind: 'listing' }
  | { readonly kind: 'watching'; readonly resourceVersion: string }
  | { readonly kind: 'waiting'; readonly delayMs: number; readonly next: State }
  | { readonly kind: 'stopped' };

const LISTING: State = { kind: 'listing' };

/** How long the server is asked to hold a watch; spread, so that watches do not all end together. */
const WATCH_SECONDS = { least: 300, most: 600 };
/** Silence beyond the time that the server was asked to hold the watch means that the connection is dead. */
const SILENCE_MARGIN_MS = 30_000;
/** A watch that ends sooner, having brought nothing, counts as failed: else one cut at once would be reopened at once. */
const SHORTEST_USEFUL_WATCH_MS = 5_000;
const BACKOFF = { firstMs: 800, longestMs: 30_000 };
/** A kind that the cluster does not have, or that we may not see and can do without, is asked for again so seldom. */
const REFUSED_RETRY_MS = 600_000;
/** So many refusals in a row are believed: an API server that has just started refuses everybody for a moment. */
const REFUSALS_BELIEVED = 3;

export class ListWatch {
  readonly #options: ListWatchOptions;
  readonly #known: KnownObjects;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  /** Malformed objects that have been warned of, so that one that keeps changing does not fill the log. */
  readonly #warned = new TextTable(1024);
  #health: WatchHealth = { kind: 'starting' };
  #lastHeardAtMs: number | undefined;
  #listedOnce = false;
  #refusals = 0;
  /** Whether the last exchange failed before the server could answer. */
  #unreachable = false;
  #running: Promise<void> | undefined;

  constructor(options: ListWatchOptions) {
    this.#options = options;
    this.#known = new KnownObjects(options.kind);
    this.#backoff = new Backoff(options.random, BACKOFF);
  }

  get health(): WatchHealth {
    return this.#health;
  }

  /** Monotonic time at which anything last came from the server for this kind. */
  get lastHeardAtMs(): number | undefined {
    return this.#lastHeardAtMs;
  }

  /** Whether one list has been told of completely. */
  get listedOnce(): boolean {
    return this.#listedOnce;
  }

  /** Starts, once. Rejects only on a bug. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Ends what is under way; resolves when it has. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let state: State = LISTING;
    while (state.kind !== 'stopped') {
      const next: State = await this.#step(state);
      state = this.#stopping.signal.aborted ? { kind: 'stopped' } : next;
    }
    this.#setHealth({ kind: 'stopped' });
  }

  async #step(state: State): Promise<State> {
    switch (state.kind) {
      case 'listing':
        return this.#list();
      case 'watching':
        return this.#watch(state.resourceVersion);
      case 'waiting':
        await sleep(this.#options.clock, state.delayMs, this.#stopping.signal);
        return state.next;
      case 'stopped':
        return state;
      default:
        return unreachable(state);
    }
  }

  async #list(): Promise<State> {
    const { client, clock, kind } = this.#options;
    const accept = acceptHeader(kind, 'list');
    const reader = this.#pageReader();
    this.#known.beginList();
    let continueToken = '';
    for (;;) {
      const path = pagePath(kind, continueToken);
      const reply = await client.list({ path, accept }, (page) => readPage(page, reader), this.#stopping.signal);
      // 410 within a list: its snapshot is too old to go on from. Like every other failure, it starts a new list.
      if (!reply.ok) return this.#retry(reply.error, LISTING);
      const page = reply.value;
      if (!page.ok) return this.#retry(malformedReply({ method: 'GET', path }, page.error), LISTING);
      if (page.value.continueToken === '') return this.#listed(page.value.resourceVersion);
      continueToken = page.value.continueToken;
      await clock.nextTurn();
    }
  }

  #pageReader(): PageReader {
    const { kind, interner } = this.#options;
    return {
      kind,
      interner,
      onObjects: (objects) => {
        this.#heard();
        this.#emit(objects.flatMap((object) => this.#changed(object)));
      },
    };
  }

  #listed(resourceVersion: string): State {
    this.#emit(this.#known.endList());
    this.#listedOnce = true;
    this.#refusals = 0;
    this.#setHealth({ kind: 'synced' });
    return { kind: 'watching', resourceVersion };
  }

  async #watch(from: string): Promise<State> {
    const { client, kind, random, clock } = this.#options;
    const { least, most } = this.#options.watchSeconds ?? WATCH_SECONDS;
    const seconds = random.integer(least, most);
    const path = watchPath(kind, { from, seconds });
    const silence = new SilenceGuard(clock, seconds * 1000 + SILENCE_MARGIN_MS, this.#stopping.signal);
    const openedAt = clock.monotonic();
    try {
      const reply = await client.watch(path, acceptHeader(kind, 'watch'), silence.signal);
      if (!reply.ok) return this.#retry(reply.error, afterWatchError(reply.error, from));
      this.#heard();
      this.#setHealth({ kind: 'synced' });
      const end = await followWatch(reply.value, from, this.#follower(silence));
      return this.#afterWatch(end, {
        path,
        livedMs: clock.monotonic() - openedAt,
        heardAny: end.resourceVersion !== from,
      });
    } finally {
      silence.end();
    }
  }

  #follower(silence: SilenceGuard): WatchFollower {
    const { kind, interner, logger } = this.#options;
    return {
      kind,
      interner,
      silence,
      onChunk: (events) => {
        this.#heard();
        this.#emit(events.flatMap((event) => this.#happened(event)));
      },
      onUnreadable: (problem) => logger.warn('skipped an unreadable watch event', this.#about(problem)),
    };
  }

  #afterWatch(end: WatchEnd, watch: { path: string; livedMs: number; heardAny: boolean }): State {
    const resume: State = { kind: 'watching', resourceVersion: end.resourceVersion };
    if (watch.heardAny || watch.livedMs >= SHORTEST_USEFUL_WATCH_MS) this.#backoff.reset();
    switch (end.kind) {
      case 'ended':
        if (watch.heardAny || watch.livedMs >= SHORTEST_USEFUL_WATCH_MS) return resume;
        return this.#lag('the server ends watches at once', resume);
      case 'cut':
        return this.#lag(end.why, resume);
      case 'refused': {
        const error = errorFromStatus({ method: 'GET', path: watch.path }, end.status);
        return this.#retry(error, afterWatchError(error, end.resourceVersion));
      }
      default:
        return unreachable(end);
    }
  }

  #changed(object: DecodeResult): readonly ClusterEvent[] {
    if (object.ok) return this.#known.seen(object.value);
    this.#malformed(object.error);
    return [];
  }

  #happened(event: WatchEvent): readonly ClusterEvent[] {
    switch (event.kind) {
      case 'changed':
        return this.#changed(event.object);
      case 'deleted':
        if (event.object.ok) return this.#known.vanished(event.object.value.key, event.object.value.uid);
        return event.object.error.key === undefined ? [] : this.#known.vanished(event.object.error.key);
      case 'bookmark':
      case 'error':
        return [];
      default:
        return unreachable(event);
    }
  }

  #malformed(failure: DecodeFailure): void {
    if (failure.key !== undefined) this.#known.unreadable(failure.key);
    const warning = `${failure.key ?? 'unnamed'}: ${failure.reason}`;
    if (this.#warned.get(warning) !== undefined) return;
    this.#warned.add(warning);
    this.#options.logger.warn('skipped a malformed object', { ...this.#about(failure.reason), object: failure.key });
  }

  #about(reason: string): { readonly resource: string; readonly reason: string } {
    return { resource: this.#options.kind.name, reason };
  }

  #retry(error: KubernetesError, next: State): State {
    if (error.kind === 'unreachable') this.#unreachable = true;
    else this.#answered();
    if (isRefusal(error)) this.#refusals += 1;
    const isDoneWithout = this.#options.kind.optional === true && !this.#listedOnce;
    const delayMs = Math.max(
      isDoneWithout && this.#refusals >= REFUSALS_BELIEVED ? REFUSED_RETRY_MS : this.#backoff.nextDelayMs(),
      error.kind === 'too-many-requests' ? Math.min(error.retryAfterMs, BACKOFF.longestMs) : 0,
    );
    if (error.kind === 'gone') this.#setHealth({ kind: 'lagging', why: error.message });
    else if (error.kind !== 'aborted') this.#setHealth({ kind: 'failed', error, retryInMs: delayMs });
    return { kind: 'waiting', delayMs, next };
  }

  #lag(why: string, next: State): State {
    this.#setHealth({ kind: 'lagging', why });
    return { kind: 'waiting', delayMs: this.#backoff.nextDelayMs(), next };
  }

  #emit(events: readonly ClusterEvent[]): void {
    if (events.length > 0) this.#options.sink(events);
  }

  /** The waits that grew while the server was away say nothing about a server that is back. */
  #answered(): void {
    if (this.#unreachable) this.#backoff.reset();
    this.#unreachable = false;
  }

  #heard(): void {
    this.#answered();
    this.#lastHeardAtMs = this.#options.clock.monotonic();
  }

  #setHealth(health: WatchHealth): void {
    if (health.kind === 'synced' && this.#health.kind === 'synced') return;
    this.#health = health;
    this.#options.onHealth(health);
  }
}

/** The server has no such kind, or does not let us see it: unlike other failures, that is an answer. */
export function isRefusal(error: KubernetesError): boolean {
  return error.kind === 'forbidden' || error.kind === 'not-found';
}

/** A resourceVersion that is too old, or that the server does not understand, leads to a new list. */
function afterWatchError(error: KubernetesError, from: string): State {
  return error.kind === 'gone' || error.kind === 'invalid' ? LISTING : { kind: 'watching', resourceVersion: from };
}
