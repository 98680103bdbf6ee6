/** Holds: with `price` as the first expander the plan as a whole is cheap, and no pod pays for it with its place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PodFacts } from '../cluster/facts.ts';
import { podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { planFor, resizes } from './plan.test-support.ts';
import type { ScaleUpPlan } from './scale-up.ts';
import type { ExpanderName } from './options.ts';

function pool(name: string, cpu: number, pricePerHour: number, maxSize = 1000): NodeGroupState {
  return aGroup({ name, pricePerHour, maxSize, node: { cpu, memory: 2 ** 40 } });
}

function plan(
  pods: readonly PodFacts[],
  groups: readonly NodeGroupState[],
  expander: ExpanderName = 'price',
): ScaleUpPlan {
  return planFor({ pods, groups, options: { expanders: [expander] } });
}

function costOf(made: ScaleUpPlan): number {
  return made.resizes.reduce((sum, { pricePerHour = 0 }) => sum + pricePerHour, 0);
}

describe('the cheapest plan', () => {
  it('buys large nodes for what fills them, and a small one for the rest', () => {
    const made = plan(podsOf('web', 9, { cpu: 1000 }), [pool('large', 8000, 0.4), pool('small', 1000, 0.08)]);
    assert.deepEqual(resizes(made), ['large+1', 'small+1']);
    assert.equal(made.resizes[0]?.because, 'price: $0.400 an hour for 1 node; $0.480 an hour in all, at least $0.450');
  });

  it('takes one dear node for different pods where single bargains would cost more together', () => {
    const pods = [...podsOf('api', 1, { cpu: 3000 }), ...podsOf('web', 1, { cpu: 1000 })];
    const groups = [pool('four', 4000, 0.5), pool('one', 1000, 0.1), pool('three', 3000, 0.45)];
    assert.deepEqual(resizes(plan(pods, groups)), ['four+1']);
  });

  it('gives the largest pod a node of its own where it would spoil the one that the others fill', () => {
    const pods = [3000, 1500, 1000].flatMap((cpu) => podsOf(`of-${cpu}`, 2, { cpu }));
    for (const [small, large] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const made = plan(pods, [pool(small, 3000, 0.1), pool(large, 8000, 0.2)]);
      assert.deepEqual(resizes(made).toSorted(), ['a+1', 'b+1']);
    }
  });

  it('leaves no pod without a place to save money', () => {
    const made = plan(podsOf('web', 10, { cpu: 1000 }), [pool('cheap', 2000, 0.01, 3), pool('dear', 2000, 9)]);
    assert.deepEqual(resizes(made), ['cheap+3', 'dear+2']);
    assert.equal(made.unhelped, 0);
  });

  it('does without a group whose price is not known', () => {
    const unknown = aGroup({ name: 'unknown', node: { cpu: 64_000, memory: 2 ** 40 } });
    assert.deepEqual(resizes(plan(podsOf('web', 4, { cpu: 1000 }), [unknown, pool('known', 2000, 1)])), ['known+2']);
    assert.deepEqual(resizes(plan(podsOf('web', 4, { cpu: 1000 }), [unknown])), ['unknown+1']);
  });

  const SHAPES = [{ cpu: 500 }, { cpu: 1000 }, { cpu: 1500 }, { cpu: 3000 }] as const;
  const situation = fc.record({
    counts: fc.tuple(...SHAPES.map(() => fc.integer({ min: 0, max: 3 }))),
    pools: fc.array(fc.tuple(fc.constantFrom(2000, 3000, 4000, 8000), fc.integer({ min: 1, max: 12 })), {
      minLength: 1,
      maxLength: 3,
    }),
  });
  const podsWith = (counts: readonly number[]): PodFacts[] =>
    SHAPES.flatMap((shape, index) => podsOf(`set${index}`, counts[index] ?? 0, shape));
  it('property: helps as many pods as least-waste and every other expander, and never costs more', () => {
    fc.assert(
      fc.property(situation, ({ counts, pools }) => {
        const made = plan(podsWith(counts), poolsWith(pools));
        for (const other of ['least-waste', 'most-pods', 'least-nodes'] as const) {
          const compared = plan(podsWith(counts), poolsWith(pools), other);
          assert.ok(made.unhelped <= compared.unhelped);
          assert.ok(costOf(made) <= costOf(compared) + 1e-9, `${other}: ${costOf(compared)}, ours ${costOf(made)}`);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('property: on small cases it is within a quarter of the best that there is, and mostly is the best', () => {
    let runs = 0;
    let best = 0;
    fc.assert(
      fc.property(situation, ({ counts, pools }) => {
        const fit = pools.some(([cpu]) => cpu >= 3000);
        fc.pre(fit && counts.some((count) => count > 0));
        const cost = costOf(plan(podsWith(counts), poolsWith(pools)));
        const least = leastCost(
          SHAPES.flatMap(({ cpu }, index) => Array.from({ length: counts[index] ?? 0 }, () => cpu)),
          pools,
        );
        runs += 1;
        if (cost <= least + 1e-9) best += 1;
        assert.ok(cost <= least * 1.25 + 1e-9, `${cost} where ${least} would do`);
      }),
      { numRuns: 60 },
    );
    assert.ok(best >= runs * 0.9, `${best} of ${runs} are the best`);
  });
});

function poolsWith(sketches: readonly (readonly [number, number])[]): NodeGroupState[] {
  return sketches.map(([cpu, price], index) => pool(`p${index}`, cpu, price));
}

/** By trying every way to put the pods, largest first, onto nodes that are there or onto a new one of each pool. */
function leastCost(pods: readonly number[], pools: readonly (readonly [cpu: number, price: number])[]): number {
  const sorted = pods.toSorted((a, b) => b - a);
  const floor = Math.min(...pools.map(([cpu, price]) => price / cpu));
  let best = Number.POSITIVE_INFINITY;
  const visit = (index: number, free: readonly number[], cost: number): void => {
    const left = sorted.slice(index).reduce((sum, one) => sum + one, 0);
    const room = free.reduce((sum, one) => sum + one, 0);
    if (cost + Math.max(0, left - room) * floor >= best) return;
    const pod = sorted[index];
    if (pod === undefined) {
      best = cost;
      return;
    }
    for (const one of new Set(free.filter((some) => some >= pod))) {
      visit(index + 1, free.with(free.indexOf(one), one - pod), cost);
    }
    for (const [cpu, price] of pools) if (cpu >= pod) visit(index + 1, [...free, cpu - pod], cost + price);
  };
  visit(0, [], 0);
  return best;
}
