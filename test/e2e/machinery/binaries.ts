/**
 * The control plane's programs, kubectl and Helm, built from the Go modules of test/control-plane into .cache/, once for
 * each state of their go.mod and go.sum. Where modules come from is Go's own business (GOPROXY, GOFLAGS … of whoever
 * runs this).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const GO_MODULE = join(import.meta.dirname, '../../control-plane');
const HELM_MODULE = join(GO_MODULE, 'helm');
const CACHE = join(import.meta.dirname, '../../../.cache/control-plane');

/** What each executable is called and which package it is the main one of. */
const CONTROL_PLANE = {
  etcd: 'go.etcd.io/etcd/server/v3',
  apiserver: 'k8s.io/kubernetes/cmd/kube-apiserver',
  scheduler: 'k8s.io/kubernetes/cmd/kube-scheduler',
  controllerManager: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
} as const;
const HELM = 'helm.sh/helm/v4/cmd/helm';

/** A small one that both modules need. */
const A_MODULE = 'github.com/spf13/pflag';

/** Paths of executables. */
export type Binaries = Readonly<Record<keyof typeof CONTROL_PLANE | 'helm', string>>;

/** A machine that cannot run this tier, as against a build or a story that fails. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

/** Builds what is missing. Throws {@link CannotRun} with the remedy when Go is missing, or the modules cannot be had. */
export function controlPlaneBinaries(tell: (line: string) => void): Binaries {
  const [folder, helmFolder] = [cacheOf(GO_MODULE), cacheOf(HELM_MODULE)];
  const binary = (name: keyof typeof CONTROL_PLANE): string =>
    built({ module: GO_MODULE, program: CONTROL_PLANE[name], output: join(folder, name) }, tell);
  return {
    etcd: binary('etcd'),
    apiserver: binary('apiserver'),
    scheduler: binary('scheduler'),
    controllerManager: binary('controllerManager'),
    kubectl: binary('kubectl'),
    helm: built({ module: HELM_MODULE, program: HELM, output: join(helmFolder, 'helm') }, tell),
  };
}

function cacheOf(module: string): string {
  const versions = readFileSync(join(module, 'go.mod'), 'utf8') + readFileSync(join(module, 'go.sum'), 'utf8');
  return join(CACHE, createHash('sha256').update(versions).digest('hex').slice(0, 16));
}

interface Build {
  readonly module: string;
  readonly program: string;
  readonly output: string;
}

/** The output, built beside and moved: an interrupted build leaves nothing that looks whole. */
function built({ module, program, output }: Build, tell: (line: string) => void): string {
  if (existsSync(output)) return output;
  requireGo();
  requireModules(module);
  mkdirSync(dirname(output), { recursive: true });
  tell(`building ${program} (minutes, the first time) …`);
  const args = ['build', '-trimpath', '-ldflags', linkerFlags(), '-o', `${output}.new`, program];
  const { status } = spawnSync('go', args, { cwd: module, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`go build ${program} failed: see above`);
  renameSync(`${output}.new`, output);
  return output;
}

function requireGo(): void {
  const go = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (go.status === 0) return;
  throw new CannotRun(
    'Go is missing: npm run e2e builds etcd and the Kubernetes control plane from Go modules.\n' +
      'Install Go 1.26 or later (https://go.dev/doc/install), put it on the PATH, and run npm run e2e again.',
  );
}

/** Whether any can be had is found out with one of them: whatever fails after that is no matter of the machine. */
function requireModules(module: string): void {
  const args = ['mod', 'download', A_MODULE];
  const { status } = spawnSync('go', args, { cwd: module, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  throw new CannotRun(`go ${args.join(' ')} failed: see above; Go's module proxy is needed once ("go env GOPROXY").`);
}

/** Without a version the server reports a template text that clients refuse to parse. */
function linkerFlags(): string {
  const gomod = readFileSync(join(GO_MODULE, 'go.mod'), 'utf8');
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(gomod);
  if (version === null) throw new Error('test/control-plane/go.mod names no version of k8s.io/kubernetes');
  const [, whole, major, minor] = version;
  const variable = 'k8s.io/component-base/version.git';
  return `-s -w -X ${variable}Version=${whole} -X ${variable}Major=${major} -X ${variable}Minor=${minor}`;
}
