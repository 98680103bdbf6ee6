import { EXIT, PROGRAM, defineCommand } from './command.ts';
import { flag } from '../options/flag.ts';
import { readFileSync } from 'node:fs';

// The build puts these in (scripts/build.ts); in a checkout they are not there.
declare const VKE_AUTOSCALER_VERSION: string | undefined;
declare const VKE_AUTOSCALER_COMMIT: string | undefined;

export interface BuildInfo {
  readonly version: string;
  /** `undefined` when the build does not know. */
  readonly commit: string | undefined;
  /** The Node.js that runs this, with its `v`. */
  readonly node: string;
}

/** Which build of the program this is. */
export function buildInfo(): BuildInfo {
  const version = typeof VKE_AUTOSCALER_VERSION === 'string' ? VKE_AUTOSCALER_VERSION : versionOfCheckout();
  const commit = typeof VKE_AUTOSCALER_COMMIT === 'string' ? VKE_AUTOSCALER_COMMIT : undefined;
  return { version, commit: commit === '' ? undefined : commit, node: process.version };
}

function versionOfCheckout(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return typeof version === 'string' && version !== '' ? version : '0.0.0';
}

export const versionCommand = defineCommand({
  name: 'version',
  summary: 'Show which version this is.',
  families: [{ title: 'Output', flags: [flag('json', 'bool', 'false', 'Print one JSON object.')] }],
  positionals: [],
  run({ flags, streams }) {
    const { version, commit, node } = buildInfo();
    const text = flags.get('json')
      ? JSON.stringify({ version, commit, node })
      : [`${PROGRAM} ${version}`, ...(commit === undefined ? [] : [`commit ${commit}`]), `node ${node}`].join('\n');
    streams.stdout.write(`${text}\n`);
    return Promise.resolve(EXIT.success);
  },
});
