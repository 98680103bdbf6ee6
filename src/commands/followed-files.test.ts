import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { type AutoscalerFlag, flagTable } from '../options/flag-table.ts';
import type { Options } from '../options/options.ts';
import { readCommandLine } from '../options/pflag.ts';
import { readFlagsFrom } from '../options/sources.ts';
import { type LogLevel, silentLogger } from '../runtime/log.ts';
import { failure, success } from '../runtime/result.ts';
import { Secret } from '../runtime/secret.ts';
import { followFiles } from './followed-files.ts';
import { TestProcess } from './test-process.ts';

const CLUSTER = '01234567-89ab-4def-8123-456789abcdef';
/** Found twice, two seconds apart. */
const NOTICED_MS = 5_000;

/** A program that runs with these files, which may be replaced. */
function running(context: TestContext, args: readonly string[]) {
  const clock = new VirtualClock();
  const files = new Map([
    ['flags.yaml', 'max-nodes-total: 5\n'],
    ['cloud-config', JSON.stringify({ cluster_id: CLUSTER, token: 'first' })],
  ]);
  const readFile = (path: string) => {
    const text = files.get(path);
    return text === undefined ? failure(`${path}: no such file`) : success(text);
  };
  const sources = { commandLine: readCommandLine(args, flagTable).assignments, readFile };
  const flags = readFlagsFrom<AutoscalerFlag>(sources, flagTable);
  assert.ok(flags.ok);
  const applied: Options[] = [];
  const levels: LogLevel[] = [];
  const vultrConfig = { clusterId: CLUSTER, token: new Secret('first'), apiUrl: 'https://api.vultr.com' };
  const path = (flag: 'config' | 'cloud-config'): string | undefined => flags.value.get(flag) || undefined;
  const stop = followFiles({
    input: {
      flags: flags.value,
      configPath: path('config'),
      rereadFlags: () => readFlagsFrom<AutoscalerFlag>(sources, flagTable),
      env: {},
      streams: new TestProcess([]).streams,
      signal: new AbortController().signal,
      readFile,
    },
    autoscaler: { reconfigure: (options) => void applied.push(options) },
    logger: silentLogger,
    setLevel: (level) => void levels.push(level),
    vultrConfig,
    cloudConfigPath: path('cloud-config'),
    clock,
  });
  context.after(stop);
  return { clock, files, applied, levels, vultrConfig, stop };
}

const BOTH = ['--config=flags.yaml', '--cloud-config=cloud-config'];

describe('a running program', () => {
  it('takes live flags from its changed file, the verbosity too', async (context) => {
    const { clock, files, applied, levels } = running(context, BOTH);
    files.set('flags.yaml', 'max-nodes-total: 6\nv: 4\n');
    await clock.runFor(NOTICED_MS);
    assert.equal(applied[0]?.limits.maxNodes, 6);
    assert.deepEqual(levels, ['debug']);
  });

  it('sends the token that its cloud-config says now', async (context) => {
    const { clock, files, vultrConfig } = running(context, BOTH);
    files.set('cloud-config', JSON.stringify({ cluster_id: CLUSTER, token: 'second' }));
    await clock.runFor(NOTICED_MS);
    assert.equal(vultrConfig.token.reveal(), 'second');
  });

  it('without files, or once it has stopped, looks at none', async (context) => {
    const none = running(context, []);
    none.files.set('flags.yaml', 'max-nodes-total: 6\n');
    await none.clock.runFor(NOTICED_MS);
    assert.deepEqual(none.applied, []);
    const { clock, files, applied, stop } = running(context, BOTH);
    stop();
    files.set('flags.yaml', 'max-nodes-total: 6\n');
    await clock.runFor(NOTICED_MS);
    assert.deepEqual(applied, []);
  });
});
