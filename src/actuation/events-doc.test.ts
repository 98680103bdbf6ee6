import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EVENTS_DOC, eventsDocument } from '../../scripts/generate-events-doc.ts';

test('docs/events.md says what the events say', async () => {
  const current = readFileSync(EVENTS_DOC, 'utf8') === (await eventsDocument());
  assert.ok(current, 'run: node scripts/generate-events-doc.ts');
});
