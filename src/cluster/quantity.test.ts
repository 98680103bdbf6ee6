import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addAmounts, parseAmount, parseMilli, parseWhole } from './quantity.ts';

test('CPU is read in thousandths and rounded up', () => {
  const cases: Record<string, number> = {
    '1': 1000,
    '250m': 250,
    '0.1': 100,
    '1.5': 1500,
    '100u': 1,
    '1n': 1,
    '2k': 2_000_000,
  };
  for (const [text, milli] of Object.entries(cases)) assert.equal(parseAmount('cpu', text), milli, text);
});

test('everything else is read in whole units and rounded up', () => {
  const cases: Record<string, number> = {
    '0': 0,
    '-0': 0,
    '128974848': 128974848,
    '129e6': 129_000_000,
    '129M': 129_000_000,
    '123Mi': 123 * 2 ** 20,
    '1.5Gi': 1.5 * 2 ** 30,
    '0.5Ki': 512,
    '1.1Ki': 1127,
    '500m': 1,
    '1E': Number.MAX_SAFE_INTEGER,
    '1E3': 1000,
    '1e-3': 1,
    '+5': 5,
    '5.': 5,
    '.5': 1,
    '8Ei': Number.MAX_SAFE_INTEGER,
    '9007199254740991': Number.MAX_SAFE_INTEGER,
    '1e999999999': Number.MAX_SAFE_INTEGER,
    '1e-999999999': 1,
    '0e999999999': 0,
  };
  for (const [text, whole] of Object.entries(cases)) assert.equal(parseAmount('memory', text), whole, text);
});

test('what is no quantity gives undefined, and so does a negative one', () => {
  for (const text of [
    '',
    '.',
    '-',
    'Gi',
    '1 Gi',
    '1gi',
    '1ki',
    '1.2.3',
    '0x10',
    '1e',
    'NaN',
    '-1',
    '-1m',
    '1Gi ',
    '1'.repeat(65),
  ]) {
    assert.equal(parseWhole(text), undefined, JSON.stringify(text));
  }
});

test('any decimal number of units reads as the smallest whole number not below it', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000_000 }), fc.nat({ max: 999_999 }), fc.constantFrom(6, 9), (whole, micro, digits) => {
      const fraction = String(micro).padStart(6, '0').padEnd(digits, '0');
      assert.equal(parseWhole(`${whole}.${fraction}`), whole + (micro > 0 ? 1 : 0));
      assert.equal(parseMilli(`${whole}.${fraction}`), whole * 1000 + Math.ceil(micro / 1000));
    }),
  );
});

test('sums stop at the largest exact number', () => {
  assert.equal(addAmounts(1, 2), 3);
  assert.equal(addAmounts(Number.MAX_SAFE_INTEGER, 5), Number.MAX_SAFE_INTEGER);
});
