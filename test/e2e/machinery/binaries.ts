/**
 * The control plane's programs, built from test/control-plane/go.mod into .cache/, once for each state of go.mod and go.sum.
 * Where modules come from is Go's own business (GOPROXY, GOFLAGS … of whoever runs this).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export const GO_MODULE = join(import.meta.dirname, '../../control-plane');
const CACHE = join(import.meta.dirname, '../../../.cache/control-plane');

const PROGRAMS = {
  etcd: 'go.etcd.io/etcd/server/v3',
  apiserver: 'k8s.io/kubernetes/cmd/kube-apiserver',
  scheduler: 'k8s.io/kubernetes/cmd/kube-scheduler',
  controllerManager: 'k8s.io/kubernetes/cmd/kube-controller-manager',
} as const;

/** Paths of executables. */
export type Binaries = Readonly<Record<keyof typeof PROGRAMS, string>>;

/** A machine that cannot run this tier, as against a story that fails. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

/** Builds what is missing. Throws {@link CannotRun} with the remedy when Go is missing or the build fails. */
export function controlPlaneBinaries(tell: (line: string) => void): Binaries {
  const modules = readFileSync(join(GO_MODULE, 'go.mod'), 'utf8') + readFileSync(join(GO_MODULE, 'go.sum'), 'utf8');
  const folder = join(CACHE, createHash('sha256').update(modules).digest('hex').slice(0, 16));
  const pathOf = (name: string): string => join(folder, name);
  const paths: Binaries = {
    etcd: pathOf('etcd'),
    apiserver: pathOf('apiserver'),
    scheduler: pathOf('scheduler'),
    controllerManager: pathOf('controllerManager'),
  };
  const missing = Object.entries(PROGRAMS).filter(([name]) => !existsSync(pathOf(name)));
  if (missing.length === 0) return paths;
  requireGo();
  mkdirSync(folder, { recursive: true });
  for (const [name, program] of missing) {
    tell(`building ${program} (minutes, the first time) …`);
    build(program, pathOf(name));
  }
  return paths;
}

function requireGo(): void {
  const go = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (go.status === 0) return;
  throw new CannotRun(
    'Go is missing: npm run e2e builds etcd and the Kubernetes control plane from Go modules.\n' +
      'Install Go 1.26 or later (https://go.dev/doc/install), put it on the PATH, and run npm run e2e again.',
  );
}

/** Built beside and moved: an interrupted build leaves nothing that looks whole. */
function build(program: string, output: string): void {
  const flags = versionFlags();
  const args = ['build', '-trimpath', '-ldflags', flags, '-o', `${output}.new`, program];
  const { status } = spawnSync('go', args, { cwd: GO_MODULE, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    throw new CannotRun(`go build ${program} failed: see above; Go's module proxy is needed once ("go env GOPROXY").`);
  }
  renameSync(`${output}.new`, output);
}

/** Without a version the server reports a template text that clients refuse to parse. */
function versionFlags(): string {
  const gomod = readFileSync(join(GO_MODULE, 'go.mod'), 'utf8');
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(gomod);
  if (version === null) throw new Error('test/control-plane/go.mod names no version of k8s.io/kubernetes');
  const [, whole, major, minor] = version;
  const variable = 'k8s.io/component-base/version.git';
  return `-s -w -X ${variable}Version=${whole} -X ${variable}Major=${major} -X ${variable}Minor=${minor}`;
}
