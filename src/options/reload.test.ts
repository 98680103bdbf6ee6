import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logger } from '../runtime/log.ts';
import { silentLogger } from '../runtime/log.ts';
import { success } from '../runtime/result.ts';
import { type AutoscalerFlag, flagTable } from './flag-table.ts';
import type { Options } from './options.ts';
import { readCommandLine } from './pflag.ts';
import { Reload } from './reload.ts';
import { readFlagsFrom } from './sources.ts';

/** A running program, its file, and what it says. */
class Running {
  readonly applied: Options[] = [];
  readonly lines: { readonly message: string; readonly fields: object }[] = [];
  #text: string;
  readonly #reload: Reload;

  constructor(text: string, args: readonly string[] = []) {
    this.#text = text;
    const reread = () =>
      readFlagsFrom<AutoscalerFlag>(
        {
          commandLine: readCommandLine(['--config=f.yaml', ...args], flagTable).assignments,
          readFile: () => success(this.#text),
        },
        flagTable,
      );
    const say: Logger['info'] = (message, fields = {}) => void this.lines.push({ message, fields });
    const logger: Logger = { ...silentLogger, info: say, warn: say };
    const flags = reread();
    assert.ok(flags.ok);
    this.#reload = new Reload({
      flags: flags.value,
      reread,
      apply: (options) => void this.applied.push(options),
      logger,
    });
  }

  save(text: string): void {
    this.#text = text;
    this.#reload.fileChanged();
  }

  get last(): { readonly message: string; readonly fields: object } | undefined {
    return this.lines.at(-1);
  }
}

describe('a changed file', () => {
  it('changes what is live, and it is told what was and what is', () => {
    const running = new Running('max-nodes-total: 5\nscale-down-unneeded-time: 10m\n');
    running.save('max-nodes-total: 9\nscale-down-unneeded-time: 2m\nv: 4\n');
    const [options] = running.applied;
    assert.equal(options?.limits.maxNodes, 9);
    assert.equal(options.scaleDown.unneededTimeMs, 120_000);
    assert.equal(options.logging.level, 'debug');
    assert.deepEqual(running.last, {
      message: 'options changed by the file of --config',
      fields: {
        changed: {
          v: { from: 0, to: 4 },
          'max-nodes-total': { from: 5, to: 9 },
          'scale-down-unneeded-time': { from: 600_000, to: 120_000 },
        },
      },
    });
  });

  it('takes a flag back to its default when it goes', () => {
    const running = new Running('max-nodes-total: 5\n');
    running.save('');
    assert.equal(running.applied[0]?.limits.maxNodes, Number.MAX_SAFE_INTEGER);
  });

  it('does not change what the command line says', () => {
    const running = new Running('max-nodes-total: 5\n', ['--max-nodes-total=7']);
    running.save('max-nodes-total: 6\n');
    assert.deepEqual(running.applied, []);
  });

  it('names the flag that needs a restart, leaves it as it is, and changes the rest', () => {
    const running = new Running('expander: random\n');
    running.save('expander: price\ndry-run: true\nmax-nodes-total: 9\n');
    const [options] = running.applied;
    assert.deepEqual(options?.scaleUp.expanders, ['random']);
    assert.equal(options.loop.dryRun, false);
    assert.equal(options.limits.maxNodes, 9);
    const named = running.lines
      .filter(({ message }) => message.includes('needs a restart'))
      .map(({ fields }) => fields);
    assert.deepEqual(named, [
      { flag: '--dry-run', from: false, to: true },
      { flag: '--expander', from: 'random', to: 'price' },
    ]);
  });

  for (const [what, text, problem] of [
    ['broken', 'max-nodes-total: [', /^f\.yaml:1: /],
    ['of an unknown flag', 'max-nodes-totl: 9', /^f\.yaml:1: unknown flag .*did you mean --max-nodes-total\?$/],
    ['out of range', 'max-drain-parallelism: 0', /^f\.yaml:1: --max-drain-parallelism/],
    [
      'at odds with itself',
      'initial-node-group-backoff-duration: 2h',
      /is longer than --max-node-group-backoff-duration/,
    ],
  ] as const) {
    it(`that is ${what} keeps the old values, and says what is wrong`, () => {
      const running = new Running('max-nodes-total: 5\n');
      running.save(text);
      assert.equal(running.applied.length, 0);
      assert.equal(running.last?.message, 'the file of --config cannot be used; the values stay as they were');
      assert.match(JSON.stringify(Object.values(running.last.fields).flat()[0]).slice(1, -1), problem);
      running.save('max-nodes-total: 6\n');
      assert.equal(running.applied[0]?.limits.maxNodes, 6);
    });
  }

  it('says at once what is odd about it, and not again', () => {
    const running = new Running('v: 1\n');
    running.save('v: 2\ngrpc-expander-url: a:1\n');
    running.save('v: 3\nkube-client-qps: 50\n');
    const odd = running.lines.filter(({ message }) => message === 'option');
    assert.deepEqual(odd, [], 'neither flag is live, so neither is in force');
  });
});
