/**
 * VolumeRestrictions: in-tree disks that cannot be attached twice, and claims that one pod alone may have. A claim that
 * is missing is noticed here, before the other volume plugins are asked.
 */
import type { InlineDisk, VolumeFacts } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { PlacementFilter, PodFilter } from './filter.ts';
import { rejectedForGood, rejectedForNow } from './filter.ts';

const NAME = 'VolumeRestrictions';

export const volumeRestrictionsOfPod: PodFilter = {
  kind: 'pod',
  name: NAME,
  filter({ namespace, spec }, cluster) {
    for (const volume of spec.volumes) {
      if (volume.kind !== 'claim' || cluster.storage.claim(namespace, volume.claimName) !== undefined) continue;
      return rejectedForGood(NAME, [{ code: 'ClaimMissing', claim: volume.claimName, ephemeral: false }]);
    }
    return undefined;
  },
};

export const volumeRestrictions: PlacementFilter = {
  kind: 'placement',
  name: NAME,
  filter({ namespace, spec }, slot, cluster) {
    for (const volume of spec.volumes) {
      if (volume.kind !== 'inline' || volume.disk === undefined) continue;
      for (const other of cluster.podsOn(slot).values()) {
        if (!other.spec.volumes.some((used) => disksClash(volume, used))) continue;
        return rejectedForNow(NAME, [{ code: 'DiskInUse', disk: volume.disk.id }]);
      }
    }
    for (const volume of spec.volumes) {
      if (volume.kind !== 'claim' || !cluster.storage.isClaimUsed(namespace, volume.claimName)) continue;
      const claim = cluster.storage.claim(namespace, volume.claimName);
      if (claim?.accessModes.includes('ReadWriteOncePod') !== true) continue;
      return rejectedForNow(NAME, [{ code: 'ClaimInUse', claim: podKey(claim) }]);
    }
    return undefined;
  },
};

/** Whether two pods with these volumes cannot share a node. */
function disksClash(a: VolumeFacts & { readonly kind: 'inline' }, b: VolumeFacts): boolean {
  if (b.kind !== 'inline' || a.source !== b.source || a.disk === undefined || b.disk === undefined) return false;
  if (a.disk.id !== b.disk.id) return false;
  switch (a.source) {
    case 'awsElasticBlockStore':
      return true;
    case 'gcePersistentDisk':
    case 'iscsi':
      return !bothRead(a.disk, b.disk);
    case 'rbd': {
      const { monitors } = b.disk;
      return !bothRead(a.disk, b.disk) && a.disk.monitors.some((monitor) => monitors.includes(monitor));
    }
    default:
      return false;
  }
}

function bothRead(a: InlineDisk, b: InlineDisk): boolean {
  return a.readOnly && b.readOnly;
}
