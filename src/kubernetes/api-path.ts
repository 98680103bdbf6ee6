/**
 * Paths of the Kubernetes API: building them, and reading them back into the words of RBAC (verb, resource, group), so
 * that a refusal can say which right is missing.
 */
import { unreachable } from '../cluster/invariant.ts';
import type { HttpRequest } from '../runtime/http.ts';

/** What the classification of an error needs to know of a request. */
export interface ApiRequest {
  readonly method: HttpRequest['method'];
  /** Path and query. */
  readonly path: string;
}

export interface ResourcePath {
  /** `/api/v1`, `/apis/apps/v1`. */
  readonly api: string;
  /** Plural, as in the path. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export function resourcePath(resource: ResourcePath): string {
  const parts = [resource.api];
  if (resource.namespace !== undefined) parts.push('namespaces', encodeURIComponent(resource.namespace));
  parts.push(resource.resource);
  if (resource.name !== undefined) parts.push(encodeURIComponent(resource.name));
  if (resource.subresource !== undefined) parts.push(resource.subresource);
  return parts.join('/');
}

/** `list pods`, `create pods/eviction`, `update leases.coordination.k8s.io "vke"`: what was asked, in RBAC's words. */
export function describeRequest(request: ApiRequest): string {
  const asked = parseRequest(request);
  if (asked === undefined) return `${request.method} ${request.path.split('?')[0]}`;
  const where = asked.namespace === undefined ? '' : ` in namespace ${asked.namespace}`;
  const which = asked.name === undefined ? '' : ` "${asked.name}"`;
  return `${rightOf(asked)}${which}${where}`;
}

/** The right that the request needs, as `verb resource[.group][/subresource]`. */
export function missingRight(request: ApiRequest): string {
  const asked = parseRequest(request);
  return asked === undefined ? `${request.method.toLowerCase()} ${request.path.split('?')[0]}` : rightOf(asked);
}

interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

function rightOf(asked: Asked): string {
  const group = asked.group === '' ? '' : `.${asked.group}`;
  const subresource = asked.subresource === undefined ? '' : `/${asked.subresource}`;
  return `${asked.verb} ${asked.resource}${subresource}${group}`;
}

const CORE = /^\/api\/v1\/(.+)$/;
const GROUPED = /^\/apis\/([^/]+)\/[^/]+\/(.+)$/;

function parseRequest(request: ApiRequest): Asked | undefined {
  const [path = '', query = ''] = request.path.split('?');
  const core = CORE.exec(path);
  const grouped = GROUPED.exec(path);
  const rest = core?.[1] ?? grouped?.[2];
  if (rest === undefined) return undefined;
  const parts = rest.split('/').map(decodeURIComponent);
  const namespaced = parts[0] === 'namespaces' && parts.length > 2;
  const [resource = '', name, subresource] = namespaced ? parts.slice(2) : parts;
  return {
    verb: verbOf(request.method, name !== undefined, new URLSearchParams(query).has('watch')),
    group: grouped?.[1] ?? '',
    resource,
    subresource,
    namespace: namespaced ? parts[1] : undefined,
    name,
  };
}

function verbOf(method: ApiRequest['method'], named: boolean, watched: boolean): string {
  switch (method) {
    case 'GET':
      return watched ? 'watch' : named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return 'delete';
    default:
      return unreachable(method);
  }
}
