/** Builders of storage facts for tests. What is not said is plain: one byte, read-write once, of the class `local`. */
import type { Cluster } from './cluster.ts';
import type {
  PersistentVolumeClaimFacts,
  PersistentVolumeFacts,
  StorageClassFacts,
  StorageEvent,
} from './storage-facts.ts';

/** An unbound claim. */
export function aClaim(name: string, rest: Partial<PersistentVolumeClaimFacts> = {}): PersistentVolumeClaimFacts {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    volumeName: '',
    bindCompleted: false,
    selectedNode: '',
    storageClassName: 'local',
    attributesClassName: '',
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    requestedBytes: 1,
    selector: undefined,
    phase: 'Pending',
    deleting: false,
    controllerUid: '',
    ...rest,
  };
}

/** A free volume that every node reaches. */
export function aVolume(name: string, rest: Partial<PersistentVolumeFacts> = {}): PersistentVolumeFacts {
  return {
    name,
    uid: `uid-${name}`,
    labels: {},
    capacityBytes: 1,
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    storageClassName: 'local',
    attributesClassName: '',
    claim: undefined,
    phase: 'Available',
    deleting: false,
    nodeAffinity: undefined,
    disk: undefined,
    ...rest,
  };
}

/** A class whose claims wait for their pod, and for which nothing is provisioned. */
export function aStorageClass(name: string, rest: Partial<StorageClassFacts> = {}): StorageClassFacts {
  return {
    name,
    uid: `uid-${name}`,
    provisioner: 'kubernetes.io/no-provisioner',
    waitsForConsumer: true,
    allowedTopologies: [],
    ...rest,
  };
}

/** What a model is to be told of. */
export interface StorageSketch {
  readonly claims?: readonly PersistentVolumeClaimFacts[];
  readonly volumes?: readonly PersistentVolumeFacts[];
  readonly classes?: readonly StorageClassFacts[];
  readonly events?: readonly StorageEvent[];
}

/** The same model, told of these. */
export function withStorage(cluster: Cluster, sketch: StorageSketch): Cluster {
  for (const storageClass of sketch.classes ?? []) cluster.apply({ kind: 'storage-class', storageClass });
  for (const volume of sketch.volumes ?? []) cluster.apply({ kind: 'volume', volume });
  for (const claim of sketch.claims ?? []) cluster.apply({ kind: 'claim', claim });
  for (const event of sketch.events ?? []) cluster.apply(event);
  return cluster;
}
