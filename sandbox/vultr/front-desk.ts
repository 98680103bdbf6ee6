/**
 * The simulated API's front: rate limit, routing, API key, the body's JSON, the log of writes, and only then the route.
 *
 * The API key is in no answer, record or error (I9).
 */
import type { Clock } from '../../src/runtime/clock.ts';
import type { HttpRequest } from '../../src/runtime/http.ts';
import { RateLimit } from './rate-limit.ts';
import { type Reply, refusal } from './reply.ts';
import { type Route, Router } from './router.ts';
import type { VultrSettings } from './settings.ts';

/** A request that would change something, and what became of it. */
export interface WriteRecord {
  readonly atMs: number;
  readonly method: HttpRequest['method'];
  readonly path: string;
  /** The body's JSON; `undefined` when there was none. */
  readonly body: unknown;
  readonly status: number;
  /** Vultr's words, where it refused. */
  readonly error: string | undefined;
}

/** The oldest records are dropped past so many: more writes than a year of simulation makes. */
const WRITES_LIMIT = 100_000;

type Body = { readonly kind: 'body'; readonly body: unknown } | { readonly kind: 'malformed' };

export class FrontDesk {
  readonly writes: WriteRecord[] = [];
  readonly #clock: Clock;
  readonly #settings: () => VultrSettings;
  readonly #router: Router;
  readonly #rateLimit: RateLimit;
  #requests = 0;

  constructor(clock: Clock, settings: () => VultrSettings, routes: readonly Route[]) {
    this.#clock = clock;
    this.#settings = settings;
    this.#router = new Router(routes);
    this.#rateLimit = new RateLimit(clock);
  }

  /** All requests that came, refused ones included. */
  get requests(): number {
    return this.#requests;
  }

  answer(request: HttpRequest): Reply {
    this.#requests++;
    const url = new URL(request.path, 'http://vultr.invalid');
    const body = bodyOf(request);
    const reply = this.#answer(request, url, body);
    if (request.method !== 'GET') this.#record(request, body, reply);
    return reply;
  }

  #answer(request: HttpRequest, url: URL, body: Body): Reply {
    const waitSeconds = this.#rateLimit.refusedForSeconds(this.#settings().requestsPerSecond);
    if (waitSeconds !== undefined) {
      return refusal(429, 'Rate limit exceeded, try again later', { 'retry-after': String(waitSeconds) });
    }
    const found = this.#router.find(request.method, url.pathname);
    switch (found.kind) {
      case 'no-such-path':
        return refusal(404, 'Invalid API endpoint');
      case 'wrong-method':
        return refusal(405, `Method not allowed. Must be one of: ${found.methods.join(', ')}`);
      case 'found':
        break;
    }
    const refused = found.route.open === true ? undefined : this.#authenticate(request);
    if (refused !== undefined) return refused;
    if (body.kind === 'malformed') return refusal(400, 'Invalid JSON in the request body');
    return found.route.answer({ params: found.params, query: url.searchParams, body: body.body });
  }

  #authenticate(request: HttpRequest): Reply | undefined {
    const { apiKey, allowedAddresses, callerAddress } = this.#settings();
    if (request.headers['authorization'] !== `Bearer ${apiKey.reveal()}`) return refusal(401, 'Invalid API token.');
    if (allowedAddresses !== undefined && !allowedAddresses.includes(callerAddress)) {
      return refusal(401, `Unauthorized IP address: ${callerAddress}`);
    }
    return undefined;
  }

  #record(request: HttpRequest, body: Body, reply: Reply): void {
    this.writes.push({
      atMs: this.#clock.now(),
      method: request.method,
      path: request.path,
      body: body.kind === 'body' ? body.body : undefined,
      status: reply.status,
      error: errorOf(reply),
    });
    if (this.writes.length > WRITES_LIMIT) this.writes.shift();
  }
}

function bodyOf(request: HttpRequest): Body {
  const text = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
  if (text.trim() === '') return { kind: 'body', body: undefined };
  try {
    const body: unknown = JSON.parse(text);
    return { kind: 'body', body };
  } catch {
    return { kind: 'malformed' };
  }
}

function errorOf(reply: Reply): string | undefined {
  return reply.body !== undefined && 'error' in reply.body ? String(reply.body.error) : undefined;
}
