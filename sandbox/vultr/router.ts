/** The route table of the simulated API: which handler answers which method and path. */
import type { HttpRequest } from '../../src/runtime/http.ts';
import type { Reply } from './reply.ts';

/** A call that has found its route. */
export interface Call {
  /** The `:name` parts of the route's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of the body; `undefined` when there is none. */
  readonly body: unknown;
}

export interface Route {
  readonly method: HttpRequest['method'];
  /** `/v2/kubernetes/clusters/:cluster`; a `:name` stands for one part. */
  readonly path: string;
  /** Answers without an API key. */
  readonly open?: boolean;
  readonly answer: (call: Call) => Reply;
}

export type Found =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  /** The path exists, for these methods only. */
  | { readonly kind: 'wrong-method'; readonly methods: readonly string[] }
  | { readonly kind: 'no-such-path' };

export class Router {
  readonly #routes: readonly { readonly route: Route; readonly parts: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, parts: route.path.split('/') }));
  }

  find(method: string, path: string): Found {
    const given = path.split('/');
    const methods = new Set<string>();
    for (const { route, parts } of this.#routes) {
      const params = match(parts, given);
      if (params === undefined) continue;
      if (route.method === method) return { kind: 'found', route, params };
      methods.add(route.method);
    }
    return methods.size === 0 ? { kind: 'no-such-path' } : { kind: 'wrong-method', methods: [...methods].toSorted() };
  }
}

function match(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (parts.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = text;
    else if (part !== text) return undefined;
  }
  return params;
}
