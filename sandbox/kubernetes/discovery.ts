/** What the server serves, told to clients: group by group, or all at once for clients that know how to ask. */
import { SERVED_RESOURCES, servedApiVersion } from './served-resources.ts';
import type { ServedResource } from './served-resources.ts';

const OBJECT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const PART_VERBS = ['get', 'patch', 'update'];

interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

function subresourcesOf({ kind }: ServedResource): readonly Subresource[] {
  const own = { group: kind.group, version: kind.version };
  return [
    ...(kind.hasStatus ? [{ ...own, name: 'status', kind: kind.kind, verbs: PART_VERBS }] : []),
    ...(kind.hasScale
      ? [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: PART_VERBS }]
      : []),
    ...(kind.resource === 'pods'
      ? [
          { ...own, name: 'binding', kind: 'Binding', verbs: ['create'] },
          { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
        ]
      : []),
  ];
}

/** `GET /api`. */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

function namedGroups(): readonly string[] {
  return [...new Set(SERVED_RESOURCES.map((served) => served.group))].filter((group) => group !== '');
}

/** `GET /apis`. */
export function groupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: namedGroups().map((name) => groupOf(name)) };
}

/** `GET /apis/<group>`; `undefined` for an unknown group. */
export function singleGroup(name: string): object | undefined {
  return namedGroups().includes(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name) } : undefined;
}

function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

/** `GET /api/v1` and `GET /apis/<group>/<version>`; `undefined` for what is not served. */
export function resourceList(groupVersion: string): object | undefined {
  const served = SERVED_RESOURCES.filter((one) => servedApiVersion(one) === groupVersion);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((one) => [resourceEntry(one), ...subresourceEntries(one)]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function resourceEntry({ kind }: ServedResource): object {
  return {
    name: kind.resource,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: OBJECT_VERBS,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.inAll && { categories: ['all'] }),
  };
}

function subresourceEntries(served: ServedResource): readonly object[] {
  return subresourcesOf(served).map((part) => ({
    name: `${served.kind.resource}/${part.name}`,
    singularName: '',
    namespaced: served.kind.namespaced,
    kind: part.kind,
    verbs: part.verbs,
    ...((part.group !== served.group || part.version !== served.version) && {
      group: part.group,
      version: part.version,
    }),
  }));
}

/** The media type of the aggregated answers. */
export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** `GET /api` (the core group) or `GET /apis` (all others), with everything in them. */
export function aggregatedDiscovery(core: boolean): object {
  const groups = core ? [''] : namedGroups();
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((name) => ({
      metadata: { name: name === '' ? null : name, creationTimestamp: null },
      versions: [{ version: 'v1', freshness: 'Current', resources: aggregatedResources(name) }],
    })),
  };
}

function aggregatedResources(group: string): readonly object[] {
  return SERVED_RESOURCES.filter((served) => served.group === group).map((served) => {
    const { kind } = served;
    const subresources = subresourcesOf(served).map((part) => ({
      subresource: part.name,
      responseKind: { group: part.group, version: part.version, kind: part.kind },
      verbs: part.verbs,
    }));
    return {
      resource: kind.resource,
      responseKind: { group, version: served.version, kind: kind.kind },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
      verbs: OBJECT_VERBS,
      ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
      ...(kind.inAll && { categories: ['all'] }),
      ...(subresources.length > 0 && { subresources }),
    };
  });
}
