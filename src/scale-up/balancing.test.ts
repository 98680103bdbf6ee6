import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Vessel } from './balancing.ts';
import { apportion, balance } from './balancing.ts';

/** `size/maxSize` of each group. */
function groups(...texts: string[]): Vessel[] {
  return texts.map((text) => {
    const [size = 0, maxSize = 0] = text.split('/').map(Number);
    return { size, maxSize };
  });
}

describe('balancing', () => {
  for (const [given, nodes, expected] of [
    [['1/10', '3/10', '6/10'], 4, [3, 1, 0]],
    [['1/2', '1/10'], 5, [1, 4]],
    [['1/2', '1/3'], 5, [1, 2]],
    [['5/5', '1/10'], 2, [0, 2]],
    [['2/10', '2/10', '2/10'], 2, [1, 1, 0]],
    [['4/2', '1/10'], 2, [0, 2]],
    [[], 3, []],
  ] as const) {
    it(`${nodes} nodes over ${given.join(', ')}: ${expected.join(', ')}`, () => {
      assert.deepEqual(balance(groups(...given), nodes), expected);
    });
  }

  it('divides pods as the nodes are divided, and loses none', () => {
    assert.deepEqual(apportion(7, [2, 1]), [4, 3]);
    assert.deepEqual(apportion(2, [1, 1, 1]), [0, 1, 1]);
    assert.deepEqual(apportion(0, [3, 0]), [0, 0]);
  });

  it('is what giving node after node to the smallest group comes to', () => {
    const group = fc.record({ size: fc.nat(12), maxSize: fc.nat(15) });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 6 }), fc.nat(60), (vessels, nodes) => {
        assert.deepEqual(balance(vessels, nodes), oneByOne(vessels, nodes));
      }),
    );
  });
});

function oneByOne(vessels: readonly Vessel[], nodes: number): number[] {
  const given = vessels.map(() => 0);
  const sizeOf = (index: number): number => (vessels[index]?.size ?? 0) + (given[index] ?? 0);
  for (let left = nodes; left > 0; left -= 1) {
    const open = vessels.flatMap(({ maxSize }, index) => (sizeOf(index) < maxSize ? [index] : []));
    const sizes = open.map(sizeOf);
    // Of equals the one that was smaller before, as it stands first in the order of filling.
    const smallest = open.filter((index) => sizeOf(index) === Math.min(...sizes));
    const [next] = smallest.toSorted((a, b) => (vessels[a]?.size ?? 0) - (vessels[b]?.size ?? 0) || a - b);
    if (next === undefined) break;
    given[next] = (given[next] ?? 0) + 1;
  }
  return given;
}
