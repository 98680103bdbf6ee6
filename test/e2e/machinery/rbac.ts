/** deploy/rbac.yaml: applied to the server as a user applies it, and held against what the program then asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import type { AuditedRequest } from './audit-log.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

const MANIFEST = join(import.meta.dirname, '../../../deploy/rbac.yaml');
const API = '/apis/rbac.authorization.k8s.io/v1';

const rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).default([]),
});

/** What is read of it; the server gets and checks all of it. */
const manifest = z.looseObject({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(z.looseObject(rule.shape)).optional(),
});
type Manifest = z.infer<typeof manifest>;

/** One verb on one resource; `namespace` '': everywhere. */
export interface Right {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
  readonly namespace: string;
  /** The only objects that it is for; none: all. */
  readonly names: readonly string[];
}

function manifests(): readonly Manifest[] {
  return parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document) => manifest.parse(document.toJS()));
}

export async function applyRbac(api: KubernetesApi): Promise<void> {
  for (const one of manifests()) {
    const { name, namespace } = one.metadata;
    const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const plural = `${one.kind.toLowerCase()}s`;
    const root = one.kind === 'ServiceAccount' ? `/api/v1` : API;
    await api.apply(`${root}${scope}/${plural}/${name}`, one);
  }
}

/** Every right that the manifest grants, one by one. */
export function grantedRights(): readonly Right[] {
  return manifests().flatMap(({ rules = [], metadata }) =>
    rules.flatMap(({ apiGroups, resources, verbs, resourceNames: names }) =>
      apiGroups.flatMap((apiGroup) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ verb, apiGroup, resource, namespace: metadata.namespace ?? '', names })),
        ),
      ),
    ),
  );
}

export function isUse(right: Right, request: AuditedRequest): boolean {
  return (
    request.status < 400 &&
    request.verb === right.verb &&
    request.apiGroup === right.apiGroup &&
    request.resource === right.resource &&
    (right.namespace === '' || request.namespace === right.namespace) &&
    (right.names.length === 0 || right.names.includes(request.name))
  );
}

export function unusedRights(requests: readonly AuditedRequest[]): readonly Right[] {
  return grantedRights().filter((right) => !requests.some((request) => isUse(right, request)));
}

/** A 403 that is allowed by RBAC is another matter: nothing can be created in a namespace that is being deleted. */
export function forbiddenRequests(requests: readonly AuditedRequest[]): readonly AuditedRequest[] {
  return requests.filter(({ decision }) => decision === 'forbid');
}

export function rightText({ verb, apiGroup, resource, namespace }: Right): string {
  const where = namespace === '' ? '' : ` in ${namespace}`;
  return `${verb} ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${where}`;
}
