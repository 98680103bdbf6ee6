/** The kinds that are observed: where each is listed, in which formats, and how an object of it becomes an event. */
import type { ClusterEvent, ControllerFacts } from '../cluster/facts.ts';
import { decodeController } from './decode-controllers.ts';
import { decodeNodeJson } from './decode-node-json.ts';
import { decodeNodeProtobuf } from './decode-node-protobuf.ts';
import { decodePodDisruptionBudget } from './decode-pdb.ts';
import { decodePodJson } from './decode-pod-json.ts';
import { decodePodProtobuf } from './decode-pod-protobuf.ts';
import type { DecodeResult } from './decode-result.ts';
import type { Interner } from './intern.ts';

export interface WatchedKind {
  /** Plural, as in the API's path and in RBAC. */
  readonly name: WatchedKindName;
  readonly path: string;
  decodeJson(value: unknown, interner: Interner): DecodeResult;
  /** Absent: the kind is asked for in JSON only. */
  readonly decodeProtobuf?: (bytes: Uint8Array, interner: Interner) => DecodeResult;
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
  | 'replicationcontrollers';

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
];

function controllers(name: WatchedKindName, api: string, kind: ControllerFacts['kind']): WatchedKind {
  return {
    name,
    path: `${api}/${name}`,
    decodeJson: (value, interner) => decodeController(value, interner, kind),
    gone: ({ uid }) => ({ kind: 'controller-gone', uid }),
  };
}
