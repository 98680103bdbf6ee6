import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure, success } from '../runtime/result.ts';
import { main } from './program.ts';
import { simulateCommand } from './simulate.ts';

const HEADER = 'name,cpu_milli,memory_mib,num_gpu,creation_time,deletion_time,scheduled_time';
const POOLS = 'region: ewr\npools:\n  - { label: web, plan: vc2-4c-8gb, min: 1, max: 5 }\n';

/** Runs `simulate` on files that are in memory only. */
async function run(
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<[number, string, string]> {
  const texts = { stdout: '', stderr: '' };
  const output = (name: keyof typeof texts): { write(text: string): void; isTerminal: boolean; columns(): number } => ({
    write: (text) => {
      texts[name] += text;
    },
    isTerminal: false,
    columns: () => 80,
  });
  const code = await main({
    argv: ['simulate', ...args],
    env: {},
    commands: [simulateCommand],
    streams: { stdout: output('stdout'), stderr: output('stderr') },
    signals: { subscribe: () => () => undefined, exit: () => undefined },
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? failure(`${path}: no such file`) : success(text);
    },
  });
  return [code, texts.stdout, texts.stderr];
}

test('given a trace, every pod is served or explained, and two runs with one seed print the same bytes', async () => {
  const rows = Array.from(
    { length: 20 },
    (_, index) => `p${index},1500,1024,0,${index * 90},${index * 90 + 1800},${index * 90}`,
  );
  const files = { 'pods.csv': [HEADER, ...rows, 'huge,9000,1024,0,60,120,60'].join('\n'), 'pools.yaml': POOLS };
  const args = ['--pods=pods.csv', '--pools=pools.yaml', '--seed=3'];
  const [code, report] = await run(files, ...args);
  assert.equal(code, 0);
  assert.match(report, /Pods {10}21: 20 served, 1 that no pool can hold, 0 lost/);
  assert.match(report, /1 pod not served, such as trace\/huge:\n {2}web: needs 9000m CPU, \d+m free of \d+m/);
  assert.match(report, /Lower bound {3}\$\d+\.\d\d for divisible pods and nodes/);
  assert.deepEqual(await run(files, ...args), [0, report, '']);
});

test('given rows that are no pods, each is named by line and column, and nothing is simulated', async () => {
  const files = { 'pods.csv': [HEADER, 'a,lots,1024,0,0,60,0', 'b,100,1024,0,soon,60,0'].join('\n') };
  const [code, report, problems] = await run(files, '--pods=pods.csv');
  assert.deepEqual([code, report], [2, '']);
  assert.match(problems, /pods\.csv:2: cpu_milli: "lots" is not a whole number of milli-CPU/);
  assert.match(problems, /pods\.csv:3: creation_time: "soon" is no time/);
});

test('given no trace, or one that is not there, or pools of an unknown plan, it says what is missing', async () => {
  assert.match((await run({}))[2], /--pods is missing/);
  assert.match((await run({}, '--pods=none.csv'))[2], /--pods: none\.csv: no such file/);
  const files = { 'pods.csv': `${HEADER}\na,100,64,0,0,60,0`, 'pools.yaml': POOLS.replace('vc2-4c-8gb', 'vc2-5c-8gb') };
  const [code, , problems] = await run(files, '--pods=pods.csv', '--pools=pools.yaml');
  assert.equal(code, 2);
  assert.match(problems, /pools\.yaml:3: pools\[0\]\.plan: .*vc2-5c-8gb/);
});
