/** Writes docs/decision.schema.json. A test (src/report/decision-schema.test.ts) holds that it is current. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as z from 'zod';
import { decisionSchema } from '../src/report/decision-schema.ts';

export const DECISION_SCHEMA = new URL('../docs/decision.schema.json', import.meta.url);

/** The whole document, formatted. */
export async function decisionSchemaDocument(): Promise<string> {
  const { $schema, ...form } = z.toJSONSchema(decisionSchema);
  const description =
    'A decision of vke-autoscaler, as /decisions, the decision log and decisions -o=json have it. Made by scripts/generate-decision-schema.ts; do not edit.';
  const style = await resolveConfig(fileURLToPath(DECISION_SCHEMA));
  const document = { $schema, title: 'vke-autoscaler decision', description, ...form };
  return format(JSON.stringify(document), { ...style, parser: 'json' });
}

if (import.meta.main) writeFileSync(DECISION_SCHEMA, await decisionSchemaDocument());
