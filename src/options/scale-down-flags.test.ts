/** The flags of scale-down that are this program's own: budgets for the whole cluster, paid hours, consolidation. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DisruptionBudgetRule, ScaleDownOptions } from '../scale-down/options.ts';
import { parseOptions } from './options.ts';

function scaleDown(...args: readonly string[]): ScaleDownOptions {
  const parsed = parseOptions(args);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.options.scaleDown;
}

function isRefused(...args: readonly string[]): boolean {
  return !parseOptions(args).ok;
}

function budget(text: string): DisruptionBudgetRule {
  const [rule, ...more] = scaleDown(`--disruption-budget=${text}`).disruptionBudgets;
  assert.equal(more.length, 0);
  return rule ?? assert.fail();
}

describe('--disruption-budget', () => {
  it('is a number of nodes or a share of them, always unless said otherwise', () => {
    assert.deepEqual(budget('nodes=3'), { text: 'nodes=3', most: { kind: 'nodes', nodes: 3 }, window: undefined });
    assert.deepEqual(budget('nodes=10%').most, { kind: 'share', share: 0.1 });
    assert.equal(scaleDown('--disruption-budget=nodes=1', '--disruption-budget=nodes=5%').disruptionBudgets.length, 2);
    assert.deepEqual(scaleDown().disruptionBudgets, []);
  });

  it('has windows by a schedule as cron writes it, in a time zone', () => {
    const { window } = budget('nodes=0;schedule=*/15 9-17 * * mon-fri;duration=8h;tz=Europe/Berlin');
    assert.deepEqual(window, {
      timeZone: 'Europe/Berlin',
      durationMs: 8 * 60 * 60_000,
      minutes: [0, 15, 30, 45],
      hours: [9, 10, 11, 12, 13, 14, 15, 16, 17],
      days: undefined,
      months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      weekdays: [1, 2, 3, 4, 5],
    });
    assert.equal(budget('nodes=0;schedule=0 0 * * *;duration=1h').window?.timeZone, 'UTC');
    assert.deepEqual(budget('nodes=0;schedule=0 0 1,15 jan *;duration=1h').window?.days, [1, 15]);
    assert.deepEqual(budget('nodes=0;schedule=0 0 1 jan *;duration=1h').window?.months, [1]);
    assert.deepEqual(budget('nodes=0;schedule=0 0 * * 7;duration=1h').window?.weekdays, [0], 'Sunday is 0 as well');
    assert.deepEqual(budget('nodes=0;schedule=30/10 0 * * *;duration=1h').window?.minutes, [30, 40, 50]);
  });

  for (const text of [
    'nodes=-1',
    'nodes=101%',
    'pods=3',
    'nodes=1;nodes=2',
    'nodes=1;duration=1h',
    'nodes=1;schedule=0 9 * * *',
    'nodes=1;schedule=0 9 * *;duration=1h',
    'nodes=1;schedule=60 9 * * *;duration=1h',
    'nodes=1;schedule=0 9 * * *;duration=1s',
    'nodes=1;schedule=0 9 * * *;duration=1h;tz=Mars/Olympus',
    'nodes=1;schedule=0 9-5 * * *;duration=1h',
    'nodes=1;schedule=*/0 9 * * *;duration=1h',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.ok(isRefused(`--disruption-budget=${text}`)));
  }
});

describe('--consolidation', () => {
  it('is off unless asked for, whatever else is said of it', () => {
    assert.equal(scaleDown().consolidation, undefined);
    assert.equal(scaleDown('--consolidation-threshold=2').consolidation, undefined);
  });

  it('has a threshold, a least age, a pause, and the time in which nodes have to be ready', () => {
    assert.deepEqual(scaleDown('--consolidation', '--max-node-provision-time=7m').consolidation, {
      threshold: 0.5,
      minNodeAgeMs: 60 * 60_000,
      cooldownMs: 30 * 60_000,
      readyWithinMs: 7 * 60_000,
    });
    const given = scaleDown('--consolidation', '--consolidation-threshold=1.5', '--consolidation-cooldown=1h');
    assert.equal(given.consolidation?.threshold, 1.5);
    assert.equal(given.consolidation.cooldownMs, 60 * 60_000);
  });

  it('refuses what has no meaning', () => {
    assert.ok(isRefused('--consolidation', '--consolidation-threshold=-1'));
    assert.ok(isRefused('--consolidation', '--consolidation-min-node-age=-1m'));
  });
});

it('--respect-billing-hour is off unless asked for', () => {
  assert.equal(scaleDown().respectBillingHour, false);
  assert.equal(scaleDown('--respect-billing-hour').respectBillingHour, true);
});
