/**
 * Lists, page by page: `per_page` (100 by default, 500 at most) and `cursor`, answered with `meta.total` and
 * `meta.links.next` / `.prev`, which are empty where there is no such page. Cursors mean nothing to the caller.
 */
import { Buffer } from 'node:buffer';
import { type Reply, refusal } from './reply.ts';

const MOST_A_PAGE = 500;

export interface PageRequest {
  readonly query: URLSearchParams;
  /** Rows a page where the caller says nothing. */
  readonly pageSize: number;
}

/** The page that was asked for, under the key `name`. */
export function page(name: string, rows: readonly object[], request: PageRequest): Reply {
  const size = Math.min(MOST_A_PAGE, wholeNumber(request.query.get('per_page')) ?? request.pageSize);
  const cursor = request.query.get('cursor') ?? '';
  const start = cursor === '' ? 0 : offsetOf(cursor);
  if (start === undefined) return refusal(400, 'Invalid cursor');
  const end = start + size;
  const links = {
    next: end < rows.length ? cursorOf('next', end) : '',
    prev: start > 0 ? cursorOf('prev', Math.max(0, start - size)) : '',
  };
  return { status: 200, body: { [name]: rows.slice(start, end), meta: { total: rows.length, links } } };
}

function cursorOf(direction: 'next' | 'prev', offset: number): string {
  return Buffer.from(`${direction}__${offset}`).toString('base64');
}

function offsetOf(cursor: string): number | undefined {
  const match = /^(?:next|prev)__(\d+)$/.exec(Buffer.from(cursor, 'base64').toString());
  return match === null ? undefined : Number(match[1]);
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}
