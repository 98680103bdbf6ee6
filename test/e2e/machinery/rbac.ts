/** deploy/rbac.yaml: applied to the server as a user applies it, and held against what the program then asked for. */
import { manifestsOf, textOf } from '../../deploy/manifests.ts';
import { type Right, rightsOf } from '../../deploy/rights.ts';
import type { AuditedRequest } from './audit-log.ts';
import type { KubernetesApi } from './kubernetes-api.ts';

const API = '/apis/rbac.authorization.k8s.io/v1';
const granted = manifestsOf(textOf('deploy/rbac.yaml'));

export async function applyRbac(api: KubernetesApi): Promise<void> {
  for (const one of granted) {
    const { name, namespace } = one.metadata;
    const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const plural = `${one.kind.toLowerCase()}s`;
    const root = one.kind === 'ServiceAccount' ? `/api/v1` : API;
    await api.apply(`${root}${scope}/${plural}/${name}`, one);
  }
}

function isUse(right: Right, request: AuditedRequest): boolean {
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
  return rightsOf(granted).filter((right) => !requests.some((request) => isUse(right, request)));
}

/** A 403 that is allowed by RBAC is another matter: nothing can be created in a namespace that is being deleted. */
export function forbiddenRequests(requests: readonly AuditedRequest[]): readonly AuditedRequest[] {
  return requests.filter(({ decision }) => decision === 'forbid');
}

export function rightText({ verb, apiGroup, resource, namespace }: Right): string {
  const where = namespace === '' ? '' : ` in ${namespace}`;
  return `${verb} ${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${where}`;
}
