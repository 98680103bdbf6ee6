/** What CSI drivers say of themselves and of nodes, from JSON to facts: drivers, limits, capacities, attachments. */
import type { DecodeResult } from './decode-result.ts';
import { annotationsOf, bytesOf, decodeObject } from './decode-storage.ts';
import type { Interner } from './intern.ts';
import { labelSelectorFromJson } from './json-metadata.ts';

const MIGRATED_PLUGINS = 'storage.alpha.kubernetes.io/migrated-plugins';

/** Decodes a parsed CSINode. */
export function decodeCsiNode(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { name, uid }) => {
    const plugins = annotationsOf(root).get(MIGRATED_PLUGINS) ?? '';
    const drivers = root.objectOrEmpty('spec').objects('drivers');
    return {
      kind: 'csi-node',
      csiNode: {
        name,
        uid,
        drivers: new Map(
          drivers.map((driver) => [driver.text('name'), driver.objectOrEmpty('allocatable').integer('count')] as const),
        ),
        migratedPlugins: plugins === '' ? [] : plugins.split(','),
      },
    };
  });
}

/** Decodes a parsed CSIDriver. */
export function decodeCsiDriver(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { name, uid }) => {
    const spec = root.objectOrEmpty('spec');
    return {
      kind: 'csi-driver',
      csiDriver: {
        name,
        uid,
        storageCapacity: spec.boolean('storageCapacity'),
        preventPodSchedulingIfMissing: spec.boolean('preventPodSchedulingIfMissing'),
      },
    };
  });
}

/** Decodes a parsed CSIStorageCapacity. */
export function decodeCsiStorageCapacity(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { namespace, name, uid }) => ({
    kind: 'storage-capacity',
    storageCapacity: {
      namespace,
      name,
      uid,
      storageClassName: interner.text(root.text('storageClassName')),
      nodeTopology: labelSelectorFromJson(root, 'nodeTopology'),
      largestBytes: bytesOf(
        root.has('maximumVolumeSize') ? root.text('maximumVolumeSize') : capacityText(root.text('capacity')),
      ),
    },
  }));
}

/** Decodes a parsed VolumeAttachment. */
export function decodeVolumeAttachment(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { name, uid }) => {
    const spec = root.objectOrEmpty('spec');
    return {
      kind: 'volume-attachment',
      volumeAttachment: {
        name,
        uid,
        attacher: interner.text(spec.text('attacher')),
        nodeName: interner.text(spec.text('nodeName')),
        volumeName: spec.objectOrEmpty('source').text('persistentVolumeName'),
      },
    };
  });
}

function capacityText(text: string): string | undefined {
  return text === '' ? undefined : text;
}
