/**
 * A pod from protobuf (core/v1 Pod) to facts. Hot: 100,000 pods pass here at start. It walks the message once, keeps the
 * few texts it needs, and decodes a spec or label set only when its bytes have not been seen before.
 */
import type { PodSpecFacts } from '../cluster/facts.ts';
import { atTheDoor, MalformedObject, type Decoded, type DecodeResult, type PartialIdentity } from './decode-result.ts';
import { ByteKey, type Interner } from './intern.ts';
import { newPartialIdentity, type ObjectMetadata } from './object-metadata.ts';
import type { ContainerResourcesShape, PlacedResourcesShape, SetAsideShape } from './pod-shape.ts';
import { podSpecFacts } from './pod-spec.ts';
import { addContainerStatusToKey, addSpecToKey } from './pod-spec-key.ts';
import { applyPodCondition, decodedPod, newPodStatus, type PodStatusShape } from './pod-status.ts';
import { readCondition, readMetadata, readQuantityEntry } from './protobuf-metadata.ts';
import { readPodSpec, readRequests } from './protobuf-pod-spec.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/** Fields of PodStatus that say what resources are set aside for a placed pod. */
const CONTAINER_STATUSES = 8;
const INIT_CONTAINER_STATUSES = 10;
const POD_ALLOCATED = 19;
const POD_RESOURCES = 20;

/** Reused for every pod: decoding is synchronous. */
const specKey = new ByteKey();

/** Decodes the Pod message in `bytes` (without envelope). */
export function decodePodProtobuf(bytes: Uint8Array, interner: Interner): DecodeResult {
  const identity = newPartialIdentity();
  return atTheDoor(identity, () => readPod(new ProtobufReader(bytes), interner, identity));
}

function readPod(reader: ProtobufReader, interner: Interner, identity: PartialIdentity): Decoded {
  let metadata: ObjectMetadata | undefined;
  let spec: Range | undefined;
  let status: Range | undefined;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) metadata = readMetadata(reader, interner, identity);
    else if (field === 2) spec = rangeOf(reader);
    else if (field === 3) status = rangeOf(reader);
    else reader.skip();
  }
  if (metadata === undefined) throw new MalformedObject('metadata', 'missing');
  if (spec === undefined) throw new MalformedObject('spec', 'missing');
  specKey.clear();
  const nodeName = addSpecToKey(within(reader, spec), specKey);
  const pod = newPodStatus();
  if (status !== undefined) readStatus(within(reader, status), pod, nodeName !== '');
  const facts = internedSpec(reader, { spec, status: nodeName === '' ? undefined : status }, pod, interner);
  return decodedPod(metadata, pod, { nodeName: interner.text(nodeName), spec: facts });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function rangeOf(reader: ProtobufReader): Range {
  const outer = reader.enter();
  const range = { start: reader.position, end: reader.end };
  reader.leave(outer);
  return range;
}

/** Sets the reader to a range found before. */
function within(reader: ProtobufReader, range: Range): ProtobufReader {
  reader.position = range.start;
  reader.end = range.end;
  return reader;
}

/** Reads the status; for a placed pod what is set aside for its containers joins the spec's key. */
function readStatus(reader: ProtobufReader, into: PodStatusShape, placed: boolean): void {
  // No field begins with 0: the spec's part of the key ends here, whatever follows.
  specKey.mark(0);
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) into.phase = reader.text();
    else if (field === 2) applyPodCondition(into, readCondition(reader));
    else if (field === 11) into.nominatedNodeName = reader.text();
    else if (placed && (field === CONTAINER_STATUSES || field === INIT_CONTAINER_STATUSES)) {
      specKey.mark(field);
      addContainerStatusToKey(reader, specKey);
    } else {
      reader.skip();
      if (placed && (field === POD_ALLOCATED || field === POD_RESOURCES)) {
        specKey.add(reader.bytes, reader.fieldStart, reader.position);
      }
    }
  }
  // Of a pod that has no node, nothing is set aside, whatever its status says.
  specKey.mark(!placed ? 0 : into.resizeInfeasible ? 2 : 1);
}

function internedSpec(
  reader: ProtobufReader,
  ranges: { readonly spec: Range; readonly status: Range | undefined },
  pod: PodStatusShape,
  interner: Interner,
): PodSpecFacts {
  const key = specKey.text();
  const known = interner.specByBytes.get(key);
  if (known !== undefined) return known;
  const shape = readPodSpec(within(reader, ranges.spec));
  const placed =
    ranges.status === undefined ? undefined : readPlacedResources(within(reader, ranges.status), pod.resizeInfeasible);
  return interner.specByBytes.set(key, interner.spec(podSpecFacts(shape, placed)));
}

function readPlacedResources(reader: ProtobufReader, resizeInfeasible: boolean): PlacedResourcesShape {
  const containers: ContainerResourcesShape[] = [];
  const allocated: (readonly [string, string])[] = [];
  const inForce: (readonly [string, string])[] = [];
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === CONTAINER_STATUSES || field === INIT_CONTAINER_STATUSES) containers.push(readContainerStatus(reader));
    else if (field === POD_ALLOCATED) allocated.push(readQuantityEntry(reader));
    else if (field === POD_RESOURCES) readRequests(reader, inForce);
    else reader.skip();
  }
  return { containers, pod: setAside(allocated, inForce), resizeInfeasible };
}

function readContainerStatus(reader: ProtobufReader): ContainerResourcesShape {
  let name = '';
  const allocated: (readonly [string, string])[] = [];
  const inForce: (readonly [string, string])[] = [];
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) name = reader.text();
    else if (field === 10) allocated.push(readQuantityEntry(reader));
    else if (field === 11) readRequests(reader, inForce);
    else reader.skip();
  }
  reader.leave(outer);
  return { name, ...setAside(allocated, inForce) };
}

function setAside(
  allocated: readonly (readonly [string, string])[],
  inForce: readonly (readonly [string, string])[],
): SetAsideShape {
  return { allocated: Object.fromEntries(allocated), inForce: Object.fromEntries(inForce) };
}
