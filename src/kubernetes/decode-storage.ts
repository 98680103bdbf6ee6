/**
 * The kinds of storage that scheduling asks about, from JSON to facts: claims, volumes and classes. What CSI drivers say
 * of nodes is read in decode-csi.ts.
 */
import type { ClusterEvent, NodeSelectorTerm } from '../cluster/facts.ts';
import { inTreeVolumeHandle } from '../cluster/migrated-volumes.ts';
import { parseWhole } from '../cluster/quantity.ts';
import type { PersistentVolumeFacts, TopologyTerm, VolumeHandle } from '../cluster/storage-facts.ts';
import { atTheDoor, objectKey, type DecodeResult } from './decode-result.ts';
import { inlineDiskFromJson } from './inline-disk.ts';
import type { Interner } from './intern.ts';
import { labelSelectorFromJson, metadataFromJson, requirementFromJson } from './json-metadata.ts';
import { JsonReader } from './json-reader.ts';
import { checkIdentity, newPartialIdentity, type ObjectMetadata } from './object-metadata.ts';

/** An older way to name the class, which goes before the field. */
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const DEFAULT_VOLUME_MODE = 'Filesystem';
const ZONE_LABELS = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];

/** The sources of volumes that CSI drivers can take over. */
const IN_TREE_SOURCES = [
  'awsElasticBlockStore',
  'gcePersistentDisk',
  'azureDisk',
  'cinder',
  'vsphereVolume',
  'portworxVolume',
];

/** Decodes a parsed PersistentVolumeClaim. */
export function decodePersistentVolumeClaim(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { namespace, name, uid, deletedAtMs, controller }) => {
    const spec = root.objectOrEmpty('spec');
    const annotations = annotationsOf(root);
    return {
      kind: 'claim',
      claim: {
        namespace,
        name,
        uid,
        volumeName: spec.text('volumeName'),
        bindCompleted: annotations.has(BIND_COMPLETED),
        selectedNode: annotations.get(SELECTED_NODE) ?? '',
        storageClassName: interner.text(annotations.get(CLASS_ANNOTATION) ?? spec.text('storageClassName')),
        attributesClassName: spec.text('volumeAttributesClassName'),
        accessModes: spec.texts('accessModes'),
        volumeMode: volumeMode(spec),
        requestedBytes: bytesOf(spec.objectOrEmpty('resources').quantities('requests')['storage']),
        selector: labelSelectorFromJson(spec, 'selector'),
        phase: root.objectOrEmpty('status').text('phase'),
        deleting: deletedAtMs !== undefined,
        controllerUid: controller?.uid ?? '',
      },
    };
  });
}

/** Decodes a parsed PersistentVolume. */
export function decodePersistentVolume(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { name, uid, labels, deletedAtMs }) => {
    const spec = root.objectOrEmpty('spec');
    const claim = spec.object('claimRef');
    return {
      kind: 'volume',
      volume: {
        name,
        uid,
        labels,
        capacityBytes: bytesOf(spec.quantities('capacity')['storage']),
        accessModes: spec.texts('accessModes'),
        volumeMode: volumeMode(spec),
        storageClassName: interner.text(annotationsOf(root).get(CLASS_ANNOTATION) ?? spec.text('storageClassName')),
        attributesClassName: spec.text('volumeAttributesClassName'),
        claim:
          claim === undefined
            ? undefined
            : { namespace: claim.text('namespace'), name: claim.text('name'), uid: claim.text('uid') },
        phase: root.objectOrEmpty('status').text('phase'),
        deleting: deletedAtMs !== undefined,
        nodeAffinity: nodeAffinityOf(spec),
        disk: diskOf(spec, labels),
      },
    };
  });
}

/** Decodes a parsed StorageClass. */
export function decodeStorageClass(value: unknown, interner: Interner): DecodeResult {
  return decodeObject(value, interner, (root, { name, uid }) => ({
    kind: 'storage-class',
    storageClass: {
      name,
      uid,
      provisioner: root.text('provisioner'),
      waitsForConsumer: root.text('volumeBindingMode') === 'WaitForFirstConsumer',
      allowedTopologies: root.objects('allowedTopologies').map(topologyTerm),
    },
  }));
}

/** What every decoder of a kind that is read as JSON does around its own fields. */
export function decodeObject(
  value: unknown,
  interner: Interner,
  eventOf: (root: JsonReader, metadata: ObjectMetadata) => ClusterEvent,
): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => {
    const root = JsonReader.of(value);
    const metadata = metadataFromJson(root, interner, identity);
    checkIdentity(metadata);
    return {
      key: objectKey(metadata.namespace, metadata.name),
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      event: eventOf(root, metadata),
    };
  });
}

/** All of them: those of storage are not among the kept ones. */
export function annotationsOf(root: JsonReader): ReadonlyMap<string, string> {
  return new Map(root.objectOrEmpty('metadata').entries('annotations'));
}

/** An amount that is absent or unreadable is `undefined`, which satisfies nothing. */
export function bytesOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseWhole(text);
}

function volumeMode(spec: JsonReader): string {
  const mode = spec.text('volumeMode');
  return mode === '' ? DEFAULT_VOLUME_MODE : mode;
}

function nodeAffinityOf(spec: JsonReader): PersistentVolumeFacts['nodeAffinity'] {
  return spec
    .objectOrEmpty('nodeAffinity')
    .object('required')
    ?.objects('nodeSelectorTerms')
    .map((term): NodeSelectorTerm => ({
      matchExpressions: term.objects('matchExpressions').map(requirementFromJson),
      matchFields: term.objects('matchFields').map(requirementFromJson),
    }));
}

function diskOf(spec: JsonReader, labels: Readonly<Record<string, string>>): VolumeHandle | undefined {
  const csi = spec.object('csi');
  if (csi !== undefined) return { driver: csi.text('driver'), handle: csi.text('volumeHandle'), migratedFrom: '' };
  for (const source of IN_TREE_SOURCES) {
    const json = spec.object(source);
    if (json !== undefined) {
      return inTreeVolumeHandle(source, inlineDiskFromJson(source, json)?.id ?? '', zoneOf(labels));
    }
  }
  return undefined;
}

function zoneOf(labels: Readonly<Record<string, string>>): string | undefined {
  for (const key of ZONE_LABELS) if (labels[key] !== undefined) return labels[key];
  return undefined;
}

function topologyTerm(term: JsonReader): TopologyTerm {
  return term
    .objects('matchLabelExpressions')
    .map((expression) => ({ key: expression.text('key'), values: expression.texts('values') }));
}
