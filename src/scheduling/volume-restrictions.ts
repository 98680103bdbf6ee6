/**
 * VolumeRestrictions: in-tree disks that cannot be attached twice, and claims that one pod alone may have. A claim that
 * is missing is noticed here, before the other volume plugins are asked.
 */
import type { InlineDisk } from '../cluster/facts.ts';
import { podKey } from '../cluster/facts.ts';
import type { PlacementFilter, PodFilter } from './filter.ts';
import { rejectedForGood, rejectedForNow } from './filter.ts';
import { perSpec } from './per-spec.ts';
import { namesClaims } from './pod-claims.ts';

const NAME = 'VolumeRestrictions';

export const volumeRestrictionsOfPod: PodFilter = {
  name: NAME,
  concerns: namesClaims,
  filter({ namespace, spec }, cluster) {
    for (const volume of spec.volumes) {
      if (volume.kind !== 'claim' || cluster.storage.claim(namespace, volume.claimName) !== undefined) continue;
      return rejectedForGood(NAME, [{ code: 'ClaimMissing', claim: volume.claimName, ephemeral: false }]);
    }
    return undefined;
  },
};

export const volumeRestrictions: PlacementFilter = {
  name: NAME,
  concerns: ({ spec }) => spec.volumes.some(({ kind }) => kind === 'claim' || kind === 'inline'),
  filter({ namespace, spec }, slot, cluster) {
    for (const disk of disksOf(spec)) {
      for (const other of cluster.podsOn(slot).values()) {
        if (!disksOf(other.spec).some((used) => disksClash(disk, used))) continue;
        return rejectedForNow(NAME, [{ code: 'DiskInUse', disk: disk.id }]);
      }
    }
    for (const volume of spec.volumes) {
      if (volume.kind !== 'claim' || !cluster.storage.isClaimUsed(namespace, volume.claimName)) continue;
      const claim = cluster.storage.claim(namespace, volume.claimName);
      if (claim === undefined || !claim.accessModes.includes('ReadWriteOncePod')) continue;
      return rejectedForNow(NAME, [{ code: 'ClaimInUse', claim: podKey(claim) }]);
    }
    return undefined;
  },
};

interface SourcedDisk extends InlineDisk {
  readonly source: string;
}

/** The in-tree disks that the scheduler compares. */
const disksOf = perSpec(({ volumes }): readonly SourcedDisk[] =>
  volumes.flatMap((volume) =>
    volume.kind === 'inline' && volume.disk !== undefined ? [{ source: volume.source, ...volume.disk }] : [],
  ),
);

/** Whether two pods with these disks cannot share a node. */
function disksClash(a: SourcedDisk, b: SourcedDisk): boolean {
  if (a.source !== b.source || a.id !== b.id) return false;
  switch (a.source) {
    case 'awsElasticBlockStore':
      return true;
    case 'gcePersistentDisk':
    case 'iscsi':
      return !bothRead(a, b);
    case 'rbd':
      return !bothRead(a, b) && a.monitors.some((monitor) => b.monitors.includes(monitor));
    default:
      return false;
  }
}

function bothRead(a: InlineDisk, b: InlineDisk): boolean {
  return a.readOnly && b.readOnly;
}
