/**
 * VolumeZone: a bound volume that is labelled with a zone or region goes to nodes with that label only. A node without
 * any such label takes every volume.
 */
import type { Labels, PodFacts } from '../cluster/facts.ts';
import type { Storage } from '../cluster/storage.ts';
import type { PlacementFilter, PodFilter } from './filter.ts';
import { rejectedForGood } from './filter.ts';
import { claimsOf, hasClaims, namesClaims } from './pod-claims.ts';

const NAME = 'VolumeZone';

/** The topology labels, each with the one by which a newer node says the same. */
const LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region': 'topology.kubernetes.io/region',
};
/** Between the zones of a volume that is in several. */
const SEPARATOR = '__';
/** Of a volume without the label. */
const NO_ZONES = [''];

export const volumeZoneOfPod: PodFilter = {
  name: NAME,
  concerns: namesClaims,
  filter(pod, { storage }) {
    for (const volumeName of boundVolumeNames(pod, storage)) {
      if (storage.volume(volumeName) !== undefined) continue;
      return rejectedForGood(NAME, [{ code: 'VolumeMissing', volume: volumeName }]);
    }
    return undefined;
  },
};

export const volumeZone: PlacementFilter = {
  name: NAME,
  concerns: hasClaims,
  filter(pod, slot, cluster) {
    const { labels } = cluster.node(slot);
    if (!Object.keys(LABELS).some((key) => Object.hasOwn(labels, key))) return undefined;
    for (const volumeName of boundVolumeNames(pod, cluster.storage)) {
      const label = clashingLabel(cluster.storage.volume(volumeName)?.labels ?? {}, labels);
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

/** A list of zones with an empty one in it says nothing, to the scheduler too. */
function clashingLabel(volume: Labels, node: Labels): string | undefined {
  for (const [key, newKey] of Object.entries(LABELS)) {
    const value = volume[key];
    const zones = value?.split(SEPARATOR) ?? NO_ZONES;
    if (zones.includes('')) continue;
    const zone = node[key] ?? node[newKey];
    if (zone === undefined || !zones.includes(zone)) return `${key}=${value}`;
  }
  return undefined;
}
