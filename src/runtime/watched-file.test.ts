import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { VirtualClock } from '../../sandbox/time/virtual-clock.ts';
import { type Result, failure, success } from './result.ts';
import { watchFile } from './watched-file.ts';

/** Looks twice and more. */
const A_WHILE_MS = 6_000;

function watched(context: TestContext, read: (path: string) => Result<string, string>, path = 'f') {
  const clock = new VirtualClock();
  const seen: Result<string, string>[] = [];
  context.after(watchFile({ path, read, clock, changed: (now) => void seen.push(now) }));
  return { clock, seen };
}

function readText(path: string): Result<string, string> {
  return success(readFileSync(path, 'utf8'));
}

describe('a file that is watched', () => {
  it('is told of once for each change, and not for what it said at first', async (context) => {
    let text = 'a';
    const { clock, seen } = watched(context, () => success(text));
    await clock.runFor(A_WHILE_MS);
    assert.deepEqual(seen, []);
    text = 'b';
    await clock.runFor(A_WHILE_MS);
    assert.deepEqual(seen, [success('b')]);
  });

  it('is not believed while it is being written', async (context) => {
    const texts = ['max-nodes-total: 5\nv: 1', '', 'max-nodes-total: 6\nv: 1'];
    let looks = 0;
    const { clock, seen } = watched(context, () => success(texts[Math.min(looks++, 2)] ?? ''));
    await clock.runFor(A_WHILE_MS);
    assert.deepEqual(seen, [success('max-nodes-total: 6\nv: 1')]);
  });

  it('is told to be away once, and of its return', async (context) => {
    let now: Result<string, string> = success('a');
    const { clock, seen } = watched(context, () => now);
    now = failure('f: no such file');
    await clock.runFor(3 * A_WHILE_MS);
    now = success('a');
    await clock.runFor(A_WHILE_MS);
    assert.deepEqual(seen, [failure('f: no such file'), success('a')]);
  });

  it('is followed through the links by which the kubelet changes a mounted ConfigMap', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'vke-mounted-'));
    context.after(() => rmSync(folder, { recursive: true }));
    const version = (name: string, text: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'flags.yaml'), text);
    };
    version('..2026_01', 'v: 1');
    symlinkSync('..2026_01', join(folder, '..data'));
    symlinkSync('..data/flags.yaml', join(folder, 'flags.yaml'));
    const { clock, seen } = watched(context, readText, join(folder, 'flags.yaml'));
    version('..2026_02', 'v: 2');
    symlinkSync('..2026_02', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, '..2026_01'), { recursive: true });
    await clock.runFor(A_WHILE_MS);
    assert.deepEqual(seen, [success('v: 2')]);
  });
});
