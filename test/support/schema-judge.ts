/** Judges whether what is published of decisions is as docs/decision.schema.json says, for whoever reads them by it. */
import * as z from 'zod';
import type { DecisionRecord } from '../../src/explain/record.ts';
import { recordDocument } from '../../src/explain/record-document.ts';
import { decisionSchema } from '../../src/report/decision-schema.ts';
import { formatTimestamp } from '../../src/runtime/timestamps.ts';

/** Of passes that change nothing one in so many is looked at: they are the most, and much alike. */
const ONE_IN = 20;

const published = z.union([decisionSchema, z.object({ decisions: z.array(decisionSchema) })]);

/** Throws where the record, published, is not by the schema. */
export function judgePublished(record: DecisionRecord): void {
  if (record.actions.length === 0 && record.failures === undefined && record.pass % ONE_IN !== 1) return;
  const document = { ...recordDocument(record, formatTimestamp), outcomes: [] };
  decisionSchema.parse(JSON.parse(JSON.stringify(document)));
}

/** The same of an answer of `/decisions`. */
export function judgeAnswer(body: string): void {
  published.parse(JSON.parse(body));
}
