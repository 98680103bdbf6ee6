import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCommand } from './run.ts';
import { simulateCommand } from './simulate.ts';
import { TestProcess } from './test-process.ts';

const HEAD = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const FILES = {
  'good.yaml': `${HEAD}profiles:\n- schedulerName: packer\n`,
  'bad.yaml': `${HEAD}profiles:\n- plugins: {filter: {disabled: [{name: NodePorts}]}}\n`,
  'cloud.json': '{}',
};

async function typed(...argv: readonly string[]): Promise<string> {
  const process = new TestProcess([runCommand, simulateCommand], FILES);
  assert.equal(await process.type(...argv), 2);
  return process.stderr;
}

describe('the scheduler’s configuration file', () => {
  test('that asks for what cannot be simulated stops the start, with line and field', async () => {
    const said = await typed('--scheduler-config-file=bad.yaml');
    assert.match(
      said,
      /--scheduler-config-file: bad\.yaml:4: profiles\[0\]\.plugins\.filter: NodePorts cannot be disabled/,
    );
  });

  test('that is not there stops the start', async () => {
    assert.match(await typed('--scheduler-config-file=none.yaml'), /none\.yaml: no such file/);
  });

  test('that is right lets the start go on to what is next', async () => {
    assert.match(await typed('--scheduler-config-file=good.yaml', '--cloud-config=cloud.json'), /cluster_id/);
  });

  test('is not for the simulated cluster, whose scheduler is the default one', async () => {
    assert.match(await typed('simulate', '--pods=x', '--scheduler-config-file=good.yaml'), /leave it out/);
  });
});
