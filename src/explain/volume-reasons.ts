/**
 * Why a pod's volumes keep it off a node, or off every node: part of the catalogue of reasons (reasons.ts), with the
 * words for it, ours and kube-scheduler's.
 */
import { unreachable } from '../cluster/invariant.ts';
import { wordAmount, wordCount } from './amounts.ts';

export type VolumeReason =
  /** The claim is not there. For an `ephemeral` volume that is normal until its controller has made it. */
  | { readonly code: 'ClaimMissing'; readonly claim: string; readonly ephemeral: boolean }
  /** The claim's volume is gone for good (phase Lost). */
  | { readonly code: 'ClaimLost'; readonly claim: string; readonly volume: string }
  | { readonly code: 'ClaimBeingDeleted'; readonly claim: string }
  /** The claim that the ephemeral volume needs exists and belongs to someone else. Both as `namespace/name`. */
  | { readonly code: 'ClaimOfAnotherPod'; readonly claim: string; readonly pod: string }
  /** The claim's class binds at once, and that has not happened: no node matters until it has. */
  | { readonly code: 'ClaimUnbound'; readonly claim: string }
  | { readonly code: 'VolumeMissing'; readonly volume: string }
  /** The claim is bound to a volume that is gone; found out at the nodes, which only ephemeral volumes get to. */
  | { readonly code: 'BoundVolumeGone'; readonly volume: string }
  /** An in-tree disk that another pod on the node uses. */
  | { readonly code: 'DiskInUse'; readonly disk: string }
  /** The claim is ReadWriteOncePod, and a pod has it. */
  | { readonly code: 'ClaimInUse'; readonly claim: string }
  | {
      readonly code: 'TooManyVolumes';
      readonly driver: string;
      readonly attached: number;
      readonly wanted: number;
      readonly limit: number;
    }
  | { readonly code: 'DriverMissing'; readonly driver: string }
  /** The bound volume is not reached from the node. */
  | { readonly code: 'VolumeElsewhere'; readonly volume: string }
  /** Nothing to bind to from this node, and nothing can be made for it. */
  | { readonly code: 'NoVolumeToBind'; readonly claim: string }
  | { readonly code: 'NotEnoughStorage'; readonly claim: string; readonly requestedBytes: number }
  /** The volume's zone or region is not the node's. */
  | { readonly code: 'VolumeInAnotherZone'; readonly volume: string; readonly label: string };

const ADVICE: Readonly<Record<VolumeReason['code'], string>> = {
  ClaimMissing: 'Create the claim, or correct its name in the pod.',
  ClaimLost: 'Its volume is gone: delete the claim and restore the data.',
  ClaimBeingDeleted: 'Wait until it is gone, and create it anew.',
  ClaimOfAnotherPod: 'Delete or rename the claim that stands in the way.',
  ClaimUnbound: 'Look at the claim: kubectl describe pvc. A class with WaitForFirstConsumer waits for the pod instead.',
  VolumeMissing: 'The volume was deleted: delete the claim, or restore the volume.',
  BoundVolumeGone: 'The volume was deleted: delete the claim, or restore the volume.',
  DiskInUse: 'Use a volume claim instead of a disk in the pod, or let only one pod use it.',
  ClaimInUse: 'The claim is ReadWriteOncePod: only one pod may have it.',
  TooManyVolumes: 'A new node takes more; fewer volumes a pod let more of them share a node.',
  DriverMissing: "Look at the CSI driver's DaemonSet: it does not run on the node.",
  VolumeElsewhere: 'Let the pod run where the volume is, or move its data to a volume that other nodes reach.',
  NoVolumeToBind: "Look at the claim's storage class: its allowed topologies, its provisioner, its free volumes.",
  NotEnoughStorage: 'Ask for less, or add storage where the pod may run.',
  VolumeInAnotherZone: 'Add a node pool where the volume is, or move its data to a volume that the pools reach.',
};

export function isVolumeReason<R extends { readonly code: string }>(
  reason: R,
): reason is Extract<R, { readonly code: VolumeReason['code'] }> {
  return Object.hasOwn(ADVICE, reason.code);
}

/** What a person can do about it; '' where there is nothing. */
export function volumeAdvice(reason: VolumeReason): string {
  return ADVICE[reason.code];
}

/** The reason as a clause. */
export function describeVolume(reason: VolumeReason): string {
  switch (reason.code) {
    case 'ClaimMissing':
      return reason.ephemeral
        ? `its volume claim ${reason.claim} is not made yet`
        : `its volume claim ${reason.claim} does not exist`;
    case 'ClaimLost':
      return `the volume ${reason.volume} of its claim ${reason.claim} is lost`;
    case 'ClaimBeingDeleted':
      return `its volume claim ${reason.claim} is being deleted`;
    case 'ClaimOfAnotherPod':
      return `the claim ${reason.claim} that it needs belongs to something else`;
    case 'ClaimUnbound':
      return `its volume claim ${reason.claim} has no volume yet`;
    case 'VolumeMissing':
    case 'BoundVolumeGone':
      return `its volume ${reason.volume} does not exist`;
    case 'DiskInUse':
      return `its disk ${reason.disk} is in use on the node`;
    case 'ClaimInUse':
      return `its volume claim ${reason.claim} is in use by another pod`;
    case 'TooManyVolumes':
      return `needs ${wordCount(reason.wanted, 'more volume')} of ${reason.driver}, ${reason.attached} of ${reason.limit} are attached`;
    case 'DriverMissing':
      return `the node has no CSI driver ${reason.driver}`;
    case 'VolumeElsewhere':
      return `its volume ${reason.volume} cannot be reached from the node`;
    case 'NoVolumeToBind':
      return `there is no volume for its claim ${reason.claim}, and none can be made for the node`;
    case 'NotEnoughStorage':
      return `needs ${wordAmount('memory', reason.requestedBytes)} for its claim ${reason.claim}, more than can be made for the node`;
    case 'VolumeInAnotherZone':
      return `its volume ${reason.volume} is elsewhere (${reason.label})`;
    default:
      return unreachable(reason);
  }
}

/** kube-scheduler's own words. */
export function volumeMessage(reason: VolumeReason): string {
  switch (reason.code) {
    case 'ClaimMissing':
      return reason.ephemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${reason.claim}"`
        : `persistentvolumeclaim "${reason.claim}" not found`;
    case 'ClaimLost':
      return `persistentvolumeclaim "${reason.claim}" bound to non-existent persistentvolume "${reason.volume}"`;
    case 'ClaimBeingDeleted':
      return `persistentvolumeclaim "${reason.claim}" is being deleted`;
    case 'ClaimOfAnotherPod':
      return `PVC ${reason.claim} was not created for pod ${reason.pod} (pod is not owner)`;
    case 'ClaimUnbound':
      return 'pod has unbound immediate PersistentVolumeClaims';
    case 'VolumeMissing':
      return `persistentvolume "${reason.volume}" not found`;
    case 'BoundVolumeGone':
      return 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
    case 'DiskInUse':
      return 'node(s) had no available disk';
    case 'ClaimInUse':
      return 'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';
    case 'TooManyVolumes':
      return 'node(s) exceed max volume count';
    case 'DriverMissing':
      return `${reason.driver} CSI driver is not installed on the node`;
    case 'VolumeElsewhere':
      return "node(s) didn't match PersistentVolume's node affinity";
    case 'NoVolumeToBind':
      return "node(s) didn't find available persistent volumes to bind";
    case 'NotEnoughStorage':
      return 'node(s) did not have enough free storage';
    case 'VolumeInAnotherZone':
      return 'node(s) had no available volume zone';
    default:
      return unreachable(reason);
  }
}
