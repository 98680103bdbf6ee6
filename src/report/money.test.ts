import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aGroupExplanation, aRecord } from '../explain/record.test-support.ts';
import type { DecisionRecord } from '../explain/record.ts';
import { Money } from './money.ts';
import { costText } from './status/cost-text.ts';

const HOUR_MS = 3_600_000;

/** Pools of at most ten nodes, with the price of a node where it is known. */
function seen(
  atHour: number,
  pools: Readonly<Record<string, readonly [size: number, price?: number]>>,
): DecisionRecord {
  const groups = Object.entries(pools).map(([name, [targetSize, pricePerHour]]) =>
    aGroupExplanation({ id: `id-${name}`, name, targetSize, maxSize: 10, pricePerHour }),
  );
  return aRecord({ atMs: atHour * HOUR_MS, groups });
}

describe('money', () => {
  it('is what each pool and all of them cost an hour; nodes without a price are counted beside', () => {
    const money = new Money();
    assert.equal(money.cost, undefined);
    money.advance(seen(0, { web: [3, 0.1], batch: [2, 0.25], odd: [4] }));
    assert.deepEqual(money.cost, {
      pricePerHour: 0.8,
      pools: { web: 0.3, batch: 0.5 },
      unpricedNodes: 4,
      saved: { againstMaximum: 0, againstNoScaleDown: 0 },
    });
  });

  it('is saved by each hour against the maximum, and against the most that each pool has had', () => {
    const money = new Money();
    money.advance(seen(0, { web: [8, 0.1] }));
    money.advance(seen(1, { web: [3, 0.1] }));
    assert.deepEqual(money.cost?.saved, { againstMaximum: 0.2, againstNoScaleDown: 0 });
    const added = money.advance(seen(3, { web: [3, 0.1] }));
    assert.ok(Math.abs(added.againstMaximum - 1.4) < 1e-9 && Math.abs(added.againstNoScaleDown - 1) < 1e-9);
    assert.deepEqual(money.cost.saved, { againstMaximum: 1.6, againstNoScaleDown: 1 });
  });

  it('is not counted for the time in which another process leads', () => {
    const money = new Money();
    money.advance(seen(0, { web: [3, 0.1] }));
    money.pause();
    money.advance(seen(100, { web: [3, 0.1] }));
    money.advance(seen(101, { web: [3, 0.1] }));
    assert.deepEqual(money.cost?.saved, { againstMaximum: 0.7, againstNoScaleDown: 0 });
  });

  it('is YAML in the status ConfigMap', () => {
    const money = new Money();
    money.advance(seen(0, { web: [3, 0.1], odd: [1] }));
    assert.ok(money.cost !== undefined);
    assert.equal(
      costText(money.cost),
      [
        'pools:',
        '- name: web',
        '  pricePerHour: 0.3',
        'pricePerHour: 0.3',
        'saved:',
        '  againstMaximum: 0',
        '  againstNoScaleDown: 0',
        'unpricedNodes: 1',
        '',
      ].join('\n'),
    );
  });
});
