/**
 * Vultr's refusals, classified once (CloudError). Vultr answers `{"error": "<text>", "status": <code>}` and often only the
 * text tells what is meant: a missing permission comes as HTTP 500, a vanished node as 400. So the text is asked first, the
 * status second. Vultr's own words are kept in the message; a 5xx or no reply to a write is an unknown outcome (I4).
 */
import type { CloudError } from '../cloud/facts.ts';
import { parseTimestamp } from '../runtime/timestamps.ts';

/** What was asked, for messages and because a lost write differs from a lost read. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
}

interface Refusal {
  readonly status: number;
  /** The body, as it came. */
  readonly body: string;
  /** From `Retry-After`, if there was one. */
  readonly retryAfterMs: number | undefined;
}

/** Longer texts (a proxy's HTML page) are cut: nobody reads them in an event. */
const LONGEST_TEXT = 300;
/** After a 429 that does not say how long to wait. */
const DEFAULT_RETRY_AFTER_MS = 1000;
/** No `Retry-After` is believed beyond this: a broken header must not stop the autoscaler for a day. */
const LONGEST_RETRY_AFTER_MS = 600_000;

type TextKind = 'account-refused' | 'quota-exceeded' | 'out-of-stock';

/**
 * Texts that mean the same under any status, the most specific first. The first of each kind has been seen on the live
 * API; the others are wordings that such refusals take in Vultr's other products.
 */
const TEXTS: readonly (readonly [TextKind, RegExp])[] = [
  ['account-refused', /open a support request for access/i],
  [
    'account-refused',
    /account (?:is |has been )?(?:suspended|disabled|locked|closed)|not (?:permitted|enabled|allowed) (?:on|for) (?:this|your) account/i,
  ],
  ['quota-exceeded', /maximum monthly fee limit/i],
  [
    'quota-exceeded',
    /request limit increase|reached the maximum number of|max(?:imum)? (?:instance|number)[\w ]*(?:cost|reached|exceeded)|(?:instance|server|node|account)s? limit|limit (?:of|on) [\w ]*(?:instances|servers|nodes)|quota/i,
  ],
  ['out-of-stock', /out of stock|sold out|(?:insufficient|not enough|no(?: available)?) (?:capacity|stock|inventory)/i],
  [
    'out-of-stock',
    /\bplans?\b.*\b(?:not |un)available\b|not available in (?:the |this )?(?:selected |requested )?(?:region|location)/i,
  ],
];

/** Vultr says these with 400 as well as with 404. */
const NOT_FOUND =
  /not found|does not exist|no such|invalid (?:node ?pool|nodepool|node|instance|resource|cluster|vke|baremetal)[\w ]* id|^invalid server\b/i;
const ADDRESS_REFUSED = /unauthorized ip address/i;

/** An answer that is not 2xx. */
export function classifyRefusal(asked: Asked, refusal: Refusal): CloudError {
  const text = ownWords(refusal.body);
  const message = `Vultr: ${text === '' ? 'no reason given' : text} (HTTP ${refusal.status})`;
  if (refusal.status === 429) {
    return { kind: 'rate-limited', message, retryAfterMs: refusal.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS };
  }
  if (ADDRESS_REFUSED.test(text)) {
    const fix =
      'Add this address (or the range that the nodes leave from) to the access control list of the API key in the Vultr console.';
    return { kind: 'unauthorized', message: `${message}. ${fix}` };
  }
  const byText = TEXTS.find(([, pattern]) => pattern.test(text));
  if (byText !== undefined) return { kind: byText[0], message };
  if ((refusal.status === 400 || refusal.status === 422) && NOT_FOUND.test(text)) return { kind: 'not-found', message };
  return byStatus(asked, refusal.status, message);
}

function byStatus(asked: Asked, status: number, message: string): CloudError {
  switch (status) {
    case 401: {
      const fix = 'Put a valid API key into "token" of the cloud-config (or VULTR_API_KEY).';
      return { kind: 'unauthorized', message: `${message}. ${fix}` };
    }
    case 402:
      return { kind: 'account-refused', message };
    case 403: {
      const fix = "Check the API key's access control list (IPv4 and IPv6) and the rights of its user.";
      return { kind: 'unauthorized', message: `${message}. ${fix}` };
    }
    case 404:
    case 410:
      return { kind: 'not-found', message };
    // Refused for the moment: the object is locked or busy. Nothing was done.
    case 409:
    case 423:
    case 425:
      return { kind: 'unavailable', message };
    case 408:
      return lost(asked, message);
    default:
      return status >= 500 ? lost(asked, message) : { kind: 'invalid', message };
  }
}

/** No usable answer came. A read may be repeated; a write may have been done. */
export function lost(asked: Asked, message: string): CloudError {
  return { kind: asked.method === 'GET' ? 'unavailable' : 'unknown-outcome', message };
}

/** The `error` text of Vultr's answer, or the beginning of whatever came instead. */
function ownWords(body: string): string {
  let text = body;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed && typeof parsed.error === 'string') {
      text = parsed.error;
    }
  } catch {
    // Not JSON: a proxy's page, most likely. Its words are better than none.
    text = body.replaceAll(/<[^>]*>/g, ' ');
  }
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  return plain.length <= LONGEST_TEXT ? plain : `${plain.slice(0, LONGEST_TEXT)}…`;
}

/** `Retry-After` in seconds or as a date; `undefined` when absent or unreadable. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = /^\d+(?:\.\d+)?$/.test(header.trim()) ? Number(header.trim()) : undefined;
  const dateMs = seconds === undefined ? parseTimestamp(header) : undefined;
  const waitMs = seconds === undefined ? (dateMs === undefined ? undefined : dateMs - nowMs) : seconds * 1000;
  return waitMs === undefined ? undefined : Math.min(Math.max(0, waitMs), LONGEST_RETRY_AFTER_MS);
}
