/** In-tree disks that CSI drivers serve where they are migrated: which driver, and how that names the disk. */
import type { VolumeFacts } from './facts.ts';
import type { CsiDrivers, VolumeHandle } from './storage-facts.ts';

/** In-tree plugins by their names, with the CSI drivers that replace them. */
const DRIVERS: ReadonlyMap<string, string> = new Map([
  ['kubernetes.io/aws-ebs', 'ebs.csi.aws.com'],
  ['kubernetes.io/gce-pd', 'pd.csi.storage.gke.io'],
  ['kubernetes.io/azure-disk', 'disk.csi.azure.com'],
  ['kubernetes.io/azure-file', 'file.csi.azure.com'],
  ['kubernetes.io/cinder', 'cinder.csi.openstack.org'],
  ['kubernetes.io/vsphere-volume', 'csi.vsphere.vmware.com'],
  ['kubernetes.io/portworx-volume', 'pxd.portworx.com'],
]);

/** Long migrated everywhere: the scheduler takes that for granted on every node that has a CSINode. */
const ALWAYS_MIGRATED: ReadonlySet<string> = new Set([
  'kubernetes.io/aws-ebs',
  'kubernetes.io/gce-pd',
  'kubernetes.io/azure-disk',
  'kubernetes.io/cinder',
]);
/** Migrated on the nodes that say so. */
const MIGRATED_BY_NODE = 'kubernetes.io/portworx-volume';

/** Volume sources by their field name, with the in-tree plugins that served them. */
const PLUGINS: ReadonlyMap<string, string> = new Map([
  ['awsElasticBlockStore', 'kubernetes.io/aws-ebs'],
  ['gcePersistentDisk', 'kubernetes.io/gce-pd'],
  ['azureDisk', 'kubernetes.io/azure-disk'],
  ['azureFile', 'kubernetes.io/azure-file'],
  ['cinder', 'kubernetes.io/cinder'],
  ['vsphereVolume', 'kubernetes.io/vsphere-volume'],
  ['portworxVolume', 'kubernetes.io/portworx-volume'],
]);

/** The zone in a GCE disk's handle where none is known. */
const NO_ZONE = 'UNSPECIFIED';

/** The driver that replaces an in-tree plugin; `undefined`: the name is no in-tree plugin's. */
export function migratedDriver(plugin: string): string | undefined {
  return DRIVERS.get(plugin);
}

/** Whether the plugin's disks count as the driver's on that node. */
export function isMigratedOn(plugin: string, csiNode: CsiDrivers | undefined): boolean {
  if (csiNode === undefined) return false;
  return ALWAYS_MIGRATED.has(plugin) || (plugin === MIGRATED_BY_NODE && csiNode.migratedPlugins.includes(plugin));
}

/** The handle of an in-tree disk by its source; `undefined`: no driver serves such a source. */
export function inTreeVolumeHandle(source: string, id: string, zone = NO_ZONE): VolumeHandle | undefined {
  const plugin = PLUGINS.get(source);
  const driver = plugin === undefined ? undefined : DRIVERS.get(plugin);
  if (plugin === undefined || driver === undefined || id === '') return undefined;
  return { driver, handle: handleOf(source, id, zone), migratedFrom: plugin };
}

/** The handle of a pod's inline disk. CSI inline volumes are not attached, so they have none. */
export function inlineVolumeHandle(volume: VolumeFacts & { readonly kind: 'inline' }): VolumeHandle | undefined {
  return volume.disk === undefined ? undefined : inTreeVolumeHandle(volume.source, volume.disk.id);
}

function handleOf(source: string, id: string, zone: string): string {
  // An EBS volume may be written with its zone (`aws://zone/vol-1`); the driver knows it by the last part.
  if (source === 'awsElasticBlockStore') return id.slice(id.lastIndexOf('/') + 1);
  if (source === 'gcePersistentDisk') return `projects/UNSPECIFIED/zones/${zone}/disks/${id}`;
  return id;
}
