/**
 * The Vultr API client: one request with budget, timeout, safe retries and classified errors; and lists, followed to
 * their last page.
 *
 * - GET and DELETE are repeated while nothing was done (no connection, 429) with jittered exponential backoff; a GET also
 *   after a 5xx or a lost reply. PATCH and POST are sent once. A DELETE whose reply is lost is not repeated here but by
 *   the node group, after a look (I4): VKE may lower the pool once more for a second DELETE of a node on its way out.
 * - The token goes into one header and nowhere else; it is cut out of every text that comes back (I9).
 */
import type { CloudError } from '../cloud/facts.ts';
import type { CloudResult } from '../cloud/provider.ts';
import { deadline, sleep, type Clock } from '../runtime/clock.ts';
import { readText, TransportError, type HttpResponse, type HttpTransport } from '../runtime/http.ts';
import type { Logger } from '../runtime/log.ts';
import type { RandomStream } from '../runtime/random.ts';
import { failure, success } from '../runtime/result.ts';
import type { Secret } from '../runtime/secret.ts';
import { LONGEST_WAIT_MS, RequestBudget } from './budget.ts';
import { classifyRefusal, lost, parseRetryAfter, type Asked } from './errors.ts';

/** Vultr's own clients wait 60 s; a pass of the loop must not hang that long, and reads are repeated anyway. */
const READ_TIMEOUT_MS = 15_000;
/** A write is given longer: to give up on it means not to know whether it was done. */
const WRITE_TIMEOUT_MS = 30_000;
/** The first try and three more, like Vultr's own Go client. */
const MOST_ATTEMPTS = 4;
/** No further attempt begins after so long, however few were made. */
const RETRY_WINDOW_MS = 20_000;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5000;
/** The largest real reply (500 plans) is below 1 MB; more than this is not Vultr. */
const LARGEST_BODY_BYTES = 16 * 1024 * 1024;
/** 100 pages of 100 pools or 500 plans: more is a server that turns in circles. */
const MOST_PAGES = 100;

export interface VultrClientOptions {
  readonly transport: HttpTransport;
  readonly clock: Clock;
  /** Jitter of the backoff. */
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly token: Secret;
  readonly userAgent: string;
}

interface VultrRequest extends Asked {
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** Asked when its turn has come, before each time it is sent; with `false` it is not. */
  readonly isStillDue?: () => Promise<boolean>;
}

export class VultrClient {
  readonly #options: VultrClientOptions;
  readonly #budget: RequestBudget;
  readonly #stopping = new AbortController();

  constructor(options: VultrClientOptions) {
    this.#options = options;
    this.#budget = new RequestBudget(options.clock);
  }

  /** Ends waits and reads at once. Writes that are under way run to their end: their outcome matters. */
  stop(): void {
    this.#stopping.abort(new Error('the program is stopping'));
  }

  /** The parsed JSON of the answer, `undefined` for an empty body. */
  async send(request: VultrRequest): Promise<CloudResult<unknown>> {
    const { clock, logger } = this.#options;
    const startedMs = clock.monotonic();
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(request);
      if (result.ok) return result;
      const waitMs = this.#retryDelayMs(request, result.error, attempt);
      if (waitMs === undefined || clock.monotonic() + waitMs - startedMs > RETRY_WINDOW_MS) return result;
      logger.debug('repeating a request to Vultr', { method: request.method, path: request.path, attempt, waitMs });
      await sleep(clock, waitMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return result;
    }
  }

  /** All rows under `key`, of all pages. */
  async list(path: string, key: string): Promise<CloudResult<readonly unknown[]>> {
    const rows: unknown[] = [];
    const seen = new Set<string>();
    let cursor = '';
    for (let page = 1; page <= MOST_PAGES; page++) {
      const separator = path.includes('?') ? '&' : '?';
      const pagePath = cursor === '' ? path : `${path}${separator}cursor=${encodeURIComponent(cursor)}`;
      const reply = await this.send({ method: 'GET', path: pagePath });
      if (!reply.ok) return reply;
      const found = fieldOf(reply.value, key);
      if (!Array.isArray(found))
        return failure({ kind: 'unavailable', message: `Vultr: no "${key}" in the reply to GET ${path}` });
      for (const row of found) rows.push(row);
      const next = fieldOf(fieldOf(fieldOf(reply.value, 'meta'), 'links'), 'next');
      if (typeof next !== 'string' || next === '') return success(rows);
      if (seen.has(next))
        return failure({ kind: 'unavailable', message: `Vultr: the pages of GET ${path} run in a circle` });
      seen.add(next);
      cursor = next;
    }
    return failure({ kind: 'unavailable', message: `Vultr: more than ${MOST_PAGES} pages in GET ${path}` });
  }

  async #attempt(request: VultrRequest): Promise<CloudResult<unknown>> {
    const isRead = request.method === 'GET';
    const turn = await this.#budget.take(this.#stopping.signal);
    if (!turn.ok) {
      const seconds = Math.ceil(turn.error.retryAfterMs / 1000);
      const message = `Vultr allows no more requests for ${seconds} s (${request.method} ${request.path} was not sent)`;
      return failure({ kind: 'rate-limited', message, retryAfterMs: turn.error.retryAfterMs });
    }
    if (this.#stopping.signal.aborted) {
      return failure({
        kind: 'unavailable',
        message: `${request.method} ${request.path} was not sent: the program is stopping`,
      });
    }
    if (request.isStillDue !== undefined && !(await request.isStillDue())) {
      return failure({
        kind: 'invalid',
        message: `${request.method} ${request.path} was not sent: it is not due any more`,
      });
    }
    const limit = deadline(
      this.#options.clock,
      isRead ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS,
      isRead ? this.#stopping.signal : undefined,
    );
    try {
      return await this.#exchange(request, limit.signal);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      return failure(this.#fromTransport(request, error));
    } finally {
      limit.release();
    }
  }

  async #exchange(request: VultrRequest, signal: AbortSignal): Promise<CloudResult<unknown>> {
    const { transport, clock, token, userAgent } = this.#options;
    const response: HttpResponse = await transport({
      method: request.method,
      path: request.path,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        accept: 'application/json',
        'user-agent': userAgent,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal,
    });
    const body = this.#redact(await readText(response.body, LARGEST_BODY_BYTES));
    if (response.status >= 200 && response.status < 300) return parseBody(request, body);
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], clock.now());
    const error = classifyRefusal(request, { status: response.status, body, retryAfterMs });
    if (error.kind === 'rate-limited') this.#budget.pause(error.retryAfterMs);
    return failure(error);
  }

  #fromTransport(request: VultrRequest, error: TransportError): CloudError {
    const what = `${request.method} ${request.path}`;
    const why = this.#redact(error.message) + (error.code === undefined ? '' : ` (${error.code})`);
    if (error.failure === 'not-sent')
      return { kind: 'unavailable', message: `Vultr cannot be reached for ${what}: ${why}` };
    return lost(request, `no reply from Vultr to ${what}: ${why}`);
  }

  /** How long to wait before the next attempt; `undefined`: this must not or need not be repeated. */
  #retryDelayMs(request: VultrRequest, error: CloudError, attempt: number): number | undefined {
    const repeatable = request.method === 'GET' || request.method === 'DELETE';
    if (!repeatable || attempt >= MOST_ATTEMPTS || this.#stopping.signal.aborted) return undefined;
    if (error.kind === 'rate-limited') return error.retryAfterMs > LONGEST_WAIT_MS ? undefined : error.retryAfterMs;
    if (error.kind !== 'unavailable') return undefined;
    const ceilingMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
    // Half fixed, half chance: many clients that failed together do not come back together.
    return ceilingMs / 2 + (this.#options.random.next() * ceilingMs) / 2;
  }

  #redact(text: string): string {
    return this.#options.token.cutFrom(text);
  }
}

/** A body that is not JSON is no answer: most likely somebody between us and Vultr spoke. */
function parseBody(request: VultrRequest, body: string): CloudResult<unknown> {
  if (body.trim() === '') return success(undefined);
  try {
    return success(JSON.parse(body));
  } catch {
    const begin = body.replaceAll(/\s+/g, ' ').trim().slice(0, 60);
    return failure(
      lost(request, `the reply to ${request.method} ${request.path} is not JSON but begins with: ${begin}`),
    );
  }
}

/** `undefined` unless `value` is an object that has the key. */
export function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
