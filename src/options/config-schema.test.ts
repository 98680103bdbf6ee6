import { CONFIG_SCHEMA, configSchema, configSchemaDocument } from '../../scripts/generate-config-schema.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { readConfigFile } from './config-file.ts';
import { flagTable } from './flag-table.ts';
import { readFlags } from './pflag.ts';

/** Files with whether they are right: to the schema and to the program alike. */
const FILES: readonly (readonly [text: string, isRight: boolean])[] = [
  ['', true],
  ['scan-interval: 30s\nmax-nodes-total: 10\nleader-elect: false\nscale-down-utilization-threshold: 0.4', true],
  ['nodes: [1:5:web, 2:6:batch]\nbypassed-scheduler-names: a,b\nexpander: price,least-waste', true],
  ['new-pod-scale-up-delay: 0\nscale-down-unneeded-time: 1h30m', true],
  ['compatibility: cluster-autoscaler', true],
  ['$schema: ./config.schema.json\nv: 4', true],
  ['scan-intervall: 30s', false],
  ['scan-interval: 30', false],
  ['max-nodes-total: ten', false],
  ['max-nodes-total: [1, 2]', false],
  ['leader-elect: maybe', false],
  ['cloud-provider: aws', false],
  ['nodes: { web: 1 }', false],
  ['config: other.yaml', false],
  ['- v', false],
];

function isRead(text: string): boolean {
  const read = readConfigFile('flags.yaml', text, flagTable);
  return read.ok && readFlags(flagTable, read.value).ok;
}

test('docs/config.schema.json says what the table of flags says', async () => {
  const current = readFileSync(CONFIG_SCHEMA, 'utf8') === (await configSchemaDocument());
  assert.ok(current, 'run: node scripts/generate-config-schema.ts');
});

/** The schema as a validator. */
function validator(): z.ZodType {
  return z.fromJSONSchema(configSchema());
}

test('the schema and the program agree on what is right', () => {
  const schema = validator();
  for (const [text, isRight] of FILES) {
    assert.equal(schema.safeParse(parse(text) ?? {}).success, isRight, `the schema: ${text}`);
    assert.equal(isRead(text), isRight, `the program: ${text}`);
  }
});

test('every default is right', () => {
  const schema = validator();
  const { properties } = z
    .object({ properties: z.record(z.string(), z.object({ default: z.json().optional() })) })
    .parse(configSchema());
  const defaults = Object.entries(properties).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value]],
  );
  assert.ok(defaults.length > 150);
  const parsed = schema.safeParse(Object.fromEntries(defaults));
  assert.ok(parsed.success, parsed.error?.message);
});
