import { FLAGS_DOC, flagsDocument } from '../../scripts/generate-flags-doc.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('docs/flags.md says what the table of flags says', async () => {
  const current = readFileSync(FLAGS_DOC, 'utf8') === (await flagsDocument());
  assert.ok(current, 'run: node scripts/generate-flags-doc.ts');
});
