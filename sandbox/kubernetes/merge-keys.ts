/**
 * How a strategic merge patch treats each list of the API: merged by a key, merged as a set, or (most) replaced whole.
 * The source is the patchStrategy and patchMergeKey tags of the Kubernetes API types, for the kinds served here.
 */
import type { ResourceName } from './object.ts';

type MergeRule =
  { readonly kind: 'by-key'; readonly key: string } | { readonly kind: 'set' } | { readonly kind: 'replace' };

/** Where in which kind of object a list is: the names of the fields from the top, list indexes left out. */
export interface MergePath {
  readonly resource: ResourceName;
  readonly fields: readonly string[];
}

/** By the list's own name; the same name has the same key wherever it merges, but for the exceptions below. */
const KEYS: Readonly<Record<string, string>> = {
  // metadata
  ownerReferences: 'uid',
  // pod spec
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  schedulingGates: 'name',
  resourceClaims: 'name',
  // containers
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  // status
  conditions: 'type',
  addresses: 'type',
  podIPs: 'ip',
  hostIPs: 'ip',
  // csinodes
  drivers: 'name',
};

export function mergeRuleOf({ resource, fields }: MergePath): MergeRule {
  const field = fields.at(-1) ?? '';
  const parent = fields.at(-2) ?? '';
  if (parent === 'metadata' && field === 'finalizers') return { kind: 'set' };
  if (resource === 'nodes' && field === 'podCIDRs') return { kind: 'set' };
  if (resource === 'services' && parent === 'spec' && field === 'ports') return { kind: 'by-key', key: 'port' };
  if (resource === 'serviceaccounts' && field === 'secrets') return { kind: 'by-key', key: 'name' };
  const key = KEYS[field];
  return key === undefined ? { kind: 'replace' } : { kind: 'by-key', key };
}
