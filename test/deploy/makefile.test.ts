/** Makefile: the targets that people know from Cluster Autoscaler, as what npm and docker do here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { textOf } from './manifests.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const makefile = textOf('Makefile');
const targets = [...makefile.matchAll(/^([a-z-]+):(?!=)/gm)].map(([, name = '']) => name);
const recipes = [...makefile.matchAll(/^\t(.*)$/gm)].map(([, line = '']) => line);
const hasMake = spawnSync('make', ['--version']).status === 0;

/** What make would do. */
function asked(...words: readonly string[]): string {
  return spawnSync('make', ['--dry-run', '--no-print-directory', ...words], { cwd: ROOT, encoding: 'utf8' }).stdout;
}

describe('Makefile', () => {
  it('has the targets of Cluster Autoscaler that mean something here', () => {
    const familiar = ['all', 'build', 'build-binary', 'test', 'test-unit', 'format', 'verify', 'generate', 'clean'];
    for (const name of [...familiar, 'container', 'image', 'make-image', 'push-image', 'release']) {
      assert.ok(targets.includes(name), name);
    }
    const [, phony = ''] = /^\.PHONY: (.*)$/m.exec(makefile) ?? [];
    assert.deepEqual(phony.split(' ').toSorted(), targets.toSorted());
  });

  it('calls only scripts that there are', () => {
    const scripts: Readonly<Record<string, string>> = packageJson.scripts;
    for (const [, name = ''] of recipes.join('\n').matchAll(/^npm (?:run )?(\w+)/gm)) {
      assert.ok(scripts[name] !== undefined, name);
    }
  });

  it('generates everything that is generated', () => {
    const called = recipes.flatMap((line) => /^node (scripts\/generate-\S+)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(called.toSorted(), globSync('scripts/generate-*.ts', { cwd: ROOT }).toSorted());
  });

  it(
    'builds the image from the Dockerfile, by the name and version asked for',
    { skip: !hasMake && 'there is no make' },
    () => {
      assert.equal(
        asked('container', 'REGISTRY=registry.example.com/team', 'TAG=7'),
        'npm run build\ndocker build --pull -f deploy/Dockerfile -t registry.example.com/team/vke-autoscaler:7 .\n',
      );
      assert.equal(asked('push-image'), `docker push vke-autoscaler:${packageJson.version}\n`);
    },
  );
});
