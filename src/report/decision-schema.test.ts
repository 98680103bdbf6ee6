import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import * as z from 'zod';
import { DECISION_SCHEMA, decisionSchemaDocument } from '../../scripts/generate-decision-schema.ts';
import { aRecord } from '../explain/record.test-support.ts';
import { recordDocument } from '../explain/record-document.ts';
import { formatTimestamp } from '../runtime/timestamps.ts';

/** As anybody has it who reads the published schema and not this program. */
function published(): z.ZodType {
  return z.fromJSONSchema(z.record(z.string(), z.json()).parse(JSON.parse(readFileSync(DECISION_SCHEMA, 'utf8'))));
}

it('docs/decision.schema.json says what the schema says', async () => {
  const current = readFileSync(DECISION_SCHEMA, 'utf8') === (await decisionSchemaDocument());
  assert.ok(current, 'run: node scripts/generate-decision-schema.ts');
});

it('the published schema takes a decision, and none with a field that it does not know or without one that it needs', () => {
  const schema = published();
  const decision = { ...recordDocument(aRecord(), formatTimestamp), outcomes: [] };
  assert.equal(schema.safeParse(decision).success, true);
  assert.equal(schema.safeParse({ ...decision, mood: 'calm' }).success, false);
  const { outcomes, ...without } = decision;
  assert.deepEqual(outcomes, []);
  assert.equal(schema.safeParse(without).success, false);
});
