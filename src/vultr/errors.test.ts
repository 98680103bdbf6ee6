import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CloudErrorKind } from '../cloud/facts.ts';
import { classifyRefusal, parseRetryAfter, type Asked } from './errors.ts';

const GET: Asked = { method: 'GET', path: '/v2/x' };
const PATCH: Asked = { method: 'PATCH', path: '/v2/x' };
const DELETE: Asked = { method: 'DELETE', path: '/v2/x' };

function classify(asked: Asked, status: number, text: string): { kind: CloudErrorKind; message: string } {
  return classifyRefusal(asked, { status, body: JSON.stringify({ error: text, status }), retryAfterMs: undefined });
}

describe('what Vultr’s refusals mean', () => {
  const cases: readonly (readonly [Asked, number, string, CloudErrorKind])[] = [
    // Seen on the live API.
    [PATCH, 500, 'Please open a support request for access to this product', 'account-refused'],
    [PATCH, 400, 'You have reached the maximum monthly fee limit for this account', 'quota-exceeded'],
    [PATCH, 400, 'Max Instance Cost too low: request limit increase', 'quota-exceeded'],
    [PATCH, 400, 'You have reached the maximum number of active virtual machines for this account', 'quota-exceeded'],
    [GET, 401, 'Invalid API token.', 'unauthorized'],
    [GET, 401, 'Unauthorized IP address: 203.0.113.7', 'unauthorized'],
    [PATCH, 400, '`node_quantity` must be a positive integer.', 'invalid'],
    [GET, 405, 'Method not allowed. Must be one of: DELETE, GET, PUT', 'invalid'],
    [DELETE, 404, 'Invalid NodePool ID', 'not-found'],
    [DELETE, 400, 'Invalid NodePool ID', 'not-found'],
    [DELETE, 400, 'Invalid resource ID', 'not-found'],
    [DELETE, 400, 'invalid instance ID', 'not-found'],
    [DELETE, 400, 'instance not found', 'not-found'],
    [DELETE, 422, 'Invalid server', 'not-found'],
    // By status.
    [PATCH, 403, 'no', 'unauthorized'],
    [PATCH, 409, 'pool is locked', 'unavailable'],
    [GET, 500, 'Server error', 'unavailable'],
    [GET, 503, 'Service temporarily unavailable', 'unavailable'],
    [GET, 503, 'The server is currently unavailable', 'unavailable'],
    [PATCH, 500, 'Server error', 'unknown-outcome'],
    [DELETE, 502, 'Bad gateway', 'unknown-outcome'],
    [PATCH, 429, 'Too many requests', 'rate-limited'],
    [PATCH, 422, 'Bad Request', 'invalid'],
    // Wordings of a refusal for stock.
    [PATCH, 400, 'Plan vc2-2c-4gb is not available in the selected location', 'out-of-stock'],
    [PATCH, 500, 'Insufficient capacity in region ewr', 'out-of-stock'],
    [PATCH, 400, 'This plan is currently sold out', 'out-of-stock'],
  ];
  for (const [asked, status, text, kind] of cases) {
    it(`${asked.method} ${status} "${text}" is ${kind}, in Vultr’s words`, () => {
      const error = classify(asked, status, text);
      assert.equal(error.kind, kind);
      assert.ok(error.message.includes(text));
    });
  }

  it('tells a wrong token from an address that is not allowed, each with its fix', () => {
    assert.match(classify(GET, 401, 'Invalid API token.').message, /"token".*VULTR_API_KEY/);
    const address = classify(GET, 401, 'Unauthorized IP address: 203.0.113.7').message;
    assert.match(address, /203\.0\.113\.7/);
    assert.match(address, /access control list/);
  });

  it('reads a proxy’s page as its words, shortened', () => {
    const body = `<html><body><h1>502 Bad Gateway</h1>${'x'.repeat(5000)}</body></html>`;
    const error = classifyRefusal(GET, { status: 502, body, retryAfterMs: undefined });
    assert.match(error.message, /502 Bad Gateway/);
    assert.ok(error.message.length < 500);
  });
});

describe('Retry-After', () => {
  const now = 1_800_000_000_000;
  it('is read as seconds or as a date, and never believed beyond ten minutes', () => {
    assert.equal(parseRetryAfter('2', now), 2000);
    assert.equal(parseRetryAfter(new Date(now + 5000).toUTCString(), now), 5000);
    assert.equal(parseRetryAfter(new Date(now - 5000).toUTCString(), now), 0);
    assert.equal(parseRetryAfter('86400', now), 600_000);
    assert.equal(parseRetryAfter('soon', now), undefined);
    assert.equal(parseRetryAfter(undefined, now), undefined);
  });
});
