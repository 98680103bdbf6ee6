/** What a request's path is about. */
import { badRequest, unknownResource } from './api-errors.ts';
import { findServed } from './served-resources.ts';
import type { ServedResource } from './served-resources.ts';

export interface ResourceTarget {
  readonly served: ServedResource;
  /** '' for cluster-scoped kinds; `undefined`: all namespaces. */
  readonly namespace: string | undefined;
  /** `undefined`: the collection. */
  readonly name: string | undefined;
  /** `status`, `scale`, `binding`, `eviction`; '' for the object itself. */
  readonly subresource: string;
}

export interface RequestTarget {
  /** The path's parts, decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

export function parseTarget(path: string): RequestTarget {
  const [pathname = '', search = ''] = path.split('?', 2);
  try {
    const segments = pathname.split('/').filter((segment) => segment !== '');
    return { segments: segments.map(decodeURIComponent), query: new URLSearchParams(search) };
  } catch {
    throw badRequest(`malformed path: ${pathname}`);
  }
}

/** `/api/v1/…` or `/apis/<group>/<version>/…` beyond the version. Throws NotFound for what is not served. */
export function parseResource(segments: readonly string[]): ResourceTarget {
  const inCore = segments[0] === 'api';
  const [group = '', version = ''] = inCore ? ['', segments[1]] : segments.slice(1, 3);
  const rest = segments.slice(inCore ? 2 : 3);
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.includes(rest[2] ?? '');
  const [resource = '', name, subresource = '', ...more] = isNamespaced ? rest.slice(2) : rest;
  const served = findServed(group, version, resource);
  if (served === undefined || more.length > 0) throw unknownResource();
  if (!served.kind.namespaced) {
    if (isNamespaced) throw unknownResource();
    return { served, namespace: '', name, subresource };
  }
  if (!isNamespaced && name !== undefined) throw unknownResource();
  return { served, namespace: isNamespaced ? (rest[1] ?? '') : undefined, name, subresource };
}

const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];
