/** Writes docs/config.schema.json from the table of flags. A test (src/options/config-schema.test.ts) holds that it is current. */
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { writeFileSync } from 'node:fs';
import type * as z from 'zod';
import { flagTable } from '../src/options/flag-table.ts';
import type { Flag } from '../src/options/flag.ts';
import { readValue } from '../src/options/flag-values.ts';
import { isLive } from '../src/options/live-flags.ts';

export const CONFIG_SCHEMA = new URL('../docs/config.schema.json', import.meta.url);

type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;

const DURATION = '^[+-]?(0|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$';
const TEXTS: JsonSchema = { type: 'array', items: { type: 'string' } };

/** The file of `--config`: everything but itself, in the spelling with dashes. */
export function configSchema(): JsonSchema {
  const flags = flagTable.filter(({ name }) => name !== 'config');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'vke-autoscaler --config',
    description: 'Flags of vke-autoscaler run by their names. Made by scripts/generate-config-schema.ts; do not edit.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string', description: 'Which schema this file is held to; for editors.' },
      ...Object.fromEntries(flags.map((flag) => [flag.name, flagSchema(flag)])),
    },
  };
}

function flagSchema(flag: Flag): JsonSchema {
  const value = readValue(flag, flag.default);
  const isText = flag.type === 'duration' || flag.type === 'string';
  return {
    description: [
      flag.help,
      ...(flag.effect.kind === 'accepted' ? [`No effect: ${flag.effect.reason}.`] : []),
      ...(isLive(flag.name) ? ['Live: a change counts without a restart.'] : []),
    ].join(' '),
    ...(flag.effect.kind === 'accepted' ? { deprecated: true } : {}),
    default: isText ? flag.default : value,
    ...form(flag),
  };
}

function form(flag: Flag): JsonSchema {
  switch (flag.type) {
    case 'bool':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer' };
    case 'float':
      return { type: 'number' };
    case 'duration':
      return { anyOf: [{ type: 'string', pattern: DURATION }, { const: 0 }] };
    case 'string':
      return flag.choices === undefined ? { type: 'string' } : { type: 'string', enum: [...flag.choices] };
    case 'repeated':
    case 'csv':
      return { anyOf: [{ type: 'string' }, TEXTS] };
    default:
      return flag.type satisfies never;
  }
}

/** The whole document, formatted. */
export async function configSchemaDocument(): Promise<string> {
  const style = await resolveConfig(fileURLToPath(CONFIG_SCHEMA));
  return format(JSON.stringify(configSchema()), { ...style, parser: 'json' });
}

if (import.meta.main) writeFileSync(CONFIG_SCHEMA, await configSchemaDocument());
