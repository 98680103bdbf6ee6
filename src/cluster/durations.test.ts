import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDurationMs, formatDurationNs, parseDurationMs, parseDurationNs } from './durations.ts';
import { test } from 'node:test';

const LARGEST = 2n ** 63n - 1n;

test('a duration that is printed reads back as the same number of nanoseconds', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -LARGEST - 1n, max: LARGEST }), (ns) => {
      assert.equal(parseDurationNs(formatDurationNs(ns)), ns);
    }),
  );
});

test('durations near a unit print and read back too', () => {
  const unit = fc.constantFrom(1n, 1_000n, 1_000_000n, 1_000_000_000n, 60_000_000_000n, 3_600_000_000_000n);
  fc.assert(
    fc.property(unit, fc.bigInt({ min: 1n, max: 90n }), fc.bigInt({ min: -1n, max: 1n }), (each, count, off) => {
      const ns = each * count + off;
      assert.equal(parseDurationNs(formatDurationNs(ns)), ns);
      assert.equal(parseDurationNs(`${each * count}ns`), each * count);
    }),
  );
});

test('a duration for people reads back as the same milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 87_600 * 3_600_000 }), (ms) => {
      assert.equal(parseDurationMs(formatDurationMs(ms)), ms);
    }),
  );
});

test('what Go reads as a duration', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['-0', 0],
    ['+0', 0],
    ['0s', 0],
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['.5s', 500],
    ['1.s', 1_000],
    ['300ms', 300],
    ['250us', 0.25],
    ['250\u00b5s', 0.25],
    ['250\u03bcs', 0.25],
    ['1500000ns', 1.5],
    ['-1m', -60_000],
    ['+5m', 300_000],
    ['87600h', 315_360_000_000],
    ['1h1m1s1ms', 3_661_001],
    ['30m1h', 5_400_000],
    ['0.3333333333333333333h', 1_200_000],
  ];
  for (const [text, ms] of cases) assert.equal(parseDurationMs(text), ms, text);
});

test('what Go does not read as a duration', () => {
  for (const text of [
    '',
    '10',
    '-',
    '+',
    's',
    '.s',
    '10 s',
    ' 10s',
    '10s ',
    '1d',
    '10S',
    '1h30',
    '1..5s',
    '--1s',
    '1e3s',
  ]) {
    assert.equal(parseDurationNs(text), undefined, JSON.stringify(text));
  }
  // One nanosecond beyond 64 bits, and far beyond.
  assert.equal(parseDurationNs('9223372036854775808ns'), undefined);
  assert.equal(parseDurationNs('-9223372036854775808ns'), -(2n ** 63n));
  assert.equal(parseDurationNs('3000000h'), undefined);
});

test('durations look as Go prints them, and shorter for people', () => {
  assert.equal(formatDurationNs(0n), '0s');
  assert.equal(formatDurationNs(1_100n), '1.1\u00b5s');
  assert.equal(formatDurationNs(2_200_000n), '2.2ms');
  assert.equal(formatDurationNs(3_300_000_000n), '3.3s');
  assert.equal(formatDurationNs(245_000_000_000n), '4m5s');
  assert.equal(formatDurationNs(-5_400_000_000_000n), '-1h30m0s');
  assert.equal(formatDurationMs(600_000), '10m');
  assert.equal(formatDurationMs(5_400_000), '1h30m');
  assert.equal(formatDurationMs(3_600_000), '1h');
  assert.equal(formatDurationMs(3_605_000), '1h0m5s');
  assert.equal(formatDurationMs(0), '0s');
});
