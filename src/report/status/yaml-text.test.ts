import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { yamlText } from './yaml-text.ts';

const written = (value: string): string => yamlText({ a: value }).slice(3, -1);

test('keys are in order, lists are not indented, what is empty says so, what is undefined is left out', () => {
  const map = {
    b: [{ name: 'x', a: { z: 1, y: null } }, { name: 'y' }],
    a: { empty: {}, none: [], gone: undefined },
    c: ['one', true],
  };
  assert.equal(
    yamlText(map),
    'a:\n  empty: {}\n  none: []\nb:\n- a:\n    "y": null\n    z: 1\n  name: x\n- name: "y"\nc:\n- one\n- true\n',
  );
});

test('a string is plain unless that would read back as something else', () => {
  assert.equal(written('2026-08-21 16:23:00.12 +0000 UTC'), '2026-08-21 16:23:00.12 +0000 UTC');
  assert.equal(written('2026-08-21T16:23:00Z'), '"2026-08-21T16:23:00Z"');
  assert.equal(written(''), '""');
  assert.equal(written('12'), '"12"');
  assert.equal(written('1:30'), '"1:30"');
  assert.equal(written('no'), '"no"');
  assert.equal(written('Plan is sold out: wait'), "'Plan is sold out: wait'");
  assert.equal(written("it's # gone"), "'it''s # gone'");
  assert.equal(written('two\nlines'), '"two\\nlines"');
  assert.equal(written('pool-a'), 'pool-a');
});

test('whatever is written is read back the same, by the rules of YAML 1.1 and of 1.2', () => {
  const strings = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...Array.from('-?:,[]{}#&*!|>\'"%@` .019eExoyntf~=<\n\t')) }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{3,9}$/), strings), (map) => {
      const text = yamlText(map);
      for (const version of ['1.1', '1.2'] as const) assert.deepEqual(parse(text, { version }) ?? {}, { ...map }, text);
    }),
    { numRuns: 500 },
  );
});
