/** Budgets for the whole cluster: how many nodes may be under removal, always or in windows by the clock of a zone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EAGER, plan, removed, whyStays } from './fixtures.test-support.ts';
import { OpenBudgets } from './disruption-windows.ts';
import type { DisruptionBudgetRule, DisruptionWindow } from './options.ts';
import { aWorld } from './world.test-support.ts';

const HOUR_MS = 60 * 60_000;
const EVERY_HOUR = Array.from({ length: 24 }, (_, hour) => hour);

function aWindow(rest: Partial<DisruptionWindow> = {}): DisruptionWindow {
  return {
    timeZone: 'UTC',
    durationMs: 8 * HOUR_MS,
    minutes: [0],
    hours: [9],
    days: undefined,
    months: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    weekdays: undefined,
    ...rest,
  };
}

function atMost(nodes: number, window?: DisruptionWindow): DisruptionBudgetRule {
  return { text: `nodes=${nodes}`, most: { kind: 'nodes', nodes }, window };
}

/** Until when the window keeps nodes from going at that time; `undefined`: it is not open. */
function closesAt(window: DisruptionWindow, at: string): string | undefined {
  const reached = new OpenBudgets([atMost(0, window)], 10, 0, Date.parse(at)).reached();
  return reached?.untilMs === undefined ? undefined : new Date(reached.untilMs).toISOString().replace(':00.000Z', 'Z');
}

/** Five empty nodes. */
function fiveNodes(): ReturnType<typeof aWorld> {
  return aWorld({ nodes: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name })) });
}

describe('a budget that holds always', () => {
  it('lets so many nodes go at once, and says of the others which budget holds them', () => {
    const made = plan({ ...fiveNodes(), options: { ...EAGER, disruptionBudgets: [atMost(2)] } });
    assert.equal(made.removals.length, 2);
    const others = ['a', 'b', 'c', 'd', 'e'].filter((name) => !removed(made).includes(name));
    for (const name of others) {
      assert.deepEqual(whyStays(made, name), { code: 'DisruptionBudgetReached', budget: 'nodes=2', limit: 2 });
    }
  });

  it('counts the removals that are under way', () => {
    const removals = [{ node: 'a', step: 'draining', drains: true }];
    const made = plan({ ...fiveNodes(), removals, options: { ...EAGER, disruptionBudgets: [atMost(2)] } });
    assert.equal(made.removals.length, 1);
  });

  it('as a share is rounded up, so that small clusters shrink too', () => {
    const tenth: DisruptionBudgetRule = { text: 'nodes=10%', most: { kind: 'share', share: 0.1 }, window: undefined };
    assert.equal(plan({ ...fiveNodes(), options: { ...EAGER, disruptionBudgets: [tenth] } }).removals.length, 1);
  });

  it('is overruled by a stricter one', () => {
    const made = plan({ ...fiveNodes(), options: { ...EAGER, disruptionBudgets: [atMost(3), atMost(1), atMost(4)] } });
    assert.equal(made.removals.length, 1);
  });

  it('of no nodes keeps them all', () => {
    assert.deepEqual(removed(plan({ ...fiveNodes(), options: { ...EAGER, disruptionBudgets: [atMost(0)] } })), []);
  });
});

describe('a window', () => {
  it('opens by its schedule and closes after its duration', () => {
    assert.equal(closesAt(aWindow(), '2026-03-04T08:59:59Z'), undefined);
    assert.equal(closesAt(aWindow(), '2026-03-04T09:00:00Z'), '2026-03-04T17:00Z');
    assert.equal(closesAt(aWindow(), '2026-03-04T16:59:59Z'), '2026-03-04T17:00Z');
    assert.equal(closesAt(aWindow(), '2026-03-04T17:00:00Z'), undefined);
  });

  it('stays open over midnight', () => {
    const night = aWindow({ hours: [22] });
    assert.equal(closesAt(night, '2026-03-05T01:00:00Z'), '2026-03-05T06:00Z');
  });

  it('goes by the clock of its zone, through the change to summer time', () => {
    const berlin = aWindow({ timeZone: 'Europe/Berlin' });
    assert.equal(closesAt(berlin, '2026-03-28T08:00:00Z'), '2026-03-28T16:00Z');
    assert.equal(closesAt(berlin, '2026-03-29T07:00:00Z'), '2026-03-29T15:00Z');
  });

  it('lasts as long as any other when the clocks change in its midst', () => {
    const night = aWindow({ timeZone: 'Europe/Berlin', hours: [23], durationMs: 6 * HOUR_MS });
    assert.equal(closesAt(night, '2026-03-29T02:00:00Z'), '2026-03-29T04:00Z');
  });

  it('knows zones of half and quarter hours', () => {
    assert.equal(closesAt(aWindow({ timeZone: 'Asia/Kathmandu' }), '2026-03-04T03:15:00Z'), '2026-03-04T11:15Z');
    assert.equal(closesAt(aWindow({ timeZone: 'Asia/Kathmandu' }), '2026-03-04T03:14:00Z'), undefined);
  });

  it('opens on its weekdays, by the zone; on days of the month or weekdays where both are given', () => {
    const workdays = aWindow({ weekdays: [1, 2, 3, 4, 5] });
    assert.equal(closesAt(workdays, '2026-03-06T10:00:00Z'), '2026-03-06T17:00Z', 'a Friday');
    assert.equal(closesAt(workdays, '2026-03-07T10:00:00Z'), undefined, 'a Saturday');
    const either = aWindow({ days: [7], weekdays: [5] });
    assert.equal(closesAt(either, '2026-03-06T10:00:00Z'), '2026-03-06T17:00Z', 'a Friday');
    assert.equal(closesAt(either, '2026-03-07T10:00:00Z'), '2026-03-07T17:00Z', 'the seventh');
    assert.equal(closesAt(either, '2026-03-08T10:00:00Z'), undefined);
  });

  it('that opens again while it is open stays open', () => {
    const often = aWindow({ hours: EVERY_HOUR, minutes: [0, 30], durationMs: HOUR_MS });
    assert.equal(closesAt(often, '2026-03-04T09:45:00Z'), '2026-03-04T10:30Z');
  });
});
