import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CloudError } from '../cloud/facts.ts';
import { backedOff, backoffReason, isForgotten } from './backoff.ts';
import type { Backoff } from './backoff.ts';
import { HEALTH_OPTIONS } from './fixtures.test-support.ts';
import { EMPTY_MEMORY, observed as observe, resizeAccepted, resizeFailed, resizeSent } from './memory.ts';
import type { NodeGroupMemory } from './memory.ts';
import type { GroupSighting } from './requests.ts';

const observed = (...given: Parameters<typeof observe>): NodeGroupMemory => observe(...given).memory;

const MINUTE = 60_000;
const options = { ...HEALTH_OPTIONS, initialBackoffMs: MINUTE, maxBackoffMs: 3 * MINUTE };
const why = { cause: 'out-of-stock', message: 'sold out' } as const;

function failAt(...minutes: readonly number[]): Backoff {
  let backoff: Backoff | undefined;
  for (const minute of minutes) backoff = backedOff(backoff, why, minute * MINUTE, options);
  assert.ok(backoff !== undefined);
  return backoff;
}

describe('backoff', () => {
  it('BO-01, BO-02: grows from failure to failure up to its longest', () => {
    assert.equal(failAt(0).untilMs, MINUTE);
    assert.equal(failAt(0, 1).untilMs, 2 * MINUTE, 'a failure as the backoff ends does not double it');
    assert.equal(failAt(0, 1, 3).untilMs, 5 * MINUTE);
    assert.equal(failAt(0, 1, 3, 6).untilMs, 9 * MINUTE, 'never longer than 3 minutes');
    assert.equal(backoffReason(failAt(0), MINUTE)?.code, 'GroupInBackoff');
    assert.equal(backoffReason(failAt(0), MINUTE + 1), undefined);
  });

  it('BO-05: starts again with a failure during it, with the new words, no longer than before', () => {
    const again = backedOff(failAt(0), { cause: 'quota-exceeded', message: 'limit' }, MINUTE / 2, options);
    assert.deepEqual([again.durationMs, again.untilMs, again.message], [MINUTE, 1.5 * MINUTE, 'limit']);
  });

  it('BO-04: is forgotten after a quiet time, and then starts at its first length', () => {
    const backoff = failAt(0, 2);
    const quiet = 2 * MINUTE + options.backoffResetMs;
    assert.deepEqual([isForgotten(backoff, quiet, options), isForgotten(backoff, quiet + 1, options)], [false, true]);
    assert.equal(backedOff(backoff, why, quiet + 1, options).durationMs, MINUTE);
  });
});

function fail(error: CloudError, memory: NodeGroupMemory = EMPTY_MEMORY): NodeGroupMemory {
  return resizeFailed(memory, { groupId: 'a', error }, 0, HEALTH_OPTIONS);
}

function blockedFor(memory: NodeGroupMemory): number | undefined {
  return memory.backoffs['a']?.untilMs;
}

describe('a resize that fails', () => {
  it('backs the group off for what is about the group, with the cloud’s words', () => {
    const memory = fail({ kind: 'out-of-stock', message: 'No capacity in ewr' });
    assert.equal(blockedFor(memory), HEALTH_OPTIONS.initialBackoffMs);
    assert.equal(memory.backoffs['a']?.message, 'No capacity in ewr');
    assert.equal(memory.backoffs['b'], undefined);
  });

  it('only pauses for what is not: no connection, a refused token, too many requests', () => {
    assert.equal(blockedFor(fail({ kind: 'unavailable', message: 'ECONNREFUSED' })), 30_000);
    const hidden = fail({ kind: 'unavailable', message: 'edited by hand', retryAfterMs: 14_000 });
    assert.equal(blockedFor(hidden), 14_000);
    assert.equal(blockedFor(fail({ kind: 'unauthorized', message: 'Invalid API token' })), 30_000);
    const limited = fail({ kind: 'rate-limited', message: 'slow down', retryAfterMs: 2000 });
    assert.equal(blockedFor(limited), 2000);
    const real = resizeFailed(
      limited,
      { groupId: 'a', error: { kind: 'invalid', message: 'no' } },
      5000,
      HEALTH_OPTIONS,
    );
    assert.equal(real.backoffs['a']?.durationMs, HEALTH_OPTIONS.initialBackoffMs, 'the pause was no failure');
  });

  it('is not held against the group when nobody knows whether it was done', () => {
    const sent = resizeSent(EMPTY_MEMORY, { groupId: 'a', to: 5, delta: 2 }, 0);
    const memory = fail({ kind: 'unknown-outcome', message: 'socket hang up' }, sent);
    assert.deepEqual([memory.backoffs, memory.inFlight['a']?.outcomeUnknown], [{}, true]);
  });
});

function sighted(groupId: string, unlisted: number): GroupSighting {
  return {
    groupId,
    settled: true,
    unregisteredIds: [],
    awaited: 0,
    failed: [],
    unlisted,
    starting: 0,
    provisionTimeMs: MINUTE,
    targetSize: unlisted,
    registered: 0,
    listed: 0,
  };
}

describe('memory', () => {
  it('forgets groups and instances that are gone', () => {
    const full: NodeGroupMemory = {
      backoffs: { gone: failAt(0) },
      scaleUpRequests: { gone: { increase: 1, sinceMs: 0, untilMs: MINUTE } },
      inFlight: { gone: { to: 3, delta: 2, sinceMs: 0, outcomeUnknown: false } },
      givenUp: { gone: 1 },
      growthOrder: ['gone'],
      unregisteredSince: { 'vultr://gone': 0 },
      failedSince: { 'vultr://gone': 0 },
      missized: { gone: { registered: 1, targetSize: 2, sinceMs: 0 } },
    };
    assert.deepEqual(observed(full, [], 0, HEALTH_OPTIONS), EMPTY_MEMORY);
  });

  it('remembers who was asked first, for as long as nodes are on their way', () => {
    const asked = ['b', 'a'].reduce(
      (memory, groupId) => resizeAccepted(memory, { groupId, delta: 1, provisionTimeMs: MINUTE }, 0),
      EMPTY_MEMORY,
    );
    const both = observed(asked, [sighted('a', 1), sighted('b', 1), sighted('c', 1)], 0, HEALTH_OPTIONS);
    assert.deepEqual(both.growthOrder, ['b', 'a', 'c'], 'c was found, after a restart');
    assert.deepEqual(observed(both, [sighted('a', 1), sighted('b', 0)], 0, HEALTH_OPTIONS).growthOrder, ['a']);
  });

  it('survives being written down (I8)', () => {
    const sent = resizeSent(EMPTY_MEMORY, { groupId: 'a', to: 5, delta: 2 }, 0);
    const memory = resizeFailed(sent, { groupId: 'b', error: { kind: 'invalid', message: 'no' } }, 7, HEALTH_OPTIONS);
    assert.deepEqual(JSON.parse(JSON.stringify(memory)), memory);
  });

  it('counts what an earlier process may have asked for until the listing must show it', () => {
    const inherited = { to: 5, delta: 2, sinceMs: 0, outcomeUnknown: true, hiddenUntilMs: MINUTE };
    const memory = { ...EMPTY_MEMORY, inFlight: { a: inherited } };
    const seen = sighted('a', 0);
    assert.deepEqual(observed(memory, [seen], MINUTE, HEALTH_OPTIONS).inFlight['a'], inherited);
    assert.equal(observed(memory, [seen], MINUTE + 1, HEALTH_OPTIONS).inFlight['a'], undefined);
  });

  it('does not wait for ever for an answer that nobody waits for any more', () => {
    const sent = resizeSent(EMPTY_MEMORY, { groupId: 'a', to: 5, delta: 2 }, 0);
    const seen = sighted('a', 0);
    assert.notEqual(observed(sent, [seen], MINUTE, HEALTH_OPTIONS).inFlight['a'], undefined);
    assert.equal(observed(sent, [seen], 10 * MINUTE, HEALTH_OPTIONS).inFlight['a'], undefined);
    assert.notEqual(
      observed(sent, [{ ...seen, settled: false }], 10 * MINUTE, HEALTH_OPTIONS).inFlight['a'],
      undefined,
    );
  });
});
