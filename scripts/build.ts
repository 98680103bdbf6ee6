/** Bundles the program into one file, dist/vke-autoscaler.mjs, that needs nothing but Node.js. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

/** Empty outside a git checkout. */
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();

const result = await build({
  entryPoints: [new URL('../src/main.ts', import.meta.url).pathname],
  outfile: new URL('../dist/vke-autoscaler.mjs', import.meta.url).pathname,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  define: {
    VKE_AUTOSCALER_VERSION: JSON.stringify(manifest.version),
    VKE_AUTOSCALER_COMMIT: JSON.stringify(commit),
    VKE_AUTOSCALER_STORY: JSON.stringify(
      readFileSync(new URL('../sandbox/stories/evening.yaml', import.meta.url), 'utf8'),
    ),
  },
  // Some libraries inside the bundle are CommonJS and call require for Node's own modules.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  console.log(`${file}: ${(output.bytes / 1024).toFixed(0)} KiB`);
}
