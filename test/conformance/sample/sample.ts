/** The sample: all cases, and the file in which they stand in the recorded format. */
import { fileURLToPath } from 'node:url';
import type { RecordedCase } from '../cases.ts';
import { AMOUNT_CASES } from './cases-amounts.ts';
import { CLAIM_CASES } from './cases-claims.ts';
import { COUPLED_CASES } from './cases-coupled.ts';
import { NODE_CASES } from './cases-nodes.ts';
import { VOLUME_CASES } from './cases-volumes.ts';
import { recordedCase } from './outcomes.ts';

export const sampleFile = fileURLToPath(new URL('sample.ndjson.gz', import.meta.url));

export const sampleCases: readonly RecordedCase[] = [
  ...NODE_CASES,
  ...AMOUNT_CASES,
  ...CLAIM_CASES,
  ...VOLUME_CASES,
  ...COUPLED_CASES,
].map(recordedCase);

export function sampleText(): string {
  return sampleCases.map((one) => `${JSON.stringify(one)}\n`).join('');
}
