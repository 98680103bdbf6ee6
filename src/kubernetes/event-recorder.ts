/**
 * Kubernetes events: what the product did and why, on the object concerned, for `kubectl describe`.
 *
 * - Recording never waits and never fails: events are queued, at most {@link QUEUE_LIMIT}; past that the oldest is dropped
 *   and counted.
 * - A repeated event (same object, type, reason and message) is one Event whose count grows, written at most once per
 *   {@link ObjectEventOptions.repeatEveryMs}; in between only the count is kept. Its name says what it is, so that a
 *   process that begins goes on with the Event of the last one. Once the API server has forgotten it, so have we.
 * - One write is under way at a time; a failed one is tried once more, then given up: events are advice, not state.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/log.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';
import { resourcePath } from './api-path.ts';
import type { ApiObject, KubernetesClient } from './client.ts';
import type { KubernetesError, KubernetesResult } from './errors.ts';
import { Recent } from './recent.ts';

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for what has no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

export interface ObjectEvent {
  readonly object: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase: `TriggeredScaleUp`. */
  readonly reason: string;
  readonly message: string;
  /** Noted on the Event: the decision that it comes of. */
  readonly decision?: string;
}

export interface ObjectEventOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shown as the event's source. */
  readonly component: string;
  readonly host?: string;
  /** The shortest time between two writes of the same event; default 5 minutes. */
  readonly repeatEveryMs?: number;
  /** Whether different events about the object are written without a bound. Default: about none. */
  readonly unbounded?: (object: ObjectReference) => boolean;
}

/** Writes waiting; enough for a scale-up that concerns a thousand pods. */
const QUEUE_LIMIT = 2000;
/** Events remembered for counting repetitions, as many as the usual recorder of Kubernetes remembers. */
const REMEMBERED_LIMIT = 4096;
/** So long after it was last written the API server forgets an Event, unless told otherwise; what comes later is a new one. */
const EVENT_TTL_MS = 3_600_000;
/** Nobody reads longer ones, and they are kept by the thousand. */
const LONGEST_MESSAGE = 1024;
const CUT = ' <truncated>';
const DEFAULT_REPEAT_MS = 300_000;
/** As many as client-go's have. */
const NAME_DIGITS = 16;
/**
 * Different events about one object: so many at once, and one more each time after so long, as client-go bounds them.
 * Those about ourselves (`unbounded`) are few by nature.
 */
const BURST = 25;
const REFILL_MS = 300_000;
const EVENTS = { api: '/api/v1', resource: 'events' } as const;
const DECISION = 'vke-autoscaler.io/decision';

interface Remembered {
  readonly event: ObjectEvent;
  readonly name: string;
  readonly firstAtMs: number;
  lastAtMs: number;
  count: number;
  /** Monotonic; `undefined` until the first write was tried. */
  writtenAtMs: number | undefined;
  state: 'new' | 'tried' | 'created';
  queued: boolean;
}

export class EventRecorder {
  readonly #options: ObjectEventOptions;
  readonly #remembered = new Recent<Remembered>({ most: REMEMBERED_LIMIT, longestMs: EVENT_TTL_MS });
  readonly #queue: Remembered[] = [];
  /** How many more different events about each object may be written. One that has filled up again is as good as none. */
  readonly #buckets = new Recent<{ readonly tokens: number; readonly atMs: number }>({
    most: REMEMBERED_LIMIT,
    longestMs: BURST * REFILL_MS,
  });
  #draining: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: ObjectEventOptions) {
    this.#options = options;
  }

  /** How many events were dropped because the queue was full. */
  get dropped(): number {
    return this.#dropped;
  }

  record(event: ObjectEvent): void {
    const remembered = this.#remember(event);
    if (remembered.queued || this.#isTooSoon(remembered)) return;
    if (remembered.writtenAtMs === undefined && this.#isTooMuch(event.object)) return;
    remembered.queued = true;
    this.#queue.push(remembered);
    if (this.#queue.length > QUEUE_LIMIT) {
      const oldest = this.#queue.shift();
      if (oldest !== undefined) oldest.queued = false;
      this.#dropped += 1;
    }
    this.#draining ??= this.#drain();
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  #remember(event: ObjectEvent): Remembered {
    const { apiVersion, kind, namespace, name, uid } = event.object;
    const key = JSON.stringify([apiVersion, kind, namespace, name, uid, event.type, event.reason, event.message]);
    const { clock } = this.#options;
    const monotonicMs = clock.monotonic();
    const now = clock.now();
    const known = this.#remembered.get(key, monotonicMs);
    const remembered = known ?? newlyRemembered(event, key, now);
    if (known !== undefined) {
      known.count += 1;
      known.lastAtMs = now;
    }
    return this.#remembered.put(key, remembered, monotonicMs);
  }

  /** Takes a token of the object's; whether there was none. */
  #isTooMuch(object: ObjectReference): boolean {
    if (this.#options.unbounded?.(object) === true) return false;
    const { kind, namespace, name, uid } = object;
    const key = JSON.stringify([kind, namespace, name, uid]);
    const now = this.#options.clock.monotonic();
    const { tokens, atMs } = this.#buckets.get(key, now) ?? { tokens: BURST, atMs: now };
    const available = Math.min(BURST, tokens + (now - atMs) / REFILL_MS);
    this.#buckets.put(key, { tokens: available >= 1 ? available - 1 : available, atMs: now }, now);
    return available < 1;
  }

  #isTooSoon(remembered: Remembered): boolean {
    if (remembered.writtenAtMs === undefined) return false;
    const since = this.#options.clock.monotonic() - remembered.writtenAtMs;
    return since < (this.#options.repeatEveryMs ?? DEFAULT_REPEAT_MS);
  }

  async #drain(): Promise<void> {
    // Let the caller finish first: recording must cost it nothing.
    await this.#options.clock.nextTurn();
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      next.queued = false;
      next.writtenAtMs = this.#options.clock.monotonic();
      const written = await this.#write(next);
      const outcome = written.ok || isEnding(written.error) ? written : await this.#write(next);
      if (!outcome.ok && !isEnding(outcome.error)) {
        const { reason, object } = next.event;
        this.#options.logger.warn('cannot write an event', {
          reason,
          object: object.name,
          error: outcome.error.message,
        });
      }
    }
    this.#draining = undefined;
  }

  async #write(remembered: Remembered): Promise<KubernetesResult<ApiObject>> {
    const { client } = this.#options;
    const namespace = namespaceOf(remembered.event.object);
    if (remembered.state === 'created') {
      const patched = await this.#patch(remembered, { count: remembered.count });
      // Events live for an hour; one that is gone is made anew.
      if (patched.ok || patched.error.kind !== 'not-found') return patched;
      remembered.state = 'new';
    }
    const isFirstTry = remembered.state === 'new';
    remembered.state = 'tried';
    const created = await client.create(resourcePath({ ...EVENTS, namespace }), this.#body(remembered, namespace));
    if (!created.ok && created.error.kind !== 'already-exists') return created;
    remembered.state = 'created';
    if (created.ok) return created;
    // After a try whose reply was lost it is ours, as it should be.
    return isFirstTry ? this.#goOn(remembered) : { ok: true, value: {} };
  }

  /** The process before this one has written it: the next repetition is counted from there. */
  async #goOn(remembered: Remembered): Promise<KubernetesResult<ApiObject>> {
    const patched = await this.#patch(remembered, {});
    const before = patched.ok ? Number(patched.value['count']) : 0;
    if (Number.isSafeInteger(before)) remembered.count += before;
    return patched;
  }

  #patch({ event, name, lastAtMs }: Remembered, change: ApiObject): Promise<KubernetesResult<ApiObject>> {
    const path = resourcePath({ ...EVENTS, namespace: namespaceOf(event.object), name });
    const body = { ...change, lastTimestamp: formatTimestamp(lastAtMs) };
    return this.#options.client.patch(path, { type: 'merge', body });
  }

  #body(remembered: Remembered, namespace: string): ApiObject {
    const { event, name, count } = remembered;
    const { component, host } = this.#options;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        namespace,
        name,
        ...(event.decision === undefined ? {} : { annotations: { [DECISION]: event.decision } }),
      },
      involvedObject: event.object,
      type: event.type,
      reason: event.reason,
      message: cut(event.message),
      source: host === undefined ? { component } : { component, host },
      reportingComponent: component,
      reportingInstance: host ?? '',
      firstTimestamp: formatTimestamp(remembered.firstAtMs),
      lastTimestamp: formatTimestamp(remembered.lastAtMs),
      count,
    };
  }
}

function newlyRemembered(event: ObjectEvent, key: string, now: number): Remembered {
  const says = createHash('sha256').update(key).digest('hex').slice(0, NAME_DIGITS);
  return {
    event,
    // In the form of client-go's, whose number is a time.
    name: `${event.object.name}.${says}`,
    firstAtMs: now,
    lastAtMs: now,
    count: 1,
    writtenAtMs: undefined,
    state: 'new',
    queued: false,
  };
}

/** Whoever reads the beginning of a message sees that it is one. */
function cut(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : message.slice(0, LONGEST_MESSAGE - CUT.length) + CUT;
}

/** The object goes, and its namespace with it: nobody will read what would have been said of it. */
function isEnding({ causes }: KubernetesError): boolean {
  return causes.includes('NamespaceTerminating');
}

/** Events of objects without a namespace live in `default`. */
function namespaceOf(object: ObjectReference): string {
  return object.namespace === '' ? 'default' : object.namespace;
}
