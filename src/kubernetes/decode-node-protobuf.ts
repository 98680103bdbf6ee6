/** A node from protobuf (core/v1 Node) to facts. Images, addresses and managed fields are skipped by their length. */
import { atTheDoor, MalformedObject, type Decoded, type DecodeResult, type PartialIdentity } from './decode-result.ts';
import type { Interner } from './intern.ts';
import { decodedNode, newNodeShape, type NodeShape, type TaintShape } from './node-shape.ts';
import { newPartialIdentity, type ObjectMetadata } from './object-metadata.ts';
import { readCondition, readMetadata, readQuantityEntry } from './protobuf-metadata.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/** Decodes the Node message in `bytes` (without envelope). */
export function decodeNodeProtobuf(bytes: Uint8Array, interner: Interner): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => readNode(new ProtobufReader(bytes), interner, identity));
}

function readNode(reader: ProtobufReader, interner: Interner, identity: PartialIdentity): Decoded {
  let metadata: ObjectMetadata | undefined;
  const node = newNodeShape();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) metadata = readMetadata(reader, interner, identity);
    else if (field === 2) readSpec(reader, node);
    else if (field === 3) readStatus(reader, node);
    else reader.skip();
  }
  if (metadata === undefined) throw new MalformedObject('metadata', 'missing');
  return decodedNode(metadata, node);
}

function readSpec(reader: ProtobufReader, node: NodeShape): void {
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 3) node.providerID = reader.text();
    else if (field === 4) node.unschedulable = reader.boolean();
    else if (field === 5) node.taints.push(readTaint(reader));
    else reader.skip();
  }
  reader.leave(outer);
}

function readTaint(reader: ProtobufReader): TaintShape {
  const taint = { key: '', value: '', effect: '' };
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) taint.key = reader.text();
    else if (field === 2) taint.value = reader.text();
    else if (field === 3) taint.effect = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return taint;
}

function readStatus(reader: ProtobufReader, node: NodeShape): void {
  const capacity: (readonly [string, string])[] = [];
  const allocatable: (readonly [string, string])[] = [];
  const declaredFeatures: string[] = [];
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) capacity.push(readQuantityEntry(reader));
    else if (field === 2) allocatable.push(readQuantityEntry(reader));
    else if (field === 4) node.conditions.push(readCondition(reader));
    else if (field === 14) declaredFeatures.push(reader.text());
    else reader.skip();
  }
  reader.leave(outer);
  node.capacity = Object.fromEntries(capacity);
  node.allocatable = Object.fromEntries(allocatable);
  node.declaredFeatures = declaredFeatures;
}
