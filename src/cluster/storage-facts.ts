/**
 * Facts of storage: claims, volumes, classes and what the CSI drivers say of nodes, as far as scheduling asks. Made at
 * the door like all facts (facts.ts). A quantity that could not be read is `undefined` and satisfies nothing.
 */
import type { Labels, LabelSelector, NodeSelectorTerm } from './facts.ts';

export interface PersistentVolumeClaimFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `spec.volumeName`; empty while unbound. */
  readonly volumeName: string;
  /** The binding is complete (annotation `pv.kubernetes.io/bind-completed`). */
  readonly bindCompleted: boolean;
  /** The node that a volume is being provisioned for (annotation); empty: none chosen yet. */
  readonly selectedNode: string;
  /** Empty: no class. */
  readonly storageClassName: string;
  readonly attributesClassName: string;
  readonly accessModes: readonly string[];
  readonly volumeMode: string;
  /** Requested bytes; `undefined`: none said, or unreadable. */
  readonly requestedBytes: number | undefined;
  /** Which volumes may be bound; `undefined`: any. */
  readonly selector: LabelSelector | undefined;
  readonly phase: string;
  readonly deleting: boolean;
  /** The pod that owns the claim of an ephemeral volume. */
  readonly controllerUid: string;
}

/** A disk as a CSI driver knows it. */
export interface VolumeHandle {
  readonly driver: string;
  readonly handle: string;
  /** The in-tree plugin that the volume is written for; counts only on nodes where it is migrated. Empty: CSI itself. */
  readonly migratedFrom: string;
}

export interface PersistentVolumeFacts {
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly capacityBytes: number | undefined;
  readonly accessModes: readonly string[];
  readonly volumeMode: string;
  readonly storageClassName: string;
  readonly attributesClassName: string;
  /** The claim that has it, or is to have it. */
  readonly claim: { readonly namespace: string; readonly name: string; readonly uid: string } | undefined;
  readonly phase: string;
  readonly deleting: boolean;
  /** The nodes that reach it; `undefined`: all. */
  readonly nodeAffinity: readonly NodeSelectorTerm[] | undefined;
  /** `undefined`: a kind of volume that no driver counts. */
  readonly disk: VolumeHandle | undefined;
}

/** Labels that a node must have, each with one of the values. */
export type TopologyTerm = readonly { readonly key: string; readonly values: readonly string[] }[];

export interface StorageClassFacts {
  readonly name: string;
  readonly uid: string;
  readonly provisioner: string;
  /** `volumeBindingMode: WaitForFirstConsumer`. */
  readonly waitsForConsumer: boolean;
  /** Terms of which one must match the node; none: every node. */
  readonly allowedTopologies: readonly TopologyTerm[];
}

export interface CsiNodeFacts extends CsiDrivers {
  /** The node's name. */
  readonly name: string;
  readonly uid: string;
}

/** What a node says of its CSI drivers. */
export interface CsiDrivers {
  /** Installed drivers by name; the most volumes the node takes, `undefined`: no limit. */
  readonly drivers: ReadonlyMap<string, number | undefined>;
  /** In-tree plugins that the node says are migrated to CSI (`kubernetes.io/portworx-volume`). */
  readonly migratedPlugins: readonly string[];
}

export interface CsiDriverFacts {
  readonly name: string;
  readonly uid: string;
  /** Publishes CSIStorageCapacity objects that count. */
  readonly storageCapacity: boolean;
  readonly preventPodSchedulingIfMissing: boolean;
}

export interface CsiStorageCapacityFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly storageClassName: string;
  /** The nodes that reach the capacity; `undefined`: none. */
  readonly nodeTopology: LabelSelector | undefined;
  /** The largest volume that can be made: `maximumVolumeSize`, or else `capacity`; `undefined`: neither is said. */
  readonly largestBytes: number | undefined;
}

export interface VolumeAttachmentFacts {
  readonly name: string;
  readonly uid: string;
  readonly attacher: string;
  readonly nodeName: string;
  /** Empty: an inline volume. */
  readonly volumeName: string;
}

/** What the watches tell of storage. */
export type StorageEvent =
  | { readonly kind: 'claim'; readonly claim: PersistentVolumeClaimFacts }
  | { readonly kind: 'claim-gone'; readonly namespace: string; readonly name: string; readonly uid: string }
  | { readonly kind: 'volume'; readonly volume: PersistentVolumeFacts }
  | { readonly kind: 'volume-gone'; readonly name: string; readonly uid: string }
  | { readonly kind: 'storage-class'; readonly storageClass: StorageClassFacts }
  | { readonly kind: 'storage-class-gone'; readonly name: string; readonly uid: string }
  | { readonly kind: 'csi-node'; readonly csiNode: CsiNodeFacts }
  | { readonly kind: 'csi-node-gone'; readonly name: string; readonly uid: string }
  | { readonly kind: 'csi-driver'; readonly csiDriver: CsiDriverFacts }
  | { readonly kind: 'csi-driver-gone'; readonly name: string; readonly uid: string }
  | { readonly kind: 'storage-capacity'; readonly storageCapacity: CsiStorageCapacityFacts }
  | { readonly kind: 'storage-capacity-gone'; readonly namespace: string; readonly name: string; readonly uid: string }
  | { readonly kind: 'volume-attachment'; readonly volumeAttachment: VolumeAttachmentFacts }
  | { readonly kind: 'volume-attachment-gone'; readonly name: string; readonly uid: string };
