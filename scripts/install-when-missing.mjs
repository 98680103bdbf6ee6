// Runs before `npm start` and `npm test`, so that each works as the first and only command in a fresh clone.
// Plain JavaScript without dependencies: it has to run on whatever Node.js the machine has (20 or later). The scripts
// after it run on the Node.js that the lock file pins (node_modules/.bin comes first in an npm script's PATH).
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} path - relative to the project's root */
function modifiedAtMs(path) {
  return statSync(new URL(`../${path}`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs;
}

// npm writes this file at the end of an install, so an interrupted one is repeated.
const installedAtMs = modifiedAtMs('node_modules/.package-lock.json');
if (installedAtMs === undefined || installedAtMs < (modifiedAtMs('package-lock.json') ?? 0)) {
  console.error('Installing dependencies (npm ci) …');
  // No package of ours needs its install script; not running any is safer.
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) {
    console.error('npm ci failed: see the message above; a working connection to the npm registry is needed once.');
    process.exit(1);
  }
}
