/** The kinds that are observed: where each is listed, in which formats, and how an object of it becomes an event. */
import type { ClusterEvent, ControllerFacts } from '../cluster/facts.ts';
import { decodeDeviceClass, decodeNamespace } from './decode-cluster-scoped.ts';
import { decodeController } from './decode-controllers.ts';
import { decodeCsiDriver, decodeCsiNode, decodeCsiStorageCapacity, decodeVolumeAttachment } from './decode-csi.ts';
import { decodeNodeJson } from './decode-node-json.ts';
import { decodeNodeProtobuf } from './decode-node-protobuf.ts';
import { decodePodDisruptionBudget } from './decode-pdb.ts';
import { decodePodJson } from './decode-pod-json.ts';
import { decodePodProtobuf } from './decode-pod-protobuf.ts';
import { decodePriorities, PRIORITIES_CONFIG_MAP } from './decode-priorities.ts';
import type { DecodeResult } from './decode-result.ts';
import { decodePersistentVolume, decodePersistentVolumeClaim, decodeStorageClass } from './decode-storage.ts';
import type { Interner } from './intern.ts';

export interface WatchedKind {
  /** Plural, as in the API's path and in RBAC. */
  readonly name: WatchedKindName;
  readonly path: string;
  /** `metadata.name=…`: only these objects of the path. */
  readonly fieldSelector?: string;
  decodeJson(value: unknown, interner: Interner): DecodeResult;
  /** Absent: the kind is asked for in JSON only. */
  readonly decodeProtobuf?: (bytes: Uint8Array, interner: Interner) => DecodeResult;
  /**
   * Not every cluster has the kind, and not every account may list it: where it is refused or unknown it counts as
   * empty, with one warning, and holds nothing up.
   */
  readonly optional?: true;
  /** The event that tells that the object is no more. */
  gone(object: GoneObject): ClusterEvent;
}

interface GoneObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type WatchedKindName =
  | 'nodes'
  | 'pods'
  | 'poddisruptionbudgets'
  | 'daemonsets'
  | 'replicasets'
  | 'statefulsets'
  | 'jobs'
  | 'replicationcontrollers'
  | 'namespaces'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'storageclasses'
  | 'csinodes'
  | 'csidrivers'
  | 'csistoragecapacities'
  | 'volumeattachments'
  | 'deviceclasses'
  | 'configmaps';

const STORAGE_API = '/apis/storage.k8s.io/v1';

/**
 * All pods are observed, finished ones too: the drain rules look at what lies on a node. Nodes come first, so that most
 * pods are placed when they arrive.
 */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  {
    name: 'nodes',
    path: '/api/v1/nodes',
    decodeJson: decodeNodeJson,
    decodeProtobuf: decodeNodeProtobuf,
    gone: ({ name, uid }) => ({ kind: 'node-gone', name, uid }),
  },
  {
    name: 'pods',
    path: '/api/v1/pods',
    decodeJson: decodePodJson,
    decodeProtobuf: decodePodProtobuf,
    gone: ({ namespace, name, uid }) => ({ kind: 'pod-gone', namespace, name, uid }),
  },
  {
    name: 'poddisruptionbudgets',
    path: '/apis/policy/v1/poddisruptionbudgets',
    decodeJson: decodePodDisruptionBudget,
    gone: ({ namespace, name, uid }) => ({ kind: 'pdb-gone', namespace, name, uid }),
  },
  controllers('daemonsets', '/apis/apps/v1', 'DaemonSet'),
  controllers('replicasets', '/apis/apps/v1', 'ReplicaSet'),
  controllers('statefulsets', '/apis/apps/v1', 'StatefulSet'),
  controllers('jobs', '/apis/batch/v1', 'Job'),
  controllers('replicationcontrollers', '/api/v1', 'ReplicationController'),
  {
    name: 'namespaces',
    path: '/api/v1/namespaces',
    optional: true,
    decodeJson: decodeNamespace,
    gone: ({ name, uid }) => ({ kind: 'namespace-gone', name, uid }),
  },
  {
    name: 'persistentvolumeclaims',
    path: '/api/v1/persistentvolumeclaims',
    optional: true,
    decodeJson: decodePersistentVolumeClaim,
    gone: ({ namespace, name, uid }) => ({ kind: 'claim-gone', namespace, name, uid }),
  },
  {
    name: 'persistentvolumes',
    path: '/api/v1/persistentvolumes',
    optional: true,
    decodeJson: decodePersistentVolume,
    gone: ({ name, uid }) => ({ kind: 'volume-gone', name, uid }),
  },
  {
    name: 'storageclasses',
    path: `${STORAGE_API}/storageclasses`,
    optional: true,
    decodeJson: decodeStorageClass,
    gone: ({ name, uid }) => ({ kind: 'storage-class-gone', name, uid }),
  },
  {
    name: 'csinodes',
    path: `${STORAGE_API}/csinodes`,
    optional: true,
    decodeJson: decodeCsiNode,
    gone: ({ name, uid }) => ({ kind: 'csi-node-gone', name, uid }),
  },
  {
    name: 'csidrivers',
    path: `${STORAGE_API}/csidrivers`,
    optional: true,
    decodeJson: decodeCsiDriver,
    gone: ({ name, uid }) => ({ kind: 'csi-driver-gone', name, uid }),
  },
  {
    name: 'csistoragecapacities',
    path: `${STORAGE_API}/csistoragecapacities`,
    optional: true,
    decodeJson: decodeCsiStorageCapacity,
    gone: ({ namespace, name, uid }) => ({ kind: 'storage-capacity-gone', namespace, name, uid }),
  },
  {
    name: 'volumeattachments',
    path: `${STORAGE_API}/volumeattachments`,
    optional: true,
    decodeJson: decodeVolumeAttachment,
    gone: ({ name, uid }) => ({ kind: 'volume-attachment-gone', name, uid }),
  },
  {
    name: 'deviceclasses',
    path: '/apis/resource.k8s.io/v1/deviceclasses',
    optional: true,
    decodeJson: decodeDeviceClass,
    gone: ({ name, uid }) => ({ kind: 'device-class-gone', name, uid }),
  },
];

/** The ConfigMap of the expander priority, and no other: optional, since few have one. */
export function prioritiesKind(namespace: string): WatchedKind {
  return {
    name: 'configmaps',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`,
    fieldSelector: `metadata.name=${PRIORITIES_CONFIG_MAP}`,
    optional: true,
    decodeJson: decodePriorities,
    gone: ({ uid }) => ({ kind: 'priorities-gone', uid }),
  };
}

function controllers(name: WatchedKindName, api: string, kind: ControllerFacts['kind']): WatchedKind {
  return {
    name,
    path: `${api}/${name}`,
    decodeJson: (value, interner) => decodeController(value, interner, kind),
    gone: ({ uid }) => ({ kind: 'controller-gone', uid }),
  };
}
