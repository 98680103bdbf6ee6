/**
 * What tells one in-tree disk from another, of the volume sources of which the scheduler compares or counts disks. The
 * names are those of the API, the numbers those of its protobuf form.
 */
import type { InlineDisk } from '../cluster/facts.ts';
import type { JsonReader } from './json-reader.ts';
import { eachField, type ProtobufReader } from './protobuf-reader.ts';

interface DiskSource {
  /** The fields that name the disk together. */
  readonly id: readonly (readonly [string, number])[];
  /** The number of `readOnly`. */
  readonly readOnly: number;
  /** The number of `monitors`. */
  readonly monitors?: number;
}

const SOURCES: ReadonlyMap<string, DiskSource> = new Map([
  ['gcePersistentDisk', { id: [['pdName', 1]], readOnly: 4 }],
  ['awsElasticBlockStore', { id: [['volumeID', 1]], readOnly: 4 }],
  ['iscsi', { id: [['iqn', 2]], readOnly: 6 }],
  [
    'rbd',
    {
      id: [
        ['pool', 4],
        ['image', 2],
      ],
      readOnly: 8,
      monitors: 1,
    },
  ],
  ['azureDisk', { id: [['diskURI', 2]], readOnly: 5 }],
  ['cinder', { id: [['volumeID', 1]], readOnly: 3 }],
  ['vsphereVolume', { id: [['volumePath', 1]], readOnly: -1 }],
  ['portworxVolume', { id: [['volumeID', 1]], readOnly: 3 }],
]);

/** `undefined`: a source of which disks are not told apart. */
export function inlineDiskFromJson(source: string, json: JsonReader): InlineDisk | undefined {
  const fields = SOURCES.get(source);
  if (fields === undefined) return undefined;
  return {
    id: joined(fields.id.map(([name]) => json.text(name))),
    readOnly: fields.readOnly > 0 && json.boolean('readOnly'),
    monitors: fields.monitors === undefined ? [] : json.texts('monitors'),
  };
}

/** Reads the source's message, or skips it and returns `undefined`. */
export function readInlineDisk(source: string, reader: ProtobufReader): InlineDisk | undefined {
  const fields = SOURCES.get(source);
  if (fields === undefined) return undefined;
  const id = fields.id.map(() => '');
  let readOnly = false;
  const monitors: string[] = [];
  eachField(reader, (field) => {
    const part = fields.id.findIndex(([, number]) => number === field);
    if (part >= 0) id[part] = reader.text();
    else if (field === fields.readOnly) readOnly = reader.boolean();
    else if (field === fields.monitors) monitors.push(reader.text());
  });
  return { id: joined(id), readOnly, monitors };
}

function joined(parts: readonly string[]): string {
  return parts.join('/');
}
