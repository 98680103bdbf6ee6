/** Helm, where `npm run e2e` has built it: it is not installed for these tests. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Manifest, manifestsOf } from './manifests.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly output: string;
}

const [found] = globSync('.cache/control-plane/*/helm', { cwd: ROOT });

/** Why the tests that need Helm do not run; `false`: they do. */
export const WITHOUT_HELM = found === undefined && 'Helm is not in .cache; `npm run e2e` builds it there';

/** What nobody can install without. */
const NEEDED = ['--set=image.repository=registry.example.com/vke-autoscaler', '--set=vultr.existingSecret=vultr'];

function helm(...words: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(`./${found}`, words, { cwd: ROOT, encoding: 'utf8', env: {} });
  return { status, output: stdout + (status === 0 ? '' : stderr) };
}

/** The objects that the chart makes of these values; throws where it refuses them. */
export function rendered(...values: readonly string[]): readonly Manifest[] {
  const { status, output } = refusedOrRendered(...values);
  if (status !== 0) throw new Error(output);
  return manifestsOf(output);
}

export function refusedOrRendered(...values: readonly string[]): Ran {
  const set = values.map((value) => `--set=${value}`);
  return helm('template', 'vke-autoscaler', 'deploy/chart', '--namespace=kube-system', ...NEEDED, ...set);
}

export function linted(): Ran {
  return helm('lint', 'deploy/chart', '--strict', ...NEEDED);
}
