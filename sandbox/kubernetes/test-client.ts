/** A server on a virtual clock and a client of it, for the tests of this room. */
import type { HttpRequest } from '../../src/runtime/http.ts';
import { readText } from '../../src/runtime/http.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import { ApiServer } from './api-server.ts';
import type { ApiServerOptions } from './api-server.ts';
import { isRecord } from './json.ts';
import type { JsonObject } from './object.ts';
import { MemoryObjectStore } from './object-store.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Far more than any test's answer. */
const ANSWER_LIMIT_BYTES = 10_000_000;

export interface TestServer {
  readonly clock: VirtualClock;
  readonly store: MemoryObjectStore;
  readonly api: ApiServer;
  /** `what` is a method and a path: `GET /api/v1/pods`. */
  readonly ask: (what: string, sent?: Sent) => Promise<Answer>;
  readonly watch: (path: string) => Promise<TestWatch>;
}

export function testServer(
  options: Partial<ApiServerOptions> & { readonly historyLimit?: number; readonly seed?: number } = {},
): TestServer {
  const clock = new VirtualClock();
  const random = seededRandom(options.seed ?? 1);
  const { historyLimit } = options;
  const store = new MemoryObjectStore({
    clock,
    random: random.stream('store'),
    ...(historyLimit !== undefined && { historyLimit }),
  });
  const api = new ApiServer({ store, clock, random: random.stream('api'), ...options });
  return {
    clock,
    store,
    api,
    async ask(what, sent = {}) {
      const response = await api.handle(httpRequest(what, sent));
      const text = await readText(response.body, ANSWER_LIMIT_BYTES);
      const body: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
      return { status: response.status, headers: response.headers, body: isRecord(body) ? body : {} };
    },
    async watch(path) {
      const controller = new AbortController();
      const request = httpRequest(`GET ${path}`, {});
      const response = await api.handle({ ...request, signal: controller.signal });
      return new TestWatch(response.body, controller);
    },
  };
}

function httpRequest(what: string, sent: Sent): HttpRequest {
  const [method = '', path = ''] = what.split(' ', 2);
  const known = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((one) => one === method);
  if (known === undefined) throw new TypeError(`no method: ${what}`);
  const { body, headers = {} } = sent;
  if (body === undefined) return { method: known, path, headers };
  return { method: known, path, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

export interface WatchedEvent {
  readonly type: string;
  readonly object: JsonObject;
}

/** Reads a watch event by event. */
class TestWatch {
  readonly #reader: AsyncIterator<Uint8Array>;
  readonly #controller: AbortController;
  #read: WatchedEvent[] = [];

  constructor(body: AsyncIterable<Uint8Array>, controller: AbortController) {
    this.#reader = body[Symbol.asyncIterator]();
    this.#controller = controller;
  }

  /** The next event; `undefined` at the end of the stream. */
  async next(): Promise<WatchedEvent | undefined> {
    while (this.#read.length === 0) {
      const chunk = await this.#reader.next();
      if (chunk.done === true) return undefined;
      for (const line of new TextDecoder().decode(chunk.value).trimEnd().split('\n')) {
        const event: unknown = JSON.parse(line);
        const { type, object } = isRecord(event) ? event : {};
        this.#read.push({ type: String(type), object: isRecord(object) ? object : {} });
      }
    }
    return this.#read.shift();
  }

  async take(count: number): Promise<readonly WatchedEvent[]> {
    const events: WatchedEvent[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the watch ended after ${events.length} events of ${count}`);
      events.push(event);
    }
    return events;
  }

  abort(): void {
    this.#controller.abort();
  }
}

/** A pod as small as the server accepts it. */
export function podNamed(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly spec: JsonObject;
} {
  return {
    metadata: { name, namespace: 'default', labels: { ...labels } },
    spec: { containers: [{ name: 'main', image: 'app' }] },
  };
}
