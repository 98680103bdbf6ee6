import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { costLowerBound } from './cost-lower-bound.ts';

const CHEAP_CPU = { pricePerHour: 1, capacity: [4, 8, 0] };
const CHEAP_MEMORY = { pricePerHour: 1, capacity: [2, 16, 0] };
const GPU = { pricePerHour: 10, capacity: [12, 64, 1] };

test('given demand for one plan in its proportions, the bound is that share of its price', () => {
  const bound = costLowerBound([CHEAP_CPU, CHEAP_MEMORY, GPU]);
  assert.equal(bound.atDemand([0, 0, 0]), 0);
  assert.ok(Math.abs(bound.atDemand([2, 4, 0]) - 0.5) < 1e-9);
  assert.ok(Math.abs(bound.atDemand([6, 24, 0]) - 2) < 1e-9, 'one of each');
});

test('given demand for a GPU, the CPU and memory that come with it are used first', () => {
  const bound = costLowerBound([CHEAP_CPU, CHEAP_MEMORY, GPU]);
  assert.ok(Math.abs(bound.atDemand([12, 64, 1]) - 10) < 1e-9);
  assert.ok(Math.abs(bound.atDemand([16, 72, 1]) - 11) < 1e-9);
});

test('property: no fractional purchase that covers the demand is cheaper, and one corner purchase attains the bound', () => {
  const amount = fc.integer({ min: 1, max: 64 });
  const plan = fc.record({ pricePerHour: fc.integer({ min: 1, max: 100 }), capacity: fc.tuple(amount, amount) });
  fc.assert(
    fc.property(
      fc.array(plan, { minLength: 1, maxLength: 6 }),
      fc.tuple(amount, amount),
      fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { minLength: 6, maxLength: 6 }),
      (plans, demand, purchase) => {
        const bound = costLowerBound(plans).atDemand(demand);
        const bought = [0, 1].map((r) =>
          plans.reduce((sum, p, i) => sum + (p.capacity[r] ?? 0) * (purchase[i] ?? 0), 0),
        );
        const cost = plans.reduce((sum, p, i) => sum + p.pricePerHour * (purchase[i] ?? 0), 0);
        if (bought.every((have, r) => have >= (demand[r] ?? 0))) assert.ok(cost >= bound * (1 - 1e-9));
        assert.ok(Math.abs(cheapestOfOneOrTwoPlans(plans, demand) - bound) <= 1e-6 * bound);
      },
    ),
    { seed: 20261124, numRuns: 300 },
  );
});

/** With two resources an optimal purchase mixes two plans at most: try all pairs, the slow and obvious way. */
function cheapestOfOneOrTwoPlans(
  plans: readonly { readonly pricePerHour: number; readonly capacity: readonly [number, number] }[],
  [d0, d1]: readonly [number, number],
): number {
  let best = Infinity;
  for (const a of plans) {
    best = Math.min(best, a.pricePerHour * Math.max(d0 / a.capacity[0], d1 / a.capacity[1]));
    for (const b of plans) {
      const determinant = a.capacity[0] * b.capacity[1] - a.capacity[1] * b.capacity[0];
      if (determinant === 0) continue;
      const x = (d0 * b.capacity[1] - d1 * b.capacity[0]) / determinant;
      const y = (a.capacity[0] * d1 - a.capacity[1] * d0) / determinant;
      if (x >= 0 && y >= 0) best = Math.min(best, x * a.pricePerHour + y * b.pricePerHour);
    }
  }
  return best;
}
