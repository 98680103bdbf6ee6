/** What is asked of the API server about a kind: a page of its list, and the watch that begins where the list ended. */
import type { WatchedKind } from './watched-kind.ts';

/** Objects in a page of JSON, which is read only when it is whole: some 5 MB, decoded within some ten milliseconds. */
const JSON_PAGE_SIZE = 500;
/** Objects in a page of protobuf, which is decoded as it comes: each page costs a wait for the server's next. */
const PROTOBUF_PAGE_SIZE = 5000;

/** `continueToken`: empty for the first page. */
export function pagePath(kind: WatchedKind, continueToken: string): string {
  const limit = kind.decodeProtobuf === undefined ? JSON_PAGE_SIZE : PROTOBUF_PAGE_SIZE;
  const after = continueToken === '' ? '' : `&continue=${encodeURIComponent(continueToken)}`;
  return `${kind.path}?limit=${limit}${selectionOf(kind)}${after}`;
}

/** `from`: the resourceVersion heard last. `seconds`: how long the server is asked to hold the watch. */
export function watchPath(
  kind: WatchedKind,
  { from, seconds }: { readonly from: string; readonly seconds: number },
): string {
  const version = `resourceVersion=${encodeURIComponent(from)}`;
  return `${kind.path}?watch=1&allowWatchBookmarks=true&${version}&timeoutSeconds=${seconds}${selectionOf(kind)}`;
}

function selectionOf({ fieldSelector }: WatchedKind): string {
  return fieldSelector === undefined ? '' : `&fieldSelector=${encodeURIComponent(fieldSelector)}`;
}
