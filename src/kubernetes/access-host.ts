/** The real files, environment and programs behind {@link AccessHost}. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { AccessHost, ProgramEnd, ProgramRun } from './access.ts';

/** An ExecCredential with a certificate chain is some 10 kB. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;

export const realAccessHost: AccessHost = {
  readFile: (path) => readFileSync(path, 'utf8'),
  environment: () => process.env,
  runProgram,
};

function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...run.environment }, signal: run.signal, maxBuffer: OUTPUT_LIMIT_BYTES };
    const child = execFile(run.command, [...run.args], options, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, stdout, stderr });
      else reject(new Error(error.message, { cause: error }));
    });
    child.stdin?.end();
  });
}
