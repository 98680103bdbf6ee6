/** The rule between rooms (docs/design.md) is held by the linter: planted violations must be reported. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lints one planted file with the project's rules and returns what was said. */
function lint(path: string, source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'dependency-rule-'));
  try {
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), source);
    const result = spawnSync(join(root, 'node_modules/.bin/oxlint'), [path], { cwd: folder, encoding: 'utf8' });
    return result.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lints one line as a file of that room. */
function lintIn(room: string): (line: string) => string {
  return (line) => lint(`src/${room}/planted.ts`, line);
}

const DECIDING_ROOMS = ['cluster', 'scheduling', 'node-groups', 'scale-up', 'scale-down', 'explain'];

for (const room of DECIDING_ROOMS) {
  test(`src/${room} may not import Node, an adapter or the runtime, nor read a clock`, () => {
    const source = lintIn(room);
    assert.match(source("import { readFileSync } from 'node:fs';\nreadFileSync('x');"), /no-restricted-imports/);
    assert.match(source("import { x } from '../vultr/client.ts';\nx();"), /no-restricted-imports/);
    assert.match(source("import { x } from '../runtime/clock.ts';\nx();"), /no-restricted-imports/);
    assert.match(source('export const now = Date.now();'), /no-restricted-globals/);
    assert.match(source('export const chance = Math.random();'), /no-restricted-properties/);
    assert.match(source('setTimeout(() => undefined, 1);'), /no-restricted-globals/);
    assert.doesNotMatch(source('export const one = 1;'), /no-restricted/);
  });
}

test('src/cluster is the ground floor: it imports no other room', () => {
  assert.match(
    lint('src/cluster/planted.ts', "import { x } from '../scheduling/runner.ts';\nx();"),
    /no-restricted-imports/,
  );
});

test('a deciding room may import a deciding room below it', () => {
  assert.doesNotMatch(
    lint('src/scale-up/planted.ts', "import { x } from '../cluster/cluster.ts';\nx();"),
    /no-restricted-imports/,
  );
});

test('the sandbox uses the product through its public surface only', () => {
  assert.match(
    lint('sandbox/planted.ts', "import { x } from '../src/scale-down/scale-down.ts';\nx();"),
    /no-restricted-imports/,
  );
});
