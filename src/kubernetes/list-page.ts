/**
 * Reads a page of a list as it comes: in protobuf, objects are decoded and handed on while the rest of the page is under
 * way. JSON is read when it is whole.
 */
import { readBytes } from '../runtime/http.ts';
import { failure, success, type Result } from '../runtime/result.ts';
import type { StreamedReply } from './client.ts';
import type { DecodeResult } from './decode-result.ts';
import type { Interner } from './intern.ts';
import { isRecord } from './json-reader.ts';
import { PROTOBUF_TYPE } from './protobuf-envelope.ts';
import { ListSplitter, type PageEnd } from './protobuf-list.ts';
import { ProtobufError } from './protobuf-reader.ts';
import { textOf, unreadable } from './watch-events.ts';
import type { WatchedKind } from './watched-kind.ts';

export interface PageReader {
  readonly kind: WatchedKind;
  readonly interner: Interner;
  /** Takes the objects as they come, some at a time. */
  readonly onObjects: (objects: readonly DecodeResult[]) => void;
}

/** A page of some 40 MB of large objects; more is no page. */
const JSON_LIMIT_BYTES = 512 * 1024 * 1024;

/** Fails when the page itself cannot be read; what came before that has been handed on. */
export async function readPage(reply: StreamedReply, reader: PageReader): Promise<Result<PageEnd, string>> {
  try {
    return success(
      reply.contentType === PROTOBUF_TYPE ? await protobufPage(reply, reader) : await jsonPage(reply, reader),
    );
  } catch (error) {
    return failure(unreadable(error));
  }
}

async function protobufPage({ body }: StreamedReply, { kind, interner, onObjects }: PageReader): Promise<PageEnd> {
  const decode = kind.decodeProtobuf;
  if (decode === undefined) throw new ProtobufError(`${kind.name} came as protobuf, which was not asked for`);
  const list = new ListSplitter();
  for await (const chunk of body) {
    onObjects(list.push(chunk).map((object) => decode(object, interner)));
  }
  return list.end();
}

async function jsonPage({ body }: StreamedReply, { kind, interner, onObjects }: PageReader): Promise<PageEnd> {
  const list: unknown = JSON.parse(Buffer.from(await readBytes(body, JSON_LIMIT_BYTES)).toString());
  if (!isRecord(list) || !isRecord(list['metadata'])) throw new SyntaxError('the reply is no list');
  const items = list['items'] ?? [];
  if (!Array.isArray(items)) throw new SyntaxError('the reply has no list of items');
  onObjects(items.map((item: unknown) => kind.decodeJson(item, interner)));
  const { resourceVersion, continue: continueToken } = list['metadata'];
  return { resourceVersion: textOf(resourceVersion), continueToken: textOf(continueToken) };
}
