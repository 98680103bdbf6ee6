/**
 * The index of storage: what claims, volumes, classes and CSI objects there are, which pods use a claim, and what a
 * trial assumes of them.
 *
 * 1. Assumptions (a volume taken by a claim, a claim tied to a node) are made within trials and undone by their rollback.
 * 2. Volumes of a class are walked in the order of their names, whatever the order of events (I10).
 */
import { podKey } from './facts.ts';
import type { PodFacts } from './facts.ts';
import type {
  CsiDriverFacts,
  CsiNodeFacts,
  CsiStorageCapacityFacts,
  PersistentVolumeClaimFacts,
  PersistentVolumeFacts,
  StorageClassFacts,
  StorageEvent,
  VolumeAttachmentFacts,
} from './storage-facts.ts';
import { StorageTable } from './storage-table.ts';

/** Where changes within a trial are written down. */
export interface UndoLog {
  record(undo: () => void): void;
}

export class Storage {
  readonly #undo: UndoLog;
  readonly #claims = new StorageTable<PersistentVolumeClaimFacts>();
  readonly #volumes = new StorageTable<PersistentVolumeFacts>((volume) => volume.storageClassName);
  readonly #classes = new StorageTable<StorageClassFacts>();
  readonly #nodes = new StorageTable<CsiNodeFacts>();
  readonly #drivers = new StorageTable<CsiDriverFacts>();
  readonly #capacities = new StorageTable<CsiStorageCapacityFacts>((capacity) => capacity.storageClassName);
  readonly #attachments = new StorageTable<VolumeAttachmentFacts>((attachment) => attachment.nodeName);
  /** How many placed pods use each claim, by `namespace/name`. */
  readonly #users = new Map<string, number>();

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  /** Brings the index up to date with one event. */
  apply(event: StorageEvent): void {
    switch (event.kind) {
      case 'claim':
        this.#claims.set(podKey(event.claim), event.claim);
        return;
      case 'claim-gone':
        this.#claims.drop(podKey(event), event.uid);
        return;
      case 'volume':
        this.#volumes.set(event.volume.name, event.volume);
        return;
      case 'volume-gone':
        this.#volumes.drop(event.name, event.uid);
        return;
      case 'storage-class':
        this.#classes.set(event.storageClass.name, event.storageClass);
        return;
      case 'storage-class-gone':
        this.#classes.drop(event.name, event.uid);
        return;
      case 'csi-node':
        this.#nodes.set(event.csiNode.name, event.csiNode);
        return;
      case 'csi-node-gone':
        this.#nodes.drop(event.name, event.uid);
        return;
      case 'csi-driver':
        this.#drivers.set(event.csiDriver.name, event.csiDriver);
        return;
      case 'csi-driver-gone':
        this.#drivers.drop(event.name, event.uid);
        return;
      case 'storage-capacity':
        this.#capacities.set(podKey(event.storageCapacity), event.storageCapacity);
        return;
      case 'storage-capacity-gone':
        this.#capacities.drop(podKey(event), event.uid);
        return;
      case 'volume-attachment':
        this.#attachments.set(event.volumeAttachment.name, event.volumeAttachment);
        return;
      case 'volume-attachment-gone':
        this.#attachments.drop(event.name, event.uid);
        return;
    }
  }

  /** The events that make an index like this one. */
  *retold(): Generator<StorageEvent> {
    for (const claim of this.#claims.values()) yield { kind: 'claim', claim };
    for (const volume of this.#volumes.values()) yield { kind: 'volume', volume };
    for (const storageClass of this.#classes.values()) yield { kind: 'storage-class', storageClass };
    for (const csiNode of this.#nodes.values()) yield { kind: 'csi-node', csiNode };
    for (const csiDriver of this.#drivers.values()) yield { kind: 'csi-driver', csiDriver };
    for (const storageCapacity of this.#capacities.values()) yield { kind: 'storage-capacity', storageCapacity };
    for (const volumeAttachment of this.#attachments.values()) yield { kind: 'volume-attachment', volumeAttachment };
  }

  // ---- What there is -------------------------------------------------------------------------------------------

  claim(namespace: string, name: string): PersistentVolumeClaimFacts | undefined {
    return this.#claims.get(podKey({ namespace, name }));
  }

  volume(name: string): PersistentVolumeFacts | undefined {
    return this.#volumes.get(name);
  }

  /** The volumes of a class, in the order of their names. */
  volumesOfClass(storageClassName: string): readonly PersistentVolumeFacts[] {
    return this.#volumes.group(storageClassName);
  }

  storageClass(name: string): StorageClassFacts | undefined {
    return this.#classes.get(name);
  }

  csiNode(nodeName: string): CsiNodeFacts | undefined {
    return this.#nodes.get(nodeName);
  }

  csiDriver(name: string): CsiDriverFacts | undefined {
    return this.#drivers.get(name);
  }

  capacitiesOfClass(storageClassName: string): readonly CsiStorageCapacityFacts[] {
    return this.#capacities.group(storageClassName);
  }

  attachmentsTo(nodeName: string): readonly VolumeAttachmentFacts[] {
    return this.#attachments.group(nodeName);
  }

  /** Whether a placed pod uses the claim, on whatever node. */
  isClaimUsed(namespace: string, name: string): boolean {
    return this.#users.has(podKey({ namespace, name }));
  }

  // ---- Keeping count of users ----------------------------------------------------------------------------------

  /** Counts (1) or discounts (-1) the claims of a pod that comes to a node or leaves it. */
  countUser(pod: PodFacts, sign: 1 | -1): void {
    for (const volume of pod.spec.volumes) {
      if (volume.kind !== 'claim') continue;
      const key = podKey({ namespace: pod.namespace, name: volume.claimName });
      const count = (this.#users.get(key) ?? 0) + sign;
      if (count === 0) this.#users.delete(key);
      else this.#users.set(key, count);
    }
  }

  // ---- Assumptions of a trial ----------------------------------------------------------------------------------

  /** Within a trial: the volume is taken by the claim. */
  assumeTaken(volume: PersistentVolumeFacts, claim: PersistentVolumeClaimFacts): void {
    const { namespace, name, uid } = claim;
    this.#volumes.set(volume.name, { ...volume, claim: { namespace, name, uid } });
    this.#undo.record(() => this.#volumes.set(volume.name, volume));
  }

  /** Within a trial: a volume for the claim is to be provisioned for that node. */
  assumeProvisioned(claim: PersistentVolumeClaimFacts, nodeName: string): void {
    this.#claims.set(podKey(claim), { ...claim, selectedNode: nodeName });
    this.#undo.record(() => this.#claims.set(podKey(claim), claim));
  }
}
