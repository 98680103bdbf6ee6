/** A node from JSON to facts. */
import { atTheDoor, type DecodeResult } from './decode-result.ts';
import type { Interner } from './intern.ts';
import { conditionFromJson, metadataFromJson } from './json-metadata.ts';
import { JsonReader } from './json-reader.ts';
import { decodedNode, newNodeShape } from './node-shape.ts';
import { newPartialIdentity } from './object-metadata.ts';

/** Decodes a parsed Node. */
export function decodeNodeJson(value: unknown, interner: Interner): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => {
    const root = JsonReader.of(value);
    const metadata = metadataFromJson(root, interner, identity);
    const spec = root.objectOrEmpty('spec');
    const status = root.objectOrEmpty('status');
    const node = newNodeShape();
    node.providerID = spec.text('providerID');
    node.unschedulable = spec.boolean('unschedulable');
    for (const taint of spec.objects('taints')) {
      node.taints.push({ key: taint.text('key'), value: taint.text('value'), effect: taint.text('effect') });
    }
    node.capacity = status.quantities('capacity');
    node.allocatable = status.quantities('allocatable');
    for (const condition of status.objects('conditions')) node.conditions.push(conditionFromJson(condition));
    node.declaredFeatures = status.texts('declaredFeatures');
    return decodedNode(metadata, node);
  });
}
