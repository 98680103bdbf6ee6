import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { EMPTY_MEMORY, resizeAccepted, resizeSent } from '../node-groups/memory.ts';
import type { ConsolidationMemory } from '../scale-down/memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY, foundUnneeded, removalFailed } from '../scale-down/memory.ts';
import { ClockSteps, memoryAfterStep } from './clock-steps.ts';
import { NO_LAUNCHES, launched } from '../scale-up/launches.ts';
import { NO_HINTS } from '../scale-up/imitated-placing.ts';
import { NO_PREDICTIONS, promised } from '../scale-up/predictions.ts';
import type { Memory } from './memory.ts';

const MINUTE_MS = 60_000;

const SKETCH = {
  group: 'small',
  nodes: 1,
  replaced: ['n1'],
  savesPerHour: 0.1,
  savingsShare: 0.5,
  disruptionShare: 0.2,
};

describe('a wall clock that is set', () => {
  it('is noticed once, by how much', async () => {
    const clock = new VirtualClock();
    const steps = new ClockSteps(clock);
    await clock.runFor(MINUTE_MS);
    assert.equal(steps.take(), 0);
    clock.jump(12 * MINUTE_MS);
    assert.equal(steps.take(), 12 * MINUTE_MS);
    assert.equal(steps.take(), 0);
    clock.jump(-3 * MINUTE_MS);
    assert.equal(steps.take(), -3 * MINUTE_MS);
  });

  it('is followed when it drifts, once that has added up', () => {
    const clock = new VirtualClock();
    const steps = new ClockSteps(clock);
    clock.jump(600);
    assert.equal(steps.take(), 0);
    clock.jump(600);
    assert.equal(steps.take(), 1200);
  });

  it('leaves every timeout as long as it was', () => {
    const remembered = (nowMs: number): Memory => {
      const asked = resizeSent(EMPTY_MEMORY, { groupId: 'web', to: 4, delta: 3 }, nowMs);
      const accepted = resizeAccepted(asked, { groupId: 'web', delta: 3, provisionTimeMs: 15 * MINUTE_MS }, nowMs);
      const unneeded = foundUnneeded(EMPTY_SCALE_DOWN_MEMORY, [{ name: 'n1', uid: 'u1' }], nowMs);
      const failed = { now: nowMs, untilMs: nowMs + 5 * MINUTE_MS, message: 'a pod came' };
      const consolidation: ConsolidationMemory = {
        replacement: {
          groupId: 'small',
          sketch: SKETCH,
          before: ['u3'],
          replaced: [{ name: 'n1', uid: 'u1' }],
          askedAtMs: nowMs - MINUTE_MS,
          readyAtMs: nowMs,
          untilMs: nowMs + 15 * MINUTE_MS,
        },
        found: { sketch: SKETCH, sinceMs: nowMs - MINUTE_MS },
        lookedAtMs: nowMs,
        quietUntilMs: nowMs + 30 * MINUTE_MS,
      };
      const scaleDown = { ...removalFailed(unneeded, { name: 'n2', uid: 'u2' }, failed), consolidation };
      const launches = launched(NO_LAUNCHES, 3, nowMs);
      const predictions = promised(NO_PREDICTIONS, [{ kin: 'p', groupId: 'web', nodes: 3 }], nowMs);
      const sent = resizeSent(accepted, { groupId: 'gpu', to: 2, delta: 1 }, nowMs);
      const inherited = { to: 3, delta: 1, sinceMs: nowMs, outcomeUnknown: true, hiddenUntilMs: nowMs + MINUTE_MS };
      const nodeGroups = { ...sent, inFlight: { ...sent.inFlight, big: inherited } };
      return { nodeGroups, scaleDown, launches, predictions, hints: NO_HINTS };
    };
    assert.deepEqual(memoryAfterStep(remembered(1_000_000), 12 * MINUTE_MS), remembered(1_000_000 + 12 * MINUTE_MS));
    assert.deepEqual(memoryAfterStep(remembered(1_000_000), -2000), remembered(998_000));
  });
});
