/**
 * VolumeZone: a bound volume that is labelled with a zone or region goes to nodes with that label only. A node without
 * any such label takes every volume.
 */
import type { Labels, PodFacts } from '../cluster/facts.ts';
import type { Storage } from '../cluster/storage.ts';
import type { PersistentVolumeFacts } from '../cluster/storage-facts.ts';
import type { PlacementFilter, PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import { claimsOf } from './pod-claims.ts';

const NAME = 'VolumeZone';

/** The topology labels; the old ones with the new ones that nodes may have in their stead. */
const LABELS: readonly (readonly [string, string])[] = [
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['topology.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['topology.kubernetes.io/region', 'topology.kubernetes.io/region'],
];
/** Between the zones of a volume that is in several. */
const SEPARATOR = '__';

export const volumeZoneOfPod: PodFilter = {
  kind: 'pod',
  name: NAME,
  filter(pod, { storage }) {
    for (const volumeName of boundVolumeNames(pod, storage)) {
      if (storage.volume(volumeName) !== undefined) continue;
      return rejectedForGood(NAME, [{ code: 'VolumeMissing', volume: volumeName }]);
    }
    return undefined;
  },
};

export const volumeZone: PlacementFilter = {
  kind: 'placement',
  name: NAME,
  filter(pod, slot, cluster) {
    if (pod.spec.volumes.length === 0) return undefined;
    const { labels } = cluster.node(slot);
    if (!LABELS.some(([key]) => Object.hasOwn(labels, key))) return undefined;
    for (const volumeName of boundVolumeNames(pod, cluster.storage)) {
      const volume = cluster.storage.volume(volumeName);
      const label = volume === undefined ? undefined : clashingLabel(volume, labels);
      if (label === undefined) continue;
      return rejectedForGood(NAME, [{ code: 'VolumeInAnotherZone', volume: volumeName, label }]);
    }
    return undefined;
  },
};

/** Ephemeral volumes are left out, as the scheduler leaves them out. */
function boundVolumeNames(pod: PodFacts, storage: Storage): readonly string[] {
  return claimsOf(pod, storage).flatMap(({ ephemeral, claim }) =>
    ephemeral || claim === undefined || claim.volumeName === '' ? [] : [claim.volumeName],
  );
}

function clashingLabel(volume: PersistentVolumeFacts, node: Labels): string | undefined {
  for (const [key, newKey] of LABELS) {
    const zones = volume.labels[key];
    if (zones === undefined) continue;
    const zone = node[key] ?? node[newKey];
    if (zone === undefined || !zones.split(SEPARATOR).includes(zone)) return `${key}=${zones}`;
  }
  return undefined;
}
