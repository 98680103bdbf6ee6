/**
 * The tests' own client of the real API: JSON over undici, nothing of the product's. Replies are plain objects; an error
 * status throws an {@link ApiRefusal}.
 */
import { Agent } from 'undici';
import * as z from 'zod';
import type { JsonObject, KubeObject } from '../../../sandbox/kubernetes/object.ts';
import { kubeList, kubeObject, parseJson, watchFrame } from './json.ts';

export interface ApiAccess {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface WatchedChange {
  readonly type: string;
  readonly object: KubeObject;
}

export interface ListedObjects {
  readonly resourceVersion: string;
  readonly items: readonly KubeObject[];
}

export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const CONNECTIONS = 64;
const PAGE = 500;

export class KubernetesApi {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    this.#agent = new Agent({
      connections: CONNECTIONS,
      connect: { ca: access.ca },
      headersTimeout: 60_000,
      bodyTimeout: 0,
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async raw(
    method: string,
    path: string,
    request: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<RawAnswer> {
    const reply = await this.#agent.request({
      origin: this.#access.url,
      method,
      path,
      headers: {
        authorization: `Bearer ${this.#access.token}`,
        accept: 'application/json',
        'content-type': 'application/json',
        ...request.headers,
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
    });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  }

  async #object(method: string, path: string, body?: unknown, contentType?: string): Promise<KubeObject> {
    const { status, text } = await this.raw(method, path, {
      ...(body !== undefined && { body }),
      ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
    });
    if (status >= 300) throw new ApiRefusal(status, `${method} ${path}: ${status} ${messageOf(text)}`);
    return parseJson(kubeObject, text);
  }

  get(path: string): Promise<KubeObject> {
    return this.#object('GET', path);
  }

  async find(path: string): Promise<KubeObject | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  create(path: string, object: JsonObject): Promise<KubeObject> {
    return this.#object('POST', path, object);
  }

  replace(path: string, object: object): Promise<KubeObject> {
    return this.#object('PUT', path, object);
  }

  patch(path: string, patch: JsonObject): Promise<KubeObject> {
    return this.#object('PATCH', path, patch, 'application/merge-patch+json');
  }

  /** Server-side apply, as `kubectl apply --server-side`. */
  apply(path: string, object: object): Promise<KubeObject> {
    return this.#object('PATCH', `${path}?fieldManager=e2e&force=true`, object, 'application/apply-patch+yaml');
  }

  /** What is gone already counts as deleted. */
  async delete(path: string, options: JsonObject = {}): Promise<void> {
    try {
      await this.#object('DELETE', path, options);
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === 404)) throw error;
    }
  }

  /** All pages. */
  async list(path: string, query = ''): Promise<ListedObjects> {
    const items: KubeObject[] = [];
    let next = '';
    for (;;) {
      const page: unknown = await this.get(`${path}?limit=${PAGE}${query}${next}`);
      const { items: more, metadata } = kubeList.parse(page);
      items.push(...more);
      if (metadata.continue === undefined || metadata.continue === '') {
        return { resourceVersion: metadata.resourceVersion, items };
      }
      next = `&continue=${encodeURIComponent(metadata.continue)}`;
    }
  }

  /** Changes after `resourceVersion`; ends when the server ends it or the signal aborts. */
  async *watch(path: string, resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchedChange> {
    const reply = await this.#agent.request({
      origin: this.#access.url,
      method: 'GET',
      path: `${path}?watch=1&allowWatchBookmarks=true&resourceVersion=${resourceVersion}`,
      headers: { authorization: `Bearer ${this.#access.token}`, accept: 'application/json' },
      signal,
    });
    if (reply.statusCode !== 200) throw new ApiRefusal(reply.statusCode, `watch ${path}: ${reply.statusCode}`);
    let rest = '';
    reply.body.setEncoding('utf8');
    // With an encoding set the chunks are texts.
    for await (const chunk of reply.body as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield parseJson(watchFrame, line);
    }
  }
}

function messageOf(text: string): string {
  try {
    return parseJson(z.object({ message: z.string() }), text).message;
  } catch {
    return text;
  }
}
