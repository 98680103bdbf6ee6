/** What the server says about itself: version, health, discovery, OpenAPI. */
import type { HttpRequest, HttpResponse } from '../../src/runtime/http.ts';
import { methodNotAllowed, unknownResource } from './api-errors.ts';
import {
  AGGREGATED_TYPE,
  aggregatedDiscovery,
  coreVersions,
  groupList,
  resourceList,
  singleGroup,
} from './discovery.ts';
import type { Representation } from './media-type.ts';
import { openApiDocument, openApiIndex, swaggerDocument } from './openapi.ts';
import { jsonReply, textReply } from './reply.ts';

const VERSION = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.2',
  gitCommit: 'simulated',
  gitTreeState: 'clean',
  buildDate: '2026-02-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};

const HEALTH_CHECKS = ['healthz', 'livez', 'readyz'];

/** What needs no token. */
export function isPublic([first = '']: readonly string[]): boolean {
  return first === 'version' || HEALTH_CHECKS.includes(first);
}

/** `undefined` for a path that is about a resource. Throws NotFound for one that is about nothing. */
export function infoReply(
  segments: readonly string[],
  request: HttpRequest,
  representation: Representation,
): HttpResponse | undefined {
  const [first = '', ...rest] = segments;
  if ((first === 'api' && rest.length >= 2) || (first === 'apis' && rest.length >= 3)) return undefined;
  if (request.method !== 'GET') throw methodNotAllowed();
  if (HEALTH_CHECKS.includes(first)) return textReply('ok');
  const aggregated = representation.kind === 'aggregated-discovery' && rest.length === 0;
  if (aggregated && (first === 'api' || first === 'apis')) {
    return jsonReply(200, aggregatedDiscovery(first === 'api'), AGGREGATED_TYPE);
  }
  const body = documentAt(first, rest);
  if (body === undefined) throw unknownResource();
  return jsonReply(200, body);
}

function documentAt(first: string, rest: readonly string[]): object | undefined {
  switch (first) {
    case '':
      return { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] };
    case 'version':
      return rest.length === 0 ? VERSION : undefined;
    case 'api':
      return rest.length === 0 ? coreVersions() : resourceList(rest.join('/'));
    case 'apis':
      if (rest.length === 0) return groupList();
      return rest.length === 1 ? singleGroup(rest[0] ?? '') : resourceList(rest.join('/'));
    case 'openapi':
      if (rest[0] === 'v2') return swaggerDocument();
      if (rest[0] !== 'v3') return undefined;
      return rest.length === 1 ? openApiIndex() : openApiDocument(rest.slice(1).join('/'));
    default:
      return undefined;
  }
}
