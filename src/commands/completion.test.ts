import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { TestProcess, echoCommand } from './test-process.ts';
import { describe, test } from 'node:test';
import { flagFamilies } from '../options/flag-table.ts';

async function script(shell: string): Promise<string> {
  const process = new TestProcess([echoCommand('run', flagFamilies), echoCommand('simulate', [])]);
  assert.equal(await process.type('completion', shell), 0);
  return process.stdout;
}

/** What bash offers for the last of `words`, as readline splits them (at `=`, too). */
async function offers(...words: readonly string[]): Promise<readonly string[]> {
  const quotedWords = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${quotedWords}); COMP_CWORD=${words.length - 1}; _vke_autoscaler; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const shell = spawnSync('bash', ['--norc', '-c', `${await script('bash')}\n${ask}`], { encoding: 'utf8' });
  assert.equal(shell.stderr, '');
  return shell.stdout.split('\n').filter((line) => line !== '');
}

const bashIsHere = spawnSync('bash', ['-c', 'true']).status === 0;

describe('bash', { skip: bashIsHere ? false : 'there is no bash' }, () => {
  test('commands', async () => {
    assert.deepEqual(await offers('vke-autoscaler', ''), ['run', 'simulate', 'version', 'help', 'completion']);
    assert.deepEqual(await offers('vke-autoscaler', 'sim'), ['simulate']);
  });

  test('flags of the command, and of run without one', async () => {
    assert.deepEqual(await offers('vke-autoscaler', '--scan'), ['--scan-interval']);
    assert.deepEqual(await offers('vke-autoscaler', 'run', '--scan'), ['--scan-interval']);
    assert.deepEqual(await offers('vke-autoscaler', 'simulate', '--'), ['--word', '--help']);
  });

  test('values, after a space or an equals sign', async () => {
    assert.deepEqual(await offers('vke-autoscaler', '--expander', 'least'), ['least-waste', 'least-nodes']);
    assert.deepEqual(await offers('vke-autoscaler', '--expander', '=', 'pri'), ['price', 'priority']);
    assert.deepEqual(await offers('vke-autoscaler', '--leader-elect', '='), ['true', 'false']);
    assert.deepEqual(await offers('vke-autoscaler', 'completion', ''), ['bash', 'zsh', 'fish', '--help']);
  });
});

test('zsh and fish are told each command and each flag', async () => {
  const zsh = await script('zsh');
  const fish = await script('fish');
  for (const { flags } of flagFamilies) {
    for (const { name } of flags) {
      assert.ok(zsh.includes(`-${name}=`), name);
      assert.match(fish, new RegExp(` -[ls] ${name}( |$)`, 'm'));
    }
  }
  for (const command of ['run', 'simulate', 'version', 'help', 'completion']) {
    assert.ok(zsh.includes(`'${command}:`));
    assert.ok(fish.includes(`-a ${command} `));
  }
});
