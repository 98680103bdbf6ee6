/**
 * ObjectMeta and the small messages that recur in every object, read from protobuf. Field numbers are those of the
 * Kubernetes API's published schema (meta/v1 and api/resource); they never change.
 */
import type { Labels, LabelSelector, OwnerReference, SelectorRequirement } from '../cluster/facts.ts';
import type { PartialIdentity } from './decode-result.ts';
import { ByteKey, inKeyOrder, NO_LABELS, type Interner } from './intern.ts';
import { keepsAnnotation, type ObjectMetadata } from './object-metadata.ts';
import type { ConditionShape } from './pod-status.ts';
import type { ProtobufReader } from './protobuf-reader.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reused for every object: decoding is synchronous and never nests metadata in metadata. */
const labelKey = new ByteKey();

/** Reads an ObjectMeta; `identity` is filled in on the way, so that a failure further on can be named. */
export function readMetadata(reader: ProtobufReader, interner: Interner, identity: PartialIdentity): ObjectMetadata {
  const metadata: Mutable<ObjectMetadata> = {
    name: '',
    namespace: '',
    uid: '',
    resourceVersion: '',
    labels: NO_LABELS,
    annotations: NO_LABELS,
    controller: undefined,
    createdAtMs: 0,
    deletedAtMs: undefined,
    deletionGraceSeconds: 0,
  };
  let annotations: (readonly [string, string])[] | undefined;
  let labelsAt = -1;
  labelKey.clear();
  const outer = reader.enter();
  const start = reader.position;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case 1:
        metadata.name = identity.name = reader.text();
        break;
      case 3:
        metadata.namespace = identity.namespace = interner.text(reader.text());
        break;
      case 5:
        metadata.uid = reader.text();
        break;
      case 6:
        metadata.resourceVersion = identity.resourceVersion = reader.text();
        break;
      case 8:
        metadata.createdAtMs = readTime(reader) ?? 0;
        break;
      case 9:
        metadata.deletedAtMs = readTime(reader);
        break;
      case 10:
        metadata.deletionGraceSeconds = reader.integer();
        break;
      case 11:
        if (labelsAt < 0) labelsAt = reader.fieldStart;
        reader.skip();
        labelKey.add(reader.bytes, reader.fieldStart, reader.position);
        break;
      case 12:
        annotations = readKeptAnnotation(reader, annotations);
        break;
      case 13:
        metadata.controller = readControllerReference(reader, interner) ?? metadata.controller;
        break;
      default:
        reader.skip();
    }
  }
  if (annotations !== undefined) metadata.annotations = interner.labels(annotations);
  if (labelsAt >= 0) metadata.labels = internedLabels(reader, start, interner);
  reader.leave(outer);
  return metadata;
}

function internedLabels(reader: ProtobufReader, metadataStart: number, interner: Interner): Labels {
  const key = labelKey.text();
  const known = interner.labelsByBytes.get(key);
  if (known !== undefined) return known;
  const entries: (readonly [string, string])[] = [];
  reader.position = metadataStart;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 11) entries.push(readStringEntry(reader));
    else reader.skip();
  }
  return interner.labelsByBytes.set(key, interner.labels(entries));
}

function readKeptAnnotation(
  reader: ProtobufReader,
  kept: (readonly [string, string])[] | undefined,
): (readonly [string, string])[] | undefined {
  let key = '';
  let value: string | undefined;
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) key = reader.text();
    else if (field === 2 && keepsAnnotation(key)) value = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  if (!keepsAnnotation(key)) return kept;
  const entries = kept ?? [];
  entries.push([key, value ?? '']);
  return entries;
}

function readControllerReference(reader: ProtobufReader, interner: Interner): OwnerReference | undefined {
  const owner = { apiVersion: '', kind: '', name: '', uid: '' };
  let controls = false;
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) owner.kind = interner.text(reader.text());
    else if (field === 3) owner.name = interner.text(reader.text());
    else if (field === 4) owner.uid = interner.text(reader.text());
    else if (field === 5) owner.apiVersion = interner.text(reader.text());
    else if (field === 6) controls = reader.boolean();
    else reader.skip();
  }
  reader.leave(outer);
  return controls ? owner : undefined;
}

/** Milliseconds, in whole seconds; `undefined` for the zero time, which is written as an empty message. */
function readTime(reader: ProtobufReader): number | undefined {
  let seconds: number | undefined;
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) seconds = reader.integer();
    else reader.skip();
  }
  reader.leave(outer);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** An entry of a map from text to text. */
export function readStringEntry(reader: ProtobufReader): readonly [string, string] {
  let key = '';
  let value = '';
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) key = reader.text();
    else if (field === 2) value = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return [key, value];
}

/** An entry of a map from text to Quantity. */
export function readQuantityEntry(reader: ProtobufReader): readonly [string, string] {
  let key = '';
  let value = '0';
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) key = reader.text();
    else if (field === 2) value = readQuantity(reader);
    else reader.skip();
  }
  reader.leave(outer);
  return [key, value];
}

function readQuantity(reader: ProtobufReader): string {
  let text = '0';
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) text = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return text;
}

/** metav1.LabelSelector, matchLabels folded in, in key order as the facts want it. */
export function readLabelSelector(reader: ProtobufReader): LabelSelector {
  const labels: (readonly [string, string])[] = [];
  const requirements: SelectorRequirement[] = [];
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) labels.push(readStringEntry(reader));
    else if (field === 2) requirements.push(readRequirement(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return labelSelector(labels, requirements);
}

export function labelSelector(
  matchLabels: readonly (readonly [string, string])[],
  matchExpressions: readonly SelectorRequirement[],
): LabelSelector {
  const folded = inKeyOrder(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
  return { requirements: [...folded, ...matchExpressions] };
}

/** LabelSelectorRequirement and NodeSelectorRequirement have the same fields. */
export function readRequirement(reader: ProtobufReader): SelectorRequirement {
  let key = '';
  let operator = '';
  const values: string[] = [];
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) key = reader.text();
    else if (field === 2) operator = reader.text();
    else if (field === 3) values.push(reader.text());
    else reader.skip();
  }
  reader.leave(outer);
  return { key, operator, values };
}

/** PodCondition and NodeCondition have the same fields. */
export function readCondition(reader: ProtobufReader): ConditionShape {
  const condition = { type: '', status: '', reason: '', lastTransitionAtMs: undefined as number | undefined };
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) condition.type = reader.text();
    else if (field === 2) condition.status = reader.text();
    else if (field === 4) condition.lastTransitionAtMs = readTime(reader);
    else if (field === 5) condition.reason = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return condition;
}
