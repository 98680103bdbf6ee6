/**
 * Bundles the program into one file, dist/vke-autoscaler.mjs, that needs nothing but Node.js. It can be started under
 * any name, as a program of its own.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Metafile, build } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

/** From the checkout; deploy/Dockerfile copies it. */
export const BUNDLE = 'dist/vke-autoscaler.mjs';

const ROOT = new URL('../', import.meta.url);

const SHARED = { bundle: true, platform: 'node', target: 'node24', logLevel: 'warning' } as const;

/** Writes the bundle to the path, and tells what went into it. */
export async function bundle(outfile: string): Promise<Metafile> {
  // Empty outside a git checkout.
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: ROOT }).stdout.trim();
  const { metafile } = await build({
    ...SHARED,
    entryPoints: [fileURLToPath(new URL('src/main.ts', ROOT))],
    outfile,
    // Less to read at each start and to hold; names stay, for the stacks of errors.
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'esm',
    define: {
      VKE_AUTOSCALER_VERSION: JSON.stringify(manifest.version),
      VKE_AUTOSCALER_COMMIT: JSON.stringify(commit),
      VKE_AUTOSCALER_LOG_THREAD: JSON.stringify(await threadText('src/report/decision-log/log-thread.ts')),
      VKE_AUTOSCALER_STORY: JSON.stringify(readFileSync(new URL('sandbox/stories/evening.yaml', ROOT), 'utf8')),
    },
    banner: {
      // Some libraries inside the bundle are CommonJS and call require for Node's own modules.
      js: "#!/usr/bin/env node\nimport { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    metafile: true,
  });
  chmodSync(outfile, 0o755);
  return metafile;
}

/** The program of a thread, which the bundle carries as a text: there is no file beside it. */
async function threadText(entry: string): Promise<string> {
  const entryPoints = [fileURLToPath(new URL(entry, ROOT))];
  const { outputFiles } = await build({ ...SHARED, entryPoints, format: 'cjs', minify: true, write: false });
  return outputFiles.map(({ text }) => text).join('');
}

if (import.meta.main) {
  const { outputs } = await bundle(fileURLToPath(new URL(BUNDLE, ROOT)));
  for (const [file, output] of Object.entries(outputs)) {
    console.log(`${file}: ${(output.bytes / 1024).toFixed(0)} KiB`);
  }
}
