import { commandHelp, wrap } from './help-text.ts';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { flagFamilies, flagTable } from '../options/flag-table.ts';
import { dashed } from '../options/flag.ts';
import { test } from 'node:test';

const run = { name: 'run', summary: 'Runs.', families: flagFamilies, positionals: [] };

test('wrapped text keeps its words in their order, and its lines fit', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 40, max: 100 }), (words, columns) => {
      const lines = wrap(words.join('  '), columns, '* ', '  ');
      for (const line of lines) assert.ok(line.length <= columns, line);
      assert.deepEqual(lines.join(' ').slice(2).split(/\s+/), words);
    }),
  );
});

test('the help of run names every flag and fits a terminal of 80 columns', () => {
  const text = commandHelp(run, 80);
  for (const flag of flagTable) assert.ok(text.includes(dashed(flag.name)), dashed(flag.name));
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
});

test('flags without effect are named, not explained', () => {
  assert.match(commandHelp(run, 80), /Accepted for compatibility, without effect: --cluster-name,/);
  const unbroken = commandHelp(run, 80).replaceAll(/\s+/g, ' ');
  for (const { name, help, effect } of flagTable) {
    assert.equal(unbroken.includes(help), effect.kind !== 'accepted', dashed(name));
  }
});
