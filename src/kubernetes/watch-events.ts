/** What a watch's frame says, whichever format it came in. */
import { failure, success, type Result } from '../runtime/result.ts';
import { statusFromJson } from './client.ts';
import type { DecodeResult } from './decode-result.ts';
import type { StatusFacts } from './errors.ts';
import type { Interner } from './intern.ts';
import { isRecord } from './json-reader.ts';
import { openWatchFrame, PROTOBUF_TYPE, readStatus } from './protobuf-envelope.ts';
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';
import type { WatchedKind } from './watched-kind.ts';

export type WatchEvent =
  | { readonly kind: 'changed'; readonly object: DecodeResult }
  | { readonly kind: 'deleted'; readonly object: DecodeResult }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'error'; readonly status: StatusFacts };

/** The formats asked for, most wanted first; the reply's content type says which it is. */
export function acceptHeader(kind: WatchedKind, use: 'list' | 'watch'): string {
  const json = 'application/json';
  if (kind.decodeProtobuf === undefined) return json;
  return use === 'list' ? `${PROTOBUF_TYPE},${json}` : `${PROTOBUF_TYPE};stream=watch,${json}`;
}

/** Decodes a frame of a watch; fails when it is no watch event. */
export function decodeFrame(
  frame: Buffer,
  contentType: string,
  decoding: { readonly kind: WatchedKind; readonly interner: Interner },
): Result<WatchEvent, string> {
  try {
    return contentType === PROTOBUF_TYPE ? protobufEvent(frame, decoding) : jsonEvent(frame, decoding);
  } catch (error) {
    return failure(unreadable(error));
  }
}

/** What is wrong with what came; anything else is no matter of what came, and thrown again. */
export function unreadable(error: unknown): string {
  if (error instanceof ProtobufError || error instanceof SyntaxError) return error.message;
  throw error;
}

interface Decoding {
  readonly kind: WatchedKind;
  readonly interner: Interner;
}

function protobufEvent(frame: Buffer, { kind, interner }: Decoding): Result<WatchEvent, string> {
  const { type, object } = openWatchFrame(frame);
  if (type === 'ERROR') return success({ kind: 'error', status: readStatus(object.raw) });
  if (type === 'BOOKMARK') return success({ kind: 'bookmark', resourceVersion: resourceVersionIn(object.raw) });
  const decode = kind.decodeProtobuf;
  if (decode === undefined) return failure(`${kind.name} came as protobuf, which was not asked for`);
  return objectEvent(type, () => decode(object.raw, interner));
}

function jsonEvent(frame: Buffer, { kind, interner }: Decoding): Result<WatchEvent, string> {
  const event: unknown = JSON.parse(frame.toString());
  if (!isRecord(event) || typeof event['type'] !== 'string') return failure('no watch event');
  const object = event['object'];
  if (event['type'] === 'ERROR') {
    return success({ kind: 'error', status: statusFromJson(isRecord(object) ? object : {}) });
  }
  if (event['type'] === 'BOOKMARK') {
    const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
    return success({ kind: 'bookmark', resourceVersion: textOf(metadata['resourceVersion']) });
  }
  return objectEvent(event['type'], () => kind.decodeJson(object, interner));
}

function objectEvent(type: string, decode: () => DecodeResult): Result<WatchEvent, string> {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return success({ kind: 'changed', object: decode() });
    case 'DELETED':
      return success({ kind: 'deleted', object: decode() });
    default:
      return failure(`a watch event of the unknown type "${type}"`);
  }
}

/** The resourceVersion of an object whose kind does not matter. */
function resourceVersionIn(raw: Buffer): string {
  const reader = new ProtobufReader(raw);
  let resourceVersion = '';
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    if (field !== 1) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    for (let inner = reader.field(); inner !== 0; inner = reader.field()) {
      if (inner === 6) resourceVersion = reader.text();
      else reader.skip();
    }
    reader.leave(outer);
  }
  return resourceVersion;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
