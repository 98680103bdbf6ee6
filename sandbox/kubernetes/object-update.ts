/**
 * What a client's update may change: the object's own endpoint all but its status, `/status` nothing but the status;
 * and a few fields that no client may change at all.
 */
import { badRequest, invalid, otherUid, staleVersion } from './api-errors.ts';
import { defaultedFields } from './defaults.ts';
import { listAt, recordAt, sameJson, textAt, valueAt } from './json.ts';
import type { JsonObject, KubeObject } from './object.ts';
import type { ResourceTarget } from './request-target.ts';
import type { ResourceKind } from './resource-kinds.ts';
import { faultsOf } from './validation.ts';

/** What `current` becomes. Throws Conflict for an older version, Invalid for a field that may not change. */
export function updatedObject(target: ResourceTarget, current: KubeObject, wanted: KubeObject): KubeObject {
  const { kind } = target.served;
  checkPreconditions(kind, current, wanted);
  if (target.subresource === 'status') return withStatus(kind, current, wanted);
  if (target.subresource !== '') throw badRequest(`${target.subresource} can not be updated`);
  const identity = { name: current.metadata.name, uid: current.metadata.uid };
  const fields = kind.resource === 'pods' ? wanted : defaultedFields(kind.resource, wanted, identity);
  const { status: _status, ...withoutStatus } = { ...wanted, ...fields };
  const next = kind.hasStatus
    ? { ...withoutStatus, ...(current.status !== undefined && { status: current.status }) }
    : { ...wanted, ...fields };
  checkImmutable(kind, current, next);
  const faults = faultsOf(kind.resource, current.metadata.name, next);
  if (faults.length > 0) throw invalid(kind, current.metadata.name, faults);
  return { ...next, apiVersion: current.apiVersion, kind: current.kind, metadata: wanted.metadata };
}

function checkPreconditions(kind: ResourceKind, current: KubeObject, wanted: KubeObject): void {
  const { name, uid, resourceVersion } = current.metadata;
  const wantedUid = textAt(wanted.metadata, 'uid');
  const wantedVersion = textAt(wanted.metadata, 'resourceVersion');
  if (wantedUid !== '' && wantedUid !== uid) throw otherUid(kind, current, wantedUid);
  if (wantedVersion !== '' && wantedVersion !== resourceVersion) throw staleVersion(kind, name);
  if (wantedVersion !== '' || !kind.updateNeedsVersion) return;
  const message = 'Invalid value: 0: must be specified for an update';
  // Here, and nowhere else, the real server names the resource where it otherwise names the kind.
  throw invalid({ ...kind, kind: kind.resource }, name, [
    { reason: 'FieldValueInvalid', message, field: 'metadata.resourceVersion' },
  ]);
}

/** Kubelets and schedulers annotate what they report on; for other kinds the metadata stays. */
function withStatus(kind: ResourceKind, current: KubeObject, wanted: KubeObject): KubeObject {
  const keepsMetadata = kind.resource !== 'pods' && kind.resource !== 'nodes';
  const { status: _status, ...rest } = current;
  return {
    ...rest,
    metadata: keepsMetadata ? current.metadata : wanted.metadata,
    ...(wanted.status !== undefined && { status: wanted.status }),
  };
}

function checkImmutable(kind: ResourceKind, current: KubeObject, next: KubeObject): void {
  const { name } = current.metadata;
  if (kind.resource === 'pods') {
    if (isGated(current) || sameJson(fixedPodSpec(current), fixedPodSpec(next))) return;
    const message =
      'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
    throw invalid(kind, name, [{ reason: 'FieldValueForbidden', message, field: 'spec' }]);
  }
  const selectsPods = kind.group === 'apps' || kind.resource === 'jobs';
  if (!selectsPods || sameJson(valueAt(current.spec, 'selector'), valueAt(next.spec, 'selector'))) return;
  const message = `Invalid value: ${JSON.stringify(valueAt(next.spec, 'selector'))}: field is immutable`;
  throw invalid(kind, name, [{ reason: 'FieldValueInvalid', message, field: 'spec.selector' }]);
}

function isGated(pod: KubeObject): boolean {
  return listAt(pod.spec, 'schedulingGates').length > 0;
}

/** The spec without the fields that may change. */
function fixedPodSpec(pod: KubeObject): JsonObject {
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, ...spec } = recordAt(pod, 'spec');
  const withoutImages = (field: string): readonly JsonObject[] =>
    listAt(spec, field).map((container) => ({ ...recordAt(container), image: '' }));
  return { ...spec, containers: withoutImages('containers'), initContainers: withoutImages('initContainers') };
}
