/**
 * `npm test`: all tests, in shares of their files, as many at a time as there are cores. One process for each file, as
 * Node.js has it by itself, would spend most of the time on starting. `npm test -- FILE…` runs those, in one process; what
 * begins with a dash is for `node --test`.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const FILES = '{src,sandbox,test,scripts}/**/*.test.ts';
/** More than cores mostly are: shares take different times, and none waits long for the last. */
const SHARES = 4;

interface Ended {
  readonly ok: boolean;
  readonly output: string;
}

const given = process.argv.slice(2);
const flags = given.filter((argument) => argument.startsWith('-'));
const files = given.filter((argument) => !argument.startsWith('-'));
const isAll = files.length === 0;
const shares = isAll ? Array.from({ length: SHARES }, (_, index) => `--test-shard=${index + 1}/${SHARES}`) : [''];
const atATime = Math.min(shares.length, availableParallelism());
if (isAll) console.log(`Tests in ${SHARES} shares, ${atATime} at a time; each is told when it has ended.`);
const waiting = shares.values();
const ended: Ended[] = [];
await Promise.all(Array.from({ length: atATime }, work));
for (const what of ['tests', 'pass', 'fail', 'cancelled']) console.log(`${what} ${total(what)}`);
console.log(`skipped ${skipped()}`);
process.exitCode = ended.every(({ ok }) => ok) ? 0 : 1;

/** One share after the other, each told as a whole when it has ended. */
async function work(): Promise<void> {
  for (const share of waiting) {
    const one = await run([...(share === '' ? [] : [share]), ...flags, ...(isAll ? [FILES] : files)]);
    process.stdout.write(one.output);
    ended.push(one);
  }
}

function run(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--test', '--test-isolation=none', '--test-reporter=spec', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.on('error', reject).on('close', (code) => resolve({ ok: code === 0, output }));
  return promise;
}

function total(what: string): number {
  const counts = ended.map(({ output }) => Number(new RegExp(`^ℹ ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Tests and whole suites: of a suite that is skipped, `node --test` counts nothing. */
function skipped(): number {
  return ended.reduce((sum, { output }) => sum + (output.match(/^\s*﹣ /gm) ?? []).length, 0);
}
