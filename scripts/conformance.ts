/**
 * Replays recordings through the product: verdicts of kube-scheduler through its decoders, model and filters, decisions
 * of Cluster Autoscaler through its decision: `node scripts/conformance.ts [--show=N] PATH…`. Exit 0 when all agree, 1
 * when any does not, 2 when there is nothing to replay.
 */
import { recordedFiles } from '../test/conformance/cases.ts';
import { isDecisionsFile } from '../test/conformance/decisions/recorded.ts';
import { decisionsDisagree, runDecisions, wordDecisions } from '../test/conformance/decisions/report-decisions.ts';
import { disagrees, runConformance, wordReport } from '../test/conformance/report.ts';
import { readCommandLine } from './command-line.ts';

const USAGE = `usage: npm run conformance -- [--show=N] PATH…
  PATH      a directory that holds *.ndjson.gz files, or one such file
  --show=N  of each family of decisions, show N disagreements (3)
`;

const { values, positionals } = readCommandLine(USAGE, {
  options: { show: { type: 'string' } },
  allowPositionals: true,
});
const files = positionals.length === 0 ? [] : await recordedFiles(positionals);
if (files.length === 0) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  process.exitCode = 0;
  const ofDecisions = await Promise.all(files.map(isDecisionsFile));
  const verdicts = files.filter((_, index) => ofDecisions[index] === false);
  const decisions = files.filter((_, index) => ofDecisions[index] === true);
  if (verdicts.length > 0) {
    const report = await runConformance(verdicts);
    process.stdout.write(`${wordReport(report).join('\n')}\n`);
    if (disagrees(report)) process.exitCode = 1;
  }
  if (decisions.length > 0) {
    const report = await runDecisions(decisions, values.show === undefined ? undefined : Number(values.show));
    process.stdout.write(`${wordDecisions(report).join('\n')}\n`);
    if (decisionsDisagree(report)) process.exitCode = 1;
  }
}
