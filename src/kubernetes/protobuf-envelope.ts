/**
 * The envelopes in which the Kubernetes API sends protobuf: the `k8s\0` prefix and runtime.Unknown around an object, the
 * metav1.WatchEvent of a frame, and metav1.Status for errors. Lists are protobuf-list.ts's.
 */
import type { StatusFacts } from './errors.ts';
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** What every message of the API begins with. */
export const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export interface Enveloped {
  readonly kind: string;
  /** The object's own message. */
  readonly raw: Buffer;
}

/** Opens an envelope. Throws {@link ProtobufError} when `bytes` are none. */
export function openEnvelope(bytes: Uint8Array): Enveloped {
  const reader = new ProtobufReader(bytes);
  if (!reader.bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new ProtobufError('no Kubernetes protobuf envelope');
  reader.position = MAGIC.length;
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) kind = readKind(reader);
    else if (field === 2) raw = reader.view();
    else reader.skip();
  }
  return { kind, raw };
}

function readKind(reader: ProtobufReader): string {
  let kind = '';
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 2) kind = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return kind;
}

/** Opens one frame of a watch: its type, and the object's envelope. */
export function openWatchFrame(frame: Uint8Array): { readonly type: string; readonly object: Enveloped } {
  const reader = new ProtobufReader(frame);
  let type = '';
  let raw: Buffer | undefined;
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) type = reader.text();
    else if (field === 2) {
      const outer = reader.enter();
      for (let inner = reader.field(); inner !== 0; inner = reader.field()) {
        if (inner === 1) raw = reader.view();
        else reader.skip();
      }
      reader.leave(outer);
    } else reader.skip();
  }
  if (raw === undefined) throw new ProtobufError('a watch event without an object');
  return { type, object: openEnvelope(raw) };
}

/** Reads a metav1.Status message (without envelope). */
export function readStatus(raw: Uint8Array): StatusFacts {
  const reader = new ProtobufReader(raw);
  const status = { message: '', reason: '', code: 0, retryAfterSeconds: undefined as number | undefined };
  const causes: string[] = [];
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 3) status.message = reader.text();
    else if (field === 4) status.reason = reader.text();
    else if (field === 6) status.code = reader.integer();
    else if (field === 5) status.retryAfterSeconds = readDetails(reader, causes);
    else reader.skip();
  }
  return { ...status, causes };
}

function readDetails(reader: ProtobufReader, causes: string[]): number | undefined {
  let retryAfterSeconds: number | undefined;
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 4) causes.push(readCauseReason(reader));
    else if (field === 5) retryAfterSeconds = reader.integer();
    else reader.skip();
  }
  reader.leave(outer);
  return retryAfterSeconds === 0 ? undefined : retryAfterSeconds;
}

function readCauseReason(reader: ProtobufReader): string {
  let reason = '';
  const outer = reader.enter();
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field === 1) reason = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  return reason;
}
