/**
 * Replays recorded verdicts of kube-scheduler through the product's decoders, model and filters:
 * `node scripts/conformance.ts DIR…`. Exit 0 when all agree, 1 when any does not, 2 when there is nothing to replay.
 */
import { recordedFiles } from '../test/conformance/cases.ts';
import { disagrees, runConformance, wordReport } from '../test/conformance/report.ts';

const directories = process.argv.slice(2);
const files = directories.length === 0 ? [] : await recordedFiles(directories);
if (files.length === 0) {
  process.stderr.write('usage: npm run conformance -- DIR…   (directories that hold *.ndjson.gz files)\n');
  process.exitCode = 2;
} else {
  const report = await runConformance(files);
  process.stdout.write(`${wordReport(report).join('\n')}\n`);
  process.exitCode = disagrees(report) ? 1 : 0;
}
