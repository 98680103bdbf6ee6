/**
 * NodeVolumeLimits: how many volumes of each CSI driver a node takes. Volumes are counted, not pods: one that is attached
 * already, by whomever, costs nothing more. In-tree disks count as those of the driver that their plugin was migrated to.
 * A new node takes what the living one takes that it is modelled on, else what its provider says of such nodes.
 */
import type { Cluster, Slot } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import type { CsiDrivers, PersistentVolumeClaimFacts, VolumeHandle } from '../cluster/storage-facts.ts';
import { inlineVolumeHandle, isMigratedOn, migratedDriver } from '../cluster/migrated-volumes.ts';
import type { PlacementFilter } from './filter.ts';
import { rejectedForNow } from './filter.ts';
import { asks } from './per-profile.ts';
import { claimsOf, hasClaims, isMadeFor } from './pod-claims.ts';

const NAME = 'NodeVolumeLimits';

/** Whether the scheduler's profile has volumes counted at all. */
export const volumesAreCounted = asks(NAME);

/** Volumes by `driver/handle`; the value is the driver. */
export type Volumes = ReadonlyMap<string, string>;

export const nodeVolumeLimits: PlacementFilter = {
  name: NAME,
  concerns: hasCountableVolumes,
  filter(pod, slot, cluster) {
    const csiNode = csiNodeAt(cluster, slot);
    const wanted = volumesOf(pod, cluster, csiNode);
    const drivers = new Set(wanted.values());
    for (const driver of drivers) {
      if (csiNode?.drivers.has(driver) === true) continue;
      if (cluster.storage.csiDriver(driver)?.preventPodSchedulingIfMissing !== true) continue;
      return rejectedForNow(NAME, [{ code: 'DriverMissing', driver }]);
    }
    let attached: Volumes | undefined;
    for (const driver of drivers) {
      const limit = csiNode?.drivers.get(driver);
      if (limit === undefined) continue;
      attached ??= attachedVolumes(slot, cluster, csiNode);
      const more = countVolumes(wanted, driver, attached);
      const there = countVolumes(attached, driver);
      if (more === 0 || there + more <= limit) continue;
      return rejectedForNow(NAME, [{ code: 'TooManyVolumes', driver, attached: there, wanted: more, limit }]);
    }
    return undefined;
  },
};

/** Whether any of the pod's volumes may count. */
export function hasCountableVolumes(pod: PodFacts): boolean {
  return hasClaims(pod) || pod.spec.volumes.some(({ kind }) => kind === 'inline');
}

/** What is said of the CSI drivers of the node, or of those that it will have; `undefined`: nothing. */
export function csiNodeAt(cluster: Cluster, slot: Slot): CsiDrivers | undefined {
  const { name, modelledOn = name, volumeLimits } = cluster.node(slot);
  const said = cluster.storage.csiNode(name) ?? cluster.storage.csiNode(modelledOn);
  return said ?? (volumeLimits === undefined ? undefined : expectedCsiNode(volumeLimits));
}

const expected = new WeakMap<object, CsiDrivers>();

function expectedCsiNode(limits: Readonly<Record<string, number>>): CsiDrivers {
  let csiNode = expected.get(limits);
  if (csiNode === undefined) {
    csiNode = { drivers: new Map(Object.entries(limits)), migratedPlugins: [] };
    expected.set(limits, csiNode);
  }
  return csiNode;
}

/** How many of the driver's there are, those of `except` left out. */
export function countVolumes(volumes: Volumes, wanted: string, except?: Volumes): number {
  let found = 0;
  for (const [key, driver] of volumes) if (driver === wanted && except?.has(key) !== true) found += 1;
  return found;
}

/** The volumes of a pod on such a node, each once. */
export function volumesOf(pod: PodFacts, cluster: Cluster, csiNode: CsiDrivers | undefined): Volumes {
  const volumes = new Map<string, string>();
  addVolumes(volumes, pod, cluster, csiNode);
  return volumes;
}

/** What the node's pods use, and what is attached to it without any. */
export function attachedVolumes(slot: Slot, cluster: Cluster, csiNode: CsiDrivers | undefined): Volumes {
  const attached = new Map<string, string>();
  for (const pod of cluster.podsOn(slot).values()) addVolumes(attached, pod, cluster, csiNode);
  for (const { attacher, volumeName } of cluster.storage.attachmentsTo(cluster.node(slot).name)) {
    const disk = cluster.storage.volume(volumeName)?.disk;
    if (disk === undefined || disk.migratedFrom !== '') continue;
    add(attached, { ...disk, driver: attacher });
  }
  return attached;
}

function addVolumes(to: Map<string, string>, pod: PodFacts, cluster: Cluster, csiNode: CsiDrivers | undefined): void {
  for (const volume of pod.spec.volumes) {
    if (volume.kind === 'inline') addOn(csiNode, to, inlineVolumeHandle(volume));
  }
  for (const { claim, ephemeral } of claimsOf(pod, cluster.storage)) {
    if (claim === undefined || (ephemeral && !isMadeFor(claim, pod))) continue;
    addOn(csiNode, to, handleOf(claim, cluster));
  }
}

/** Of a claim without a volume, its class says which driver will make one; the claim itself tells it from others. */
function handleOf(claim: PersistentVolumeClaimFacts, cluster: Cluster): VolumeHandle | undefined {
  const volume = cluster.storage.volume(claim.volumeName);
  if (volume !== undefined) return volume.disk;
  const provisioner = cluster.storage.storageClass(claim.storageClassName)?.provisioner;
  if (provisioner === undefined) return undefined;
  const handle = `claim ${claim.namespace}/${claim.name}`;
  const driver = migratedDriver(provisioner);
  return driver === undefined
    ? { driver: provisioner, handle, migratedFrom: '' }
    : { driver, handle, migratedFrom: provisioner };
}

function addOn(csiNode: CsiDrivers | undefined, to: Map<string, string>, disk: VolumeHandle | undefined): void {
  if (disk === undefined) return;
  if (disk.migratedFrom !== '' && !isMigratedOn(disk.migratedFrom, csiNode)) return;
  add(to, disk);
}

function add(to: Map<string, string>, { driver, handle }: VolumeHandle): void {
  to.set(`${driver}/${handle}`, driver);
}
