/**
 * Lists, whole or in pages. All pages of one list show the state at the revision of the first: the continue token
 * carries it, and expires when the history no longer reaches back so far.
 */
import type { HttpResponse } from '../../src/runtime/http.ts';
import { badRequest, expired, statusOf } from './api-errors.ts';
import { numberAt, textAt } from './json.ts';
import { ApiError } from './object.ts';
import type { KubeObject } from './object.ts';
import type { MemoryObjectStore } from './object-store.ts';
import { keyOf } from './object-table.ts';
import { jsonReply } from './reply.ts';
import { isUnfiltered, selectedNow, selects, wholeNumber } from './selection.ts';
import type { Selection } from './selection.ts';

export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly revision: number;
  /** '' on the last page. */
  readonly continueToken: string;
  /** Not known for filtered lists. */
  readonly remaining: number | undefined;
}

interface ContinueFrom {
  /** `undefined`: from the present state, for a client that took an inconsistent list over none. */
  readonly revision: number | undefined;
  readonly key: string;
}

/** Throws Expired, BadRequest, or Timeout for a version that does not exist yet. */
export function listPage(store: MemoryObjectStore, selection: Selection, query: URLSearchParams): ListPage {
  const limit = wholeNumber(query, 'limit') ?? 0;
  const token = query.get('continue') ?? '';
  const from = token === '' ? startOf(store, query) : parseToken(token);
  const revision = from.revision ?? store.revision;
  const objects = (
    revision === store.revision ? selectedNow(store, selection) : selectedThen(store, selection, revision)
  ).filter((object) => from.key === '' || keyOf(object) > from.key);
  const items = limit === 0 ? objects : objects.slice(0, limit);
  const last = items.at(-1);
  if (last === undefined || items.length === objects.length) {
    return { items, revision, continueToken: '', remaining: undefined };
  }
  const remaining = isUnfiltered(selection) ? objects.length - items.length : undefined;
  return { items, revision, continueToken: formatToken({ revision, key: keyOf(last) }), remaining };
}

/** metav1.ListMeta. */
export function listMeta(page: ListPage): object {
  return {
    resourceVersion: String(page.revision),
    ...(page.continueToken !== '' && { continue: page.continueToken }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
}

function startOf(store: MemoryObjectStore, query: URLSearchParams): ContinueFrom {
  const revision = wholeNumber(query, 'resourceVersion') ?? 0;
  if (revision > store.revision) throw tooLargeVersion(revision, store.revision);
  const exact = query.get('resourceVersionMatch') === 'Exact';
  if (exact && revision === 0) throw badRequest('resourceVersionMatch Exact needs a resourceVersion');
  return { revision: exact ? revision : undefined, key: '' };
}

function selectedThen(store: MemoryObjectStore, selection: Selection, revision: number): readonly KubeObject[] {
  const objects = store.listAt(selection.target.served.kind.resource, revision);
  return objects.filter((object) => selects(selection, object));
}

export function tooLargeVersion(asked: number, current: number): ApiError {
  const cause = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' };
  return new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [cause],
    retryAfterSeconds: 1,
  });
}

/** The answer to an expired continue token: 410, with a token that goes on from the same key in the present state. */
export function expiredPageReply(error: ApiError, query: URLSearchParams): HttpResponse | undefined {
  const token = query.get('continue') ?? '';
  if (error.code !== 410 || token === '') return undefined;
  const { key } = parseToken(token);
  const gone = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results inconsistently.',
  );
  const metadata = { continue: formatToken({ revision: undefined, key }) };
  return jsonReply(410, { ...statusOf(gone), metadata });
}

function formatToken({ revision, key }: ContinueFrom): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision ?? -1, start: key };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function parseToken(token: string): ContinueFrom {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    const revision = numberAt(parsed, 'rv');
    const key = textAt(parsed, 'start');
    if (revision !== undefined && key !== '') return { revision: revision < 0 ? undefined : revision, key };
  } catch {
    // Not JSON: reported below like any other text that is no token.
  }
  throw badRequest('continue key is not valid');
}
