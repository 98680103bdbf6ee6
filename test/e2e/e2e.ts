/**
 * `npm run e2e`: the built program against a real Kubernetes control plane. Builds what is missing, plays the stories, and
 * prints what each asserted. `--only=TEXT` plays the act of that name, or the stories with that text in
 * their names; `--bench` prints figures instead; `--build` only builds.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { readCommandLine } from '../../scripts/command-line.ts';
import { bench } from './bench.ts';
import { CannotRun, controlPlaneBinaries } from './machinery/binaries.ts';
import { playAll } from './play.ts';

const ROOT = join(import.meta.dirname, '../..');
const USAGE = `usage: npm run e2e -- [--only=TEXT] [--short] [--bench] [--build]
  --only=TEXT  the act of that name, or the stories with that text in their names
  --short      without 10,000 pods at once and without 50,000 pods on 5,000 nodes
  --bench      figures instead of stories
  --build      only builds the control plane, where that is still to be done
`;

async function main(): Promise<number> {
  const { values } = readCommandLine(USAGE, {
    options: {
      bench: { type: 'boolean', default: false },
      build: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      short: { type: 'boolean', default: false },
    },
  });
  const binaries = controlPlaneBinaries((line) => console.log(line));
  if (values.build) return 0;
  const built = spawnSync(process.execPath, ['scripts/build.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('npm run build failed: see above');
  return values.bench ? bench(binaries) : playAll(binaries, { only: values.only, short: values.short });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  console.error(`npm run e2e: ${error.message}`);
  process.exitCode = 2;
}
