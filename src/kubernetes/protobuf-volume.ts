/** A pod's volumes from protobuf. On the wire a volume's source is a message of its own, inside the volume. */
import type { VolumeFacts } from '../cluster/facts.ts';
import { IGNORED_VOLUME_SOURCES } from './pod-shape.ts';
import { readInlineDisk } from './inline-disk.ts';
import { eachField, type ProtobufReader } from './protobuf-reader.ts';

export function readVolume(reader: ProtobufReader): readonly VolumeFacts[] {
  let name = '';
  let volume: VolumeFacts | undefined;
  eachField(reader, (field) => {
    if (field === 1) name = reader.text();
    else if (field === 2) volume = readVolumeSource(reader);
  });
  return volume === undefined ? [] : [{ ...volume, name }];
}

/** The name is filled in by the caller: on the wire it stands outside the source. */
function readVolumeSource(reader: ProtobufReader): VolumeFacts | undefined {
  let volume: VolumeFacts | undefined;
  eachField(reader, (field) => {
    if (field === 1) volume = { kind: 'hostPath', name: '' };
    else if (field === 2) volume = readEmptyDir(reader);
    else if (field === 10) volume = readClaim(reader);
    else if (field === 29) volume = { kind: 'ephemeral', name: '' };
    else {
      const source = VOLUME_SOURCES[field] ?? `unknown source ${field}`;
      if (IGNORED_VOLUME_SOURCES.has(source)) return;
      const disk = readInlineDisk(source, reader);
      volume = disk === undefined ? { kind: 'inline', name: '', source } : { kind: 'inline', name: '', source, disk };
    }
  });
  return volume;
}

function readEmptyDir(reader: ProtobufReader): VolumeFacts {
  let medium = '';
  eachField(reader, (field) => {
    if (field === 1) medium = reader.text();
  });
  return { kind: 'emptyDir', name: '', medium };
}

function readClaim(reader: ProtobufReader): VolumeFacts {
  let claimName = '';
  let readOnly = false;
  eachField(reader, (field) => {
    if (field === 1) claimName = reader.text();
    else if (field === 2) readOnly = reader.boolean();
  });
  return { kind: 'claim', name: '', claimName, readOnly };
}

/** The fields of VolumeSource by number; their JSON names, which the facts use. */
export const VOLUME_SOURCES: Readonly<Record<number, string>> = {
  1: 'hostPath',
  2: 'emptyDir',
  3: 'gcePersistentDisk',
  4: 'awsElasticBlockStore',
  5: 'gitRepo',
  6: 'secret',
  7: 'nfs',
  8: 'iscsi',
  9: 'glusterfs',
  10: 'persistentVolumeClaim',
  11: 'rbd',
  12: 'flexVolume',
  13: 'cinder',
  14: 'cephfs',
  15: 'flocker',
  16: 'downwardAPI',
  17: 'fc',
  18: 'azureFile',
  19: 'configMap',
  20: 'vsphereVolume',
  21: 'quobyte',
  22: 'azureDisk',
  23: 'photonPersistentDisk',
  24: 'portworxVolume',
  25: 'scaleIO',
  26: 'projected',
  27: 'storageos',
  28: 'csi',
  29: 'ephemeral',
  30: 'image',
};
