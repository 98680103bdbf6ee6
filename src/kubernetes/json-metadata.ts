/** ObjectMeta, label selectors and conditions read from JSON. */
import type { LabelSelector, OwnerReference, SelectorRequirement } from '../cluster/facts.ts';
import type { PartialIdentity } from './decode-result.ts';
import type { Interner } from './intern.ts';
import type { JsonReader } from './json-reader.ts';
import { keepsAnnotation, type ObjectMetadata } from './object-metadata.ts';
import type { ConditionShape } from './pod-status.ts';
import { labelSelector } from './protobuf-metadata.ts';

/** Reads `metadata`; `identity` is filled in first, so that a failure further on can be named. */
export function metadataFromJson(root: JsonReader, interner: Interner, identity: PartialIdentity): ObjectMetadata {
  const metadata = root.objectOrEmpty('metadata');
  identity.name = metadata.text('name');
  identity.namespace = metadata.text('namespace');
  identity.resourceVersion = metadata.text('resourceVersion');
  return {
    name: identity.name,
    namespace: interner.text(identity.namespace),
    uid: metadata.text('uid'),
    resourceVersion: identity.resourceVersion,
    labels: interner.labels(metadata.entries('labels')),
    annotations: interner.labels(metadata.entries('annotations').filter(([key]) => keepsAnnotation(key))),
    controller: controllerReference(metadata, interner),
    createdAtMs: metadata.time('creationTimestamp') ?? 0,
    deletedAtMs: metadata.time('deletionTimestamp'),
    deletionGraceSeconds: metadata.integer('deletionGracePeriodSeconds') ?? 0,
  };
}

function controllerReference(metadata: JsonReader, interner: Interner): OwnerReference | undefined {
  const owner = metadata.objects('ownerReferences').findLast((candidate) => candidate.boolean('controller'));
  if (owner === undefined) return undefined;
  return {
    apiVersion: interner.text(owner.text('apiVersion')),
    kind: interner.text(owner.text('kind')),
    name: interner.text(owner.text('name')),
    uid: interner.text(owner.text('uid')),
  };
}

/** `undefined` when the field is absent, which matches nothing; an empty one matches everything. */
export function labelSelectorFromJson(parent: JsonReader, name: string): LabelSelector | undefined {
  const selector = parent.object(name);
  if (selector === undefined) return undefined;
  return labelSelector(selector.entries('matchLabels'), selector.objects('matchExpressions').map(requirementFromJson));
}

export function requirementFromJson(requirement: JsonReader): SelectorRequirement {
  return {
    key: requirement.text('key'),
    operator: requirement.text('operator'),
    values: requirement.texts('values'),
  };
}

export function conditionFromJson(condition: JsonReader): ConditionShape {
  return {
    type: condition.text('type'),
    status: condition.text('status'),
    reason: condition.text('reason'),
    lastTransitionAtMs: condition.time('lastTransitionTime'),
  };
}
