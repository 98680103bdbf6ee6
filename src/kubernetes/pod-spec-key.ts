/**
 * Recognises a pod spec by its bytes without decoding it. Real specs differ from sibling to sibling in what no decision
 * needs (the node's name, the random name of the service account's token volume, environment), so the key is made of the
 * relevant fields' bytes only; pods of one template then share one key, and their spec is decoded once.
 */
import type { ByteKey } from './intern.ts';
import { IGNORED_VOLUME_SOURCES } from './pod-shape.ts';
import type { ProtobufReader } from './protobuf-reader.ts';
import { VOLUME_SOURCES } from './protobuf-volume.ts';

/** Fields of PodSpec whose whole value belongs to the key; see readPodSpec for their meaning. */
const WHOLE_FIELDS: ReadonlySet<number> = new Set([3, 4, 7, 18, 19, 22, 24, 25, 31, 32, 33, 38, 39, 40]);
const VOLUME_FIELD = 1;
const CONTAINER_FIELD = 2;
const NODE_NAME_FIELD = 10;
const INIT_CONTAINER_FIELD = 20;
/** Fields of Container that belong to the key: name, ports, resources, restartPolicy and its rules. */
const CONTAINER_FIELDS: ReadonlySet<number> = new Set([1, 6, 8, 24, 25]);
/** Fields of ContainerStatus that do: name, allocatedResources, resources. */
const CONTAINER_STATUS_FIELDS: ReadonlySet<number> = new Set([1, 10, 11]);
/** Marks in the key; no field's tag byte is 0, so they cannot be mistaken for one at the start of a part. */
const END_OF_PART = 0;

/** Adds the spec in the reader's range to `key` and returns its nodeName. */
export function addSpecToKey(reader: ProtobufReader, key: ByteKey): string {
  let nodeName = '';
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === NODE_NAME_FIELD) nodeName = reader.text();
    else if (field === CONTAINER_FIELD || field === INIT_CONTAINER_FIELD) {
      key.mark(field);
      addFields(reader, key, CONTAINER_FIELDS);
    } else if (field === VOLUME_FIELD) addVolume(reader, key);
    else {
      reader.skip();
      if (WHOLE_FIELDS.has(field)) key.add(reader.bytes, reader.fieldStart, reader.position);
    }
  }
  return nodeName;
}

/** Adds what a ContainerStatus says of the resources set aside. */
export function addContainerStatusToKey(reader: ProtobufReader, key: ByteKey): void {
  addFields(reader, key, CONTAINER_STATUS_FIELDS);
}

function addFields(reader: ProtobufReader, key: ByteKey, wanted: ReadonlySet<number>): void {
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    reader.skip();
    if (wanted.has(field)) key.add(reader.bytes, reader.fieldStart, reader.position);
  }
  reader.leave(outer);
  key.mark(END_OF_PART);
}

function addVolume(reader: ProtobufReader, key: ByteKey): void {
  const start = reader.fieldStart;
  let ignored = false;
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field !== 2) {
      reader.skip();
      continue;
    }
    const outside = reader.enter();
    ignored = IGNORED_VOLUME_SOURCES.has(VOLUME_SOURCES[reader.field()] ?? '');
    reader.leave(outside);
  }
  reader.leave(outer);
  if (!ignored) key.add(reader.bytes, start, reader.position);
}
