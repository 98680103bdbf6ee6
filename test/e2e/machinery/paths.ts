/** Where the objects that the tests use are in the API. */
import type { ResourceName } from '../../../sandbox/kubernetes/object.ts';

interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
}

const core = (kind: string): Collection => ({ apiVersion: 'v1', kind });
const apps = (kind: string): Collection => ({ apiVersion: 'apps/v1', kind });
const batch = (kind: string): Collection => ({ apiVersion: 'batch/v1', kind });
const storage = (kind: string): Collection => ({ apiVersion: 'storage.k8s.io/v1', kind });

export const COLLECTIONS: Readonly<Record<ResourceName, Collection>> = {
  nodes: core('Node'),
  pods: core('Pod'),
  namespaces: core('Namespace'),
  events: core('Event'),
  configmaps: core('ConfigMap'),
  secrets: core('Secret'),
  services: core('Service'),
  serviceaccounts: core('ServiceAccount'),
  persistentvolumes: core('PersistentVolume'),
  persistentvolumeclaims: core('PersistentVolumeClaim'),
  replicationcontrollers: core('ReplicationController'),
  deployments: apps('Deployment'),
  replicasets: apps('ReplicaSet'),
  statefulsets: apps('StatefulSet'),
  daemonsets: apps('DaemonSet'),
  jobs: batch('Job'),
  cronjobs: batch('CronJob'),
  poddisruptionbudgets: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
  leases: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  storageclasses: storage('StorageClass'),
  csinodes: storage('CSINode'),
  csidrivers: storage('CSIDriver'),
  csistoragecapacities: storage('CSIStorageCapacity'),
  volumeattachments: storage('VolumeAttachment'),
  priorityclasses: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' },
  deviceclasses: { apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass' },
};

/** `namespace` '': a cluster-scoped kind, or all namespaces. */
export function collectionPath(resource: ResourceName, namespace: string): string {
  const { apiVersion } = COLLECTIONS[resource];
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === '' ? `${root}/${resource}` : `${root}/namespaces/${namespace}/${resource}`;
}

export function objectPath(resource: ResourceName, namespace: string, name: string): string {
  return `${collectionPath(resource, namespace)}/${name}`;
}
