/**
 * Writes the sample as a recorded file: `node scripts/write-conformance-sample.ts`. The cases are ours: each shows
 * one rule, and its outcome was worked out from the rule.
 */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { sampleFile, sampleText } from '../test/conformance/sample/sample.ts';

await writeFile(sampleFile, gzipSync(sampleText(), { level: 9 }));
