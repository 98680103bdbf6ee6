/** deploy/Dockerfile: what it copies is all that the program needs, under both names, and Makefile builds it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Metafile } from 'esbuild';
import { BUNDLE, bundle } from '../../scripts/build.ts';
import manifest from '../../package.json' with { type: 'json' };
import { imageOf } from './dockerfile.ts';
import { textOf } from './manifests.ts';

const image = imageOf(textOf('deploy/Dockerfile'));

describe('the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vke-image-'));
  let metafile: Metafile;

  before(async () => {
    metafile = await bundle(join(folder, basename(BUNDLE)));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has the bundle, and nothing else of the checkout', () => {
    assert.deepEqual(
      image.copied.map(({ source }) => source),
      [BUNDLE],
    );
  });

  it('is described by nothing that is not read here', () => {
    assert.deepEqual(image.instructions, ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'ENTRYPOINT', 'CMD']);
  });

  it('is built from what it copies, and nothing else is sent to Docker', () => {
    const patterns = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(patterns, ['*', ...image.copied.map(({ source }) => `!${source}`)]);
  });

  it('needs no more: the bundle imports nothing but modules of Node.js', () => {
    const outputs = Object.values(metafile.outputs);
    assert.equal(outputs.length, 1);
    const imported = outputs.flatMap(({ imports }) => imports.map(({ path }) => path));
    assert.deepEqual(
      imported.filter((path) => !isBuiltin(path)),
      [],
    );
  });

  it('has a Node.js of the major version that package.json asks for', () => {
    const [, major] = /^>=(\d+)\./.exec(manifest.engines.node) ?? [];
    assert.equal(image.from, `node:${major}-slim`);
  });

  it('starts the program as nobody, with Node.js as process 1, and scales unless it is told something else', () => {
    assert.equal(image.user, '65532:65532');
    assert.deepEqual(image.entrypoint, ['node', image.copied[0]?.target]);
    assert.deepEqual(image.command, ['run']);
  });

  it('has it under the names cluster-autoscaler and vke-autoscaler, for manifests and for shells', () => {
    for (const path of ['/cluster-autoscaler', '/usr/local/bin/cluster-autoscaler', '/usr/local/bin/vke-autoscaler']) {
      assert.ok(image.programs.includes(path), path);
    }
  });

  for (const name of ['cluster-autoscaler', 'vke-autoscaler']) {
    it(`runs as ./${name} where there is nothing but the bundle`, () => {
      symlinkSync(basename(BUNDLE), join(folder, name));
      const path = `${process.execPath.slice(0, -'/node'.length)}:/usr/bin:/bin`;
      const { status, stdout, stderr } = spawnSync(`./${name}`, ['version'], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: path },
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(manifest.version.replaceAll('.', '\\.')));
    });
  }
});
