/**
 * OpenAPI, as little of it as makes `kubectl` content: which paths take a patch, and that writes accept the parameter
 * `fieldValidation`. The schemas of the objects are not described, so unknown fields are kept, not refused.
 */
import { SERVED_RESOURCES, servedApiVersion } from './served-resources.ts';
import type { ServedResource } from './served-resources.ts';

/** `api/v1`, `apis/apps/v1`. */
function documentPath(served: ServedResource): string {
  return served.group === '' ? 'api/v1' : `apis/${servedApiVersion(served)}`;
}

/** `GET /openapi/v3`: the documents there are. */
export function openApiIndex(): object {
  const documents = [...new Set(SERVED_RESOURCES.map((served) => documentPath(served)))];
  return { paths: Object.fromEntries(documents.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

/** `GET /openapi/v3/<document>`; `undefined` for an unknown one. */
export function openApiDocument(path: string): object | undefined {
  const served = SERVED_RESOURCES.filter((one) => documentPath(one) === path);
  if (served.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: Object.fromEntries(served.map((one) => pathItem(path, one))),
    components: { schemas: {} },
  };
}

/** `GET /openapi/v2`. */
export function swaggerDocument(): object {
  return { swagger: '2.0', info: INFO, paths: {} };
}

const INFO = { title: 'Kubernetes (simulated)', version: 'v1' };
const VALIDATION = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } };
/** Without strategic-merge-patch: `kubectl` then merges by its built-in types, rather than by schemas that are not here. */
const PATCH_TYPES = ['json-patch', 'merge-patch'];

function pathItem(document: string, served: ServedResource): [string, object] {
  const { kind, group, version } = served;
  const path = `/${document}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.resource}/{name}`;
  const operation = {
    parameters: [VALIDATION],
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-group-version-kind': { group, version, kind: kind.kind },
  };
  const content = Object.fromEntries(
    PATCH_TYPES.map((type) => [`application/${type}+json`, { schema: { type: 'object' } }]),
  );
  return [
    path,
    {
      patch: { ...operation, 'x-kubernetes-action': 'patch', requestBody: { required: true, content } },
      put: { ...operation, 'x-kubernetes-action': 'put' },
    },
  ];
}
