import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WholePodBound, type OfferedPool } from './whole-pod-bound.ts';

const CPU: OfferedPool = { pricePerHour: 1, capacity: [8, 32, 0], minimum: 0 };
const GPU: OfferedPool = { pricePerHour: 10, capacity: [24, 112, 1], minimum: 0 };
const SMALL_GPU: OfferedPool = { pricePerHour: 2, capacity: [3, 32, 1], minimum: 0 };

function boundOf(pools: readonly OfferedPool[], pods: readonly (readonly number[])[]): number {
  const bound = new WholePodBound(pools);
  for (const pod of pods) bound.add(pod);
  return bound.usdPerHour;
}

test('given GPU pods that only the large plan has the cores for, each pays a large node', () => {
  const pods = [
    [8, 16, 1],
    [8, 16, 1],
    [2, 4, 1],
  ];
  assert.equal(boundOf([CPU, GPU, SMALL_GPU], pods), 22, 'cut in pieces, they could do with three small GPUs');
});

test('given pods of which no two fit one node, each pays a node', () => {
  const five = [5, 1, 0];
  assert.equal(boundOf([CPU], [five, five, five]), 3);
});

test('given nodes that cannot be given back, they are paid whether or not they are used', () => {
  assert.equal(boundOf([{ ...CPU, minimum: 1 }, GPU], []), 1);
  assert.equal(boundOf([{ ...CPU, minimum: 1 }, GPU], [[8, 16, 1]]), 11);
  assert.equal(boundOf([{ ...CPU, minimum: 1 }], [[8, 16, 0]]), 1, 'the pod is on that node');
});

test('a pod that goes takes what it paid with it; one that no pool holds pays nothing', () => {
  const bound = new WholePodBound([CPU]);
  bound.add([4, 4, 0]);
  bound.add([80, 4, 0]);
  bound.remove([4, 4, 0]);
  assert.equal(bound.usdPerHour, 0);
});

test('property: nodes that hold the pods, with the minimum, never cost less', () => {
  const pool = fc.record({
    pricePerHour: fc.integer({ min: 1, max: 9 }),
    capacity: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 2 })),
    minimum: fc.integer({ min: 0, max: 2 }),
  });
  const pod = fc.record({
    requests: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 1 })),
    wish: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(pool, { minLength: 1, maxLength: 5 }), fc.array(pod, { maxLength: 12 }), (pools, pods) => {
      const placed = pods.filter(({ requests }) => pools.some((one) => holds(one.capacity, requests)));
      const bound = boundOf(
        pools,
        placed.map(({ requests }) => requests),
      );
      assert.ok(bound <= costOfSomePlacement(pools, placed) + 1e-9);
    }),
  );
});

/** First fit onto nodes of whichever pool each pod wishes for. */
function costOfSomePlacement(
  pools: readonly OfferedPool[],
  pods: readonly { readonly requests: readonly number[]; readonly wish: number }[],
): number {
  const nodes = pools.flatMap((pool) =>
    Array.from({ length: pool.minimum }, () => ({ pool, free: [...pool.capacity] })),
  );
  for (const { requests, wish } of pods) {
    const able = pools.filter(({ capacity }) => holds(capacity, requests));
    let node = nodes.find(({ free }) => holds(free, requests));
    const pool = able[wish % able.length];
    if (node === undefined && pool !== undefined) nodes.push((node = { pool, free: [...pool.capacity] }));
    requests.forEach((amount, r) => {
      if (node !== undefined) node.free[r] = (node.free[r] ?? 0) - amount;
    });
  }
  return nodes.reduce((sum, { pool }) => sum + pool.pricePerHour, 0);
}

function holds(free: readonly number[], requests: readonly number[]): boolean {
  return requests.every((amount, r) => amount <= (free[r] ?? 0));
}
