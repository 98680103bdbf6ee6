/**
 * NodeVolumeLimits: how many volumes of each CSI driver a node takes. Volumes are counted, not pods: one that is attached
 * already, by whomever, costs nothing more. In-tree disks count as those of the driver that their plugin was migrated to.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { CsiNodeFacts, PersistentVolumeClaimFacts, VolumeHandle } from '../cluster/storage-facts.ts';
import { inlineVolumeHandle, isMigratedOn, migratedDriver } from '../cluster/migrated-volumes.ts';
import type { PlacementFilter } from './filter.ts';
import { rejectedForNow } from './filter.ts';
import { isMadeFor } from './pod-claims.ts';

const NAME = 'NodeVolumeLimits';

/** Volumes by `driver/handle`; the value is the driver. */
type Volumes = Map<string, string>;

export const nodeVolumeLimits: PlacementFilter = {
  kind: 'placement',
  name: NAME,
  filter(pod, slot, cluster) {
    if (!hasCountable(pod)) return undefined;
    const { name, modelledOn = name } = cluster.node(slot);
    const csiNode = cluster.storage.csiNode(name) ?? cluster.storage.csiNode(modelledOn);
    const wanted: Volumes = new Map();
    addVolumes(wanted, pod, cluster, csiNode);
    if (wanted.size === 0) return undefined;
    for (const driver of new Set(wanted.values())) {
      if (csiNode?.drivers.has(driver) === true) continue;
      if (cluster.storage.csiDriver(driver)?.preventPodSchedulingIfMissing !== true) continue;
      return rejectedForNow(NAME, [{ code: 'DriverMissing', driver }]);
    }
    if (csiNode === undefined || !hasLimit(csiNode)) return undefined;
    const attached = attachedVolumes(slot, cluster, csiNode);
    for (const [driver, limit] of csiNode.drivers) {
      if (limit === undefined) continue;
      const more = count(wanted, driver, attached);
      const there = count(attached, driver);
      if (more === 0 || there + more <= limit) continue;
      return rejectedForNow(NAME, [{ code: 'TooManyVolumes', driver, attached: there, wanted: more, limit }]);
    }
    return undefined;
  },
};

function hasCountable({ spec }: PodFacts): boolean {
  return spec.volumes.some(({ kind }) => kind === 'claim' || kind === 'ephemeral' || kind === 'inline');
}

function hasLimit(csiNode: CsiNodeFacts): boolean {
  for (const limit of csiNode.drivers.values()) if (limit !== undefined) return true;
  return false;
}

function count(volumes: Volumes, wanted: string, except?: Volumes): number {
  let found = 0;
  for (const [key, driver] of volumes) if (driver === wanted && except?.has(key) !== true) found += 1;
  return found;
}

/** What the node's pods use, and what is attached to it without any. */
function attachedVolumes(slot: Slot, cluster: Cluster, csiNode: CsiNodeFacts): Volumes {
  const attached: Volumes = new Map();
  for (const pod of cluster.podsOn(slot).values()) addVolumes(attached, pod, cluster, csiNode);
  for (const { attacher, volumeName } of cluster.storage.attachmentsTo(cluster.node(slot).name)) {
    const disk = cluster.storage.volume(volumeName)?.disk;
    if (disk === undefined || disk.migratedFrom !== '') continue;
    add(attached, { ...disk, driver: attacher });
  }
  return attached;
}

function addVolumes(to: Volumes, pod: PodFacts, cluster: Cluster, csiNode: CsiNodeFacts | undefined): void {
  for (const volume of pod.spec.volumes) {
    if (volume.kind === 'inline') {
      addOn(csiNode, to, inlineVolumeHandle(volume));
      continue;
    }
    if (volume.kind !== 'claim' && volume.kind !== 'ephemeral') continue;
    const name = volume.kind === 'claim' ? volume.claimName : `${pod.name}-${volume.name}`;
    const claim = cluster.storage.claim(pod.namespace, name);
    if (claim === undefined || (volume.kind === 'ephemeral' && !isMadeFor(claim, pod))) continue;
    addOn(csiNode, to, handleOf(claim, cluster));
  }
}

/** Of a claim without a volume, its class says which driver will make one; the claim itself tells it from others. */
function handleOf(claim: PersistentVolumeClaimFacts, cluster: Cluster): VolumeHandle | undefined {
  const volume = claim.volumeName === '' ? undefined : cluster.storage.volume(claim.volumeName);
  if (volume !== undefined) return volume.disk;
  const provisioner = cluster.storage.storageClass(claim.storageClassName)?.provisioner ?? '';
  if (provisioner === '') return undefined;
  const handle = `claim ${claim.namespace}/${claim.name}`;
  const driver = migratedDriver(provisioner);
  return driver === undefined
    ? { driver: provisioner, handle, migratedFrom: '' }
    : { driver, handle, migratedFrom: provisioner };
}

function addOn(csiNode: CsiNodeFacts | undefined, to: Volumes, disk: VolumeHandle | undefined): void {
  if (disk === undefined) return;
  if (disk.migratedFrom !== '' && !isMigratedOn(disk.migratedFrom, csiNode)) return;
  add(to, disk);
}

function add(to: Volumes, { driver, handle }: VolumeHandle): void {
  to.set(`${driver}/${handle}`, driver);
}
