import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';
import { amountOf } from './quantity.ts';

test('quantities are exact, in milli for CPU and whole for the rest, rounded up', () => {
  const cases = [
    ['cpu', '100m', 100],
    ['cpu', '1.1', 1100],
    ['cpu', '1n', 1],
    ['cpu', 2, 2000],
    ['memory', '1.5Gi', 1_610_612_736],
    ['memory', '128974848', 128_974_848],
    ['memory', '129e6', 129_000_000],
    ['memory', '129M', 129_000_000],
    ['memory', '100m', 1],
    ['nvidia.com/gpu', '2', 2],
    ['memory', 'lots', 0],
    ['memory', '-5', 0],
    ['memory', '', 0],
  ] as const;
  for (const [resource, text, amount] of cases) assert.equal(amountOf(resource, text), amount, `${resource} ${text}`);
});

test('property: a whole number of milli-CPU reads back however it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (milli) => {
      assert.equal(amountOf('cpu', `${milli}m`), milli);
      assert.equal(amountOf('cpu', (milli / 1000).toFixed(3)), milli);
    }),
  );
});

test('property: a duration reads back as it was written', () => {
  fc.assert(fc.property(fc.nat(10_000_000_000), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
  for (const wrong of ['', 'soon', '5', '5 m', 'm5', '1h-5m']) assert.equal(parseDuration(wrong), undefined, wrong);
});
