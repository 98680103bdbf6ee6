/** The kinds that the simulated API server serves, and how the real one treats each. */
import type { ResourceName } from './object.ts';

export interface ResourceKind {
  readonly resource: ResourceName;
  readonly kind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  /** Part of `kubectl get all`. */
  readonly inAll: boolean;
  /** Written through `…/status`, and protected from writes to the object itself. */
  readonly hasStatus: boolean;
  /** Has `…/scale`. */
  readonly hasScale: boolean;
  /** Counts changes of its spec in metadata.generation. */
  readonly hasGeneration: boolean;
  /** Whether a PUT must name the resourceVersion that it replaces. */
  readonly updateNeedsVersion: boolean;
}

type Trait = 'cluster' | 'all' | 'status' | 'scale' | 'generation' | 'needs-version';

function kindOf(
  resource: ResourceName,
  kind: string,
  where: { readonly group?: string; readonly short?: readonly string[] },
  traits: readonly Trait[],
): ResourceKind {
  return {
    resource,
    kind,
    singular: kind.toLowerCase(),
    shortNames: where.short ?? [],
    group: where.group ?? '',
    version: 'v1',
    namespaced: !traits.includes('cluster'),
    inAll: traits.includes('all'),
    hasStatus: traits.includes('status'),
    hasScale: traits.includes('scale'),
    hasGeneration: traits.includes('generation'),
    updateNeedsVersion: traits.includes('needs-version'),
  };
}

const apps = 'apps';
const storage = 'storage.k8s.io';

export const RESOURCE_KINDS: Readonly<Record<ResourceName, ResourceKind>> = {
  nodes: kindOf('nodes', 'Node', { short: ['no'] }, ['cluster', 'status']),
  pods: kindOf('pods', 'Pod', { short: ['po'] }, ['all', 'status']),
  namespaces: kindOf('namespaces', 'Namespace', { short: ['ns'] }, ['cluster', 'status']),
  events: kindOf('events', 'Event', { short: ['ev'] }, []),
  configmaps: kindOf('configmaps', 'ConfigMap', { short: ['cm'] }, []),
  secrets: kindOf('secrets', 'Secret', {}, []),
  services: kindOf('services', 'Service', { short: ['svc'] }, ['all', 'status']),
  serviceaccounts: kindOf('serviceaccounts', 'ServiceAccount', { short: ['sa'] }, []),
  persistentvolumes: kindOf('persistentvolumes', 'PersistentVolume', { short: ['pv'] }, ['cluster', 'status']),
  persistentvolumeclaims: kindOf('persistentvolumeclaims', 'PersistentVolumeClaim', { short: ['pvc'] }, ['status']),
  replicationcontrollers: kindOf('replicationcontrollers', 'ReplicationController', { short: ['rc'] }, [
    'all',
    'status',
    'scale',
    'generation',
  ]),
  deployments: kindOf('deployments', 'Deployment', { group: apps, short: ['deploy'] }, [
    'all',
    'status',
    'scale',
    'generation',
  ]),
  replicasets: kindOf('replicasets', 'ReplicaSet', { group: apps, short: ['rs'] }, [
    'all',
    'status',
    'scale',
    'generation',
  ]),
  statefulsets: kindOf('statefulsets', 'StatefulSet', { group: apps, short: ['sts'] }, [
    'all',
    'status',
    'scale',
    'generation',
  ]),
  daemonsets: kindOf('daemonsets', 'DaemonSet', { group: apps, short: ['ds'] }, ['all', 'status', 'generation']),
  jobs: kindOf('jobs', 'Job', { group: 'batch' }, ['all', 'status', 'generation']),
  cronjobs: kindOf('cronjobs', 'CronJob', { group: 'batch', short: ['cj'] }, ['all', 'status', 'generation']),
  poddisruptionbudgets: kindOf('poddisruptionbudgets', 'PodDisruptionBudget', { group: 'policy', short: ['pdb'] }, [
    'status',
    'generation',
    'needs-version',
  ]),
  leases: kindOf('leases', 'Lease', { group: 'coordination.k8s.io' }, ['needs-version']),
  storageclasses: kindOf('storageclasses', 'StorageClass', { group: storage, short: ['sc'] }, ['cluster']),
  csinodes: kindOf('csinodes', 'CSINode', { group: storage }, ['cluster']),
  csidrivers: kindOf('csidrivers', 'CSIDriver', { group: storage }, ['cluster', 'generation']),
  csistoragecapacities: kindOf('csistoragecapacities', 'CSIStorageCapacity', { group: storage }, []),
  volumeattachments: kindOf('volumeattachments', 'VolumeAttachment', { group: storage }, ['cluster', 'status']),
  priorityclasses: kindOf('priorityclasses', 'PriorityClass', { group: 'scheduling.k8s.io', short: ['pc'] }, [
    'cluster',
    'generation',
  ]),
  deviceclasses: kindOf('deviceclasses', 'DeviceClass', { group: 'resource.k8s.io' }, ['cluster', 'generation']),
};

export const ALL_KINDS: readonly ResourceKind[] = Object.values(RESOURCE_KINDS);

/** `v1`, `apps/v1`. */
export function apiVersionOf(kind: ResourceKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** As error messages name it: `pods`, `deployments.apps`. */
export function qualifiedResource(kind: ResourceKind): string {
  return kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`;
}
