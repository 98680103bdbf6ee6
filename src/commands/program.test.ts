import { TestProcess, echoCommand } from './test-process.ts';
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { flag } from '../options/flag.ts';

const config = { title: 'Files', flags: [{ ...flag('config', 'string', '', 'Flags.'), valueName: 'FILE' }] };
const logging = { title: 'Logging', flags: [flag('v', 'int', '0', 'Verbosity.')] };

function ordinary(files: Readonly<Record<string, string>> = {}): TestProcess {
  return new TestProcess([echoCommand('run', [config, logging]), echoCommand('simulate', [])], files);
}

describe('which command it is', () => {
  test('without any, or when a flag comes first, it is run', async () => {
    for (const argv of [[], ['--word=hello'], ['run', '--word=hello']]) {
      const process = ordinary();
      assert.equal(await process.type(...argv), 0);
      assert.equal(process.stdout, argv.length === 0 ? 'run nothing\n' : 'run hello\n');
    }
  });

  test('an unknown one is a usage error that offers the nearest', async () => {
    const process = ordinary();
    assert.equal(await process.type('simulat'), 2);
    assert.equal(
      process.stderr,
      'vke-autoscaler: unknown command "simulat"; did you mean simulate?\nRun "vke-autoscaler help" for usage.\n',
    );
  });

  test('help in all its forms', async () => {
    for (const argv of [['help'], ['--help'], ['-h']]) {
      const process = ordinary();
      assert.equal(await process.type(...argv), 0);
      assert.match(process.stdout, /Commands \(without one: run\):\n {2}run /);
    }
    for (const argv of [
      ['help', 'simulate'],
      ['simulate', '--help'],
      ['simulate', '--word=x', '-h', '--nope'],
    ]) {
      const process = ordinary();
      assert.equal(await process.type(...argv), 0);
      assert.match(process.stdout, /^Does simulate\.\n\nUsage: vke-autoscaler simulate \[FLAGS\]/);
    }
  });

  test('help for a flag, and for what is none', async () => {
    const process = ordinary();
    assert.equal(await process.type('help', 'word'), 0);
    assert.equal(process.stdout, '  --word TEXT (default nothing)\n      A word.\n');
    assert.equal(await process.type('help', 'wrod'), 2);
    assert.match(process.stderr, /there is no command or flag "wrod"; did you mean word\?/);
  });

  test('the version', async () => {
    const process = ordinary();
    assert.equal(await process.type('version'), 0);
    assert.match(process.stdout, /^vke-autoscaler \d+\.\d+\.\d+\n(commit [0-9a-f]+\n)?node v24\.\d+\.\d+\n$/);
    const asJson = ordinary();
    assert.equal(await asJson.type('--version', '--json'), 0);
    assert.match(asJson.stdout, /^\{"version":"/);
  });
});

describe('usage errors', () => {
  test('each mistake on a line of its own, then where to look; nothing is run', async () => {
    const process = ordinary();
    assert.equal(await process.type('--wrod=x', '-v=x', 'simulate', 'false'), 2);
    assert.equal(process.stdout, '');
    assert.deepEqual(process.stderr.split('\n'), [
      'vke-autoscaler: unknown flag --wrod; did you mean --word?',
      'vke-autoscaler: -v: "x" is not valid; expected a whole number, such as 10',
      'vke-autoscaler: unexpected argument "simulate"; a command comes first, before any flag',
      'vke-autoscaler: unexpected argument "false"; a switch takes its value as --name=false',
      'Run "vke-autoscaler help run" for usage.',
      '',
    ]);
  });

  test('an argument that lacks, and one that is not among the choices', async () => {
    const process = ordinary();
    assert.equal(await process.type('completion'), 2);
    assert.equal(await process.type('completion', 'tcsh'), 2);
    assert.match(process.stderr, /completion needs SHELL: bash, zsh or fish/);
    assert.match(process.stderr, /"tcsh" is not one of bash, zsh, fish/);
  });
});

describe('the configuration file', () => {
  test('sets what the command line does not', async () => {
    const process = ordinary({ 'flags.yaml': 'word: file\nv: 1\n' });
    await process.type('--config=flags.yaml');
    await process.type('--config=flags.yaml', '--word=line');
    assert.equal(process.stdout, 'run file\nrun line\n');
  });

  test('that is not there, or not right, is a usage error', async () => {
    const process = ordinary({ 'bad.yaml': 'wrod: x\nv: y\n' });
    assert.equal(await process.type('--config=none.yaml'), 2);
    assert.equal(await process.type('--config=bad.yaml'), 2);
    assert.match(process.stderr, /--config: none\.yaml: no such file/);
    assert.match(process.stderr, /bad\.yaml:1: unknown flag --wrod; did you mean --word\?/);
  });

  test('whose value is wrong is named with its line', async () => {
    const process = ordinary({ 'bad.yaml': 'word: x\nv: y\n' });
    assert.equal(await process.type('--config=bad.yaml'), 2);
    assert.match(process.stderr, /bad\.yaml:2: -v: "y" is not valid/);
  });
});

/** Runs into a bug. */
function broken(): TestProcess {
  return new TestProcess([echoCommand('run', [logging], () => Promise.reject(new Error('boom')))]);
}

describe('an exception that nobody expected', () => {
  test('is a short message and exit code 1', async () => {
    const process = broken();
    assert.equal(await process.type(), 1);
    assert.equal(process.stderr, 'vke-autoscaler: unexpected error: boom (-v=4 shows where)\n');
  });

  test('shows its stack with -v=4', async () => {
    const process = broken();
    assert.equal(await process.type('-v=4'), 1);
    assert.match(process.stderr, /unexpected error: boom\nError: boom\n {4}at /);
  });
});

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
}

/** Runs until it is told to stop. */
function waiting(): TestProcess {
  return new TestProcess([echoCommand('run', [], untilAborted)]);
}

describe('signals', () => {
  test('the first lets the command finish', async () => {
    const process = waiting();
    const code = process.type('--word=bye');
    process.send('SIGTERM');
    assert.equal(await code, 0);
    assert.equal(process.stdout, 'run bye\n');
    assert.deepEqual(process.exits, []);
    assert.equal(process.listeners, 0);
  });

  test('the second ends the process at once', async () => {
    const process = waiting();
    const code = process.type();
    process.send('SIGINT');
    process.send('SIGINT');
    assert.deepEqual(process.exits, [130]);
    await code;
    const terminated = waiting();
    const other = terminated.type();
    terminated.send('SIGTERM');
    terminated.send('SIGTERM');
    assert.deepEqual(terminated.exits, [143]);
    await other;
  });
});
