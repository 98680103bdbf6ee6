/** The API server's refusals, in its own words: clients match on code and reason, people read the message. */
import { ApiError } from './object.ts';
import type { KubeObject, StatusCause, StatusDetails } from './object.ts';
import { qualifiedResource } from './resource-kinds.ts';
import type { ResourceKind } from './resource-kinds.ts';

function about(kind: ResourceKind, name: string): StatusDetails {
  return { name, kind: kind.resource, ...(kind.group !== '' && { group: kind.group }) };
}

export function notFound(kind: ResourceKind, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualifiedResource(kind)} "${name}" not found`, about(kind, name));
}

export function alreadyExists(kind: ResourceKind, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${qualifiedResource(kind)} "${name}" already exists`, about(kind, name));
}

export function conflict(kind: ResourceKind, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, about(kind, name));
}

/** The conflict of a client that means another object of the same name. */
export function otherUid(kind: ResourceKind, object: KubeObject, wanted: string): ApiError {
  const { name, uid } = object.metadata;
  const message = `Operation cannot be fulfilled on ${qualifiedKind(kind)} "${name}": Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`;
  return new ApiError(409, 'Conflict', message, { ...about(kind, name), kind: kind.kind });
}

/** The conflict of a writer that read an older version. */
export function staleVersion(kind: ResourceKind, name: string): ApiError {
  return conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(kind: ResourceKind, name: string, why: string): ApiError {
  const subject = name === '' ? qualifiedResource(kind) : `${qualifiedResource(kind)} "${name}"`;
  return new ApiError(403, 'Forbidden', `${subject} is forbidden: ${why}`, about(kind, name));
}

/** `Deployment.apps`, as errors about the object itself name it. */
function qualifiedKind({ kind, group }: ResourceKind): string {
  return group === '' ? kind : `${kind}.${group}`;
}

export function invalid(kind: ResourceKind, name: string, causes: readonly StatusCause[]): ApiError {
  const faults = causes.map((cause) =>
    cause.field === undefined ? cause.message : `${cause.field}: ${cause.message}`,
  );
  const list = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`;
  const details = { name, kind: kind.kind, ...(kind.group !== '' && { group: kind.group }), causes };
  return new ApiError(422, 'Invalid', `${qualifiedKind(kind)} "${name}" is invalid: ${list}`, details);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** A watch or list from before what the history holds. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function unknownResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource');
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** The error as the metav1.Status that goes over the wire. */
export function statusOf(error: ApiError): object {
  const { details } = error;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(Object.keys(details).length > 0 && { details }),
    code: error.code,
  };
}
