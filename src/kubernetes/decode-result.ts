/**
 * What a decoder hands back. An object from the API is either understood or malformed; a malformed one is named and
 * skipped, and never stops the stream it came in.
 *
 * Inside a decoder {@link MalformedObject} is thrown, because the fault may sit many levels deep; {@link atTheDoor}
 * turns it into a value. No decoder lets an exception out.
 */
import type { ClusterEvent } from '../cluster/facts.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import { ProtobufError } from './protobuf-reader.ts';

/** An object that was understood. */
export interface Decoded {
  /** `namespace/name`, or the name alone for what has no namespace: unique within its kind. */
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly event: ClusterEvent;
}

export interface DecodeFailure {
  /** As in {@link Decoded}, as far as it could be read. */
  readonly key: string | undefined;
  readonly resourceVersion: string | undefined;
  /** The field and what is wrong with it: `spec.containers[0].resources.requests.cpu: "1 core" is no quantity`. */
  readonly reason: string;
}

export type DecodeResult<T = Decoded> = Result<T, DecodeFailure>;

export class MalformedObject extends Error {
  override readonly name = 'MalformedObject';
  constructor(field: string, problem: string) {
    super(field === '' ? problem : `${field}: ${problem}`);
  }
}

/** What is known of an object while it is being decoded, to name it if the rest fails. */
export interface PartialIdentity {
  namespace: string;
  name: string;
  resourceVersion: string;
}

/** Runs a decoder that may throw {@link MalformedObject} or {@link ProtobufError}; other exceptions are bugs and pass. */
export function atTheDoor<T>(identity: PartialIdentity, decode: () => T): DecodeResult<T> {
  try {
    return success(decode());
  } catch (error) {
    if (!(error instanceof MalformedObject) && !(error instanceof ProtobufError)) throw error;
    return failure({
      key: identity.name === '' ? undefined : objectKey(identity.namespace, identity.name),
      resourceVersion: identity.resourceVersion === '' ? undefined : identity.resourceVersion,
      reason: error.message,
    });
  }
}

/** `namespace/name`, or the name alone where there is no namespace. */
export function objectKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
