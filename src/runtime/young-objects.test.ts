import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** A process of its own: what has grown stays. Prints how large the room for young objects is in the end, in bytes. */
const MAKE_MANY = `
  import { getHeapSpaceStatistics } from 'node:v8';
  const kept = Array.from({ length: 500_000 }, (_, index) => ({ index, text: String(index) }));
  const room = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  process.stdout.write(String(kept.length > 0 && room.space_size));
`;

function roomAfter(script: string): number {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return Number(stdout === '' ? assert.fail(stderr) : stdout);
}

test('the room for young objects grows by itself, and not where the program has said so', () => {
  const url = new URL('young-objects.ts', import.meta.url).href;
  const small = 2 * 2 ** 20;
  assert.ok(roomAfter(MAKE_MANY) > 4 * small);
  assert.ok(roomAfter(`await import(${JSON.stringify(url)});\n${MAKE_MANY}`) <= small);
});
