import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultOptions } from '../options/options.ts';
import type { DecideOptions } from './decide.ts';
import { FIRST_MEMORY } from './memory.ts';
import { remember, unanswered } from './remember.ts';

const { scaleUp, scaleDown, limits, nodeGroups, thresholds } = defaultOptions();
const OPTIONS: DecideOptions = { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour: 0 };

const NOON_MS = 12 * 3_600_000;

describe('a process that is killed before the answer comes', () => {
  const sent = { kind: 'resize-sent', groupId: 'web', to: 5, delta: 2, atMs: NOON_MS } as const;
  const asked = remember(FIRST_MEMORY, sent, OPTIONS, []);

  it('has had one more lost reply: its nodes may have been launched', () => {
    const left = unanswered(asked, OPTIONS);
    assert.deepEqual(left.nodeGroups.inFlight, { web: { to: 5, delta: 2, sinceMs: NOON_MS, outcomeUnknown: true } });
    assert.deepEqual(left.launches.launches, [{ sinceMs: NOON_MS, atMs: NOON_MS, nodes: 2 }]);
    assert.equal(left.scaleDown.lastScaleUpAtMs, NOON_MS);
    assert.deepEqual(left.nodeGroups.backoffs, {}, 'which is no failure');
  });

  it('has asked for nothing, and nobody has failed, where the lease was lost before it could', () => {
    const after = remember(asked, { kind: 'resize-unsent', groupId: 'web', atMs: NOON_MS }, OPTIONS, []);
    assert.deepEqual(after.nodeGroups.inFlight, {});
    assert.deepEqual(after.nodeGroups.backoffs, {});
  });

  it('has not had another one where the reply was lost before', () => {
    const error = { kind: 'unknown-outcome', message: 'socket hang up' } as const;
    const lost = { kind: 'resize-failed', groupId: 'web', delta: 2, error, atMs: NOON_MS } as const;
    const known = remember(asked, lost, OPTIONS, []);
    assert.deepEqual(unanswered(known, OPTIONS), known);
  });
});
