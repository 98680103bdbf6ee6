/**
 * The composition root: which commands there are. `run` builds the autoscaler on the real world, `sandbox` and
 * `simulate` build the same one on a simulated world; src/autoscaler.ts is what they build.
 */
import './runtime/young-objects.ts';
import { decisionsCommand, explainCommand } from './commands/explain.ts';
import { replayCommand, snapshotCommand } from './commands/snapshot.ts';
import { runCommand } from './commands/run.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { simulateCommand } from './commands/simulate.ts';
import { topCommand } from './commands/top.ts';
import { whatIfCommand } from './commands/what-if.ts';
import { main } from './commands/program.ts';

process.exitCode = await main({
  argv: process.argv.slice(2),
  env: process.env,
  commands: [
    runCommand,
    explainCommand,
    decisionsCommand,
    topCommand,
    snapshotCommand,
    replayCommand,
    whatIfCommand,
    sandboxCommand,
    simulateCommand,
  ],
});
