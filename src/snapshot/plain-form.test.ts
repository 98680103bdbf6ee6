import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromPlainForm, toPlainForm, type PlainForm } from './plain-form.ts';

/** Written as JSON and read again. */
function again(value: unknown): unknown {
  const form: unknown = JSON.parse(JSON.stringify(toPlainForm(value)));
  assert.ok(typeof form === 'object' && form !== null && 'shared' in form && 'value' in form);
  assert.ok(Array.isArray(form.shared));
  return fromPlainForm({ shared: form.shared, value: form.value });
}

const words = fc.oneof(fc.string(), fc.constantFrom('$', '$ref', '$map', '__proto__', 'undefined'));
const leaves = fc.oneof(
  words,
  fc.integer(),
  fc.double().filter((value) => !Object.is(value, -0)),
  fc.boolean(),
  fc.constantFrom(null, undefined),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaves,
    fc.array(tie('value')),
    fc.dictionary(words, tie('value'), { noNullPrototype: true }),
    fc.array(tie('value')).map((values) => new Set(values)),
    fc.array(fc.tuple(words, tie('value'))).map((entries) => new Map(entries)),
  ),
}));

describe('the plain form', () => {
  it('gives back what was written, whatever it was', () => {
    fc.assert(fc.property(anyValue, (value) => assert.deepEqual(again(value), value)));
  });

  it('keeps one object one object, also inside another that stands twice', () => {
    const labels = { app: 'web' };
    const template = { labels, taints: [] };
    const read = again({ first: template, second: template, third: labels });
    assert.ok(typeof read === 'object' && read !== null && 'first' in read && 'second' in read && 'third' in read);
    assert.equal(read.first, read.second);
    assert.ok(typeof read.first === 'object' && read.first !== null && 'labels' in read.first);
    assert.equal(read.first.labels, read.third);
  });

  it('refuses what is not plain: a value that would not come back', () => {
    for (const value of [new Error('x'), () => 1, [Symbol('x')], 1n]) {
      assert.throws(() => toPlainForm(value), /only plain values are written/);
    }
  });

  it('refuses to read what it does not write', () => {
    const forms: readonly PlainForm[] = [
      { shared: [], value: { $ref: 0 } },
      { shared: [{ $ref: 0 }], value: 1 },
      { shared: [], value: { $: 'sense' } },
      { shared: [], value: { $map: [['a']] } },
      { shared: [], value: { $set: {} } },
      { shared: [], value: { $other: [] } },
    ];
    for (const form of forms) assert.throws(() => fromPlainForm(form), SyntaxError);
  });
});
