import assert from 'node:assert/strict';
import { flagTable } from './flag-table.ts';
import { readConfigFile } from './config-file.ts';
import { test } from 'node:test';

function assigned(text: string): readonly string[] {
  const result = readConfigFile('flags.yaml', text, flagTable);
  assert.ok(result.ok, result.ok ? '' : result.error.map((error) => error.message).join('; '));
  return result.value.map((each) => `${each.flag.name}=${each.text}`);
}

function errors(text: string): readonly string[] {
  const result = readConfigFile('flags.yaml', text, flagTable);
  assert.ok(!result.ok);
  return result.error.map((error) => error.message);
}

test('flags by name, with dashes or underscores, their values as written', () => {
  const text = `
# a comment
scan-interval: 30s
max_nodes_total: 0x10
leader-elect: false
namespace: "autoscaler"
cores-total: 0:64
nodes:
  - 1:5:web
  - "2:6:batch"
expander: least-waste
scale-down-utilization-threshold: 0.50
`;
  assert.deepEqual(assigned(text), [
    'scan-interval=30s',
    'max-nodes-total=0x10',
    'leader-elect=false',
    'namespace=autoscaler',
    'cores-total=0:64',
    'nodes=1:5:web',
    'nodes=2:6:batch',
    'expander=least-waste',
    'scale-down-utilization-threshold=0.50',
  ]);
});

test('JSON is YAML, and an empty file says nothing', () => {
  assert.deepEqual(assigned('{"v": 4, "nodes": ["1:2:a"]}'), ['v=4', 'nodes=1:2:a']);
  assert.deepEqual(assigned(''), []);
  assert.deepEqual(assigned('# nothing\n'), []);
});

test('mistakes name file and line', () => {
  assert.deepEqual(errors('v: 1\nscan-intervall: 10s\n'), [
    'flags.yaml:2: unknown flag --scan-intervall; did you mean --scan-interval?',
  ]);
  assert.deepEqual(errors('scan-interval: [1s, 2s]'), ['flags.yaml:1: scan-interval: expected a single value']);
  assert.deepEqual(errors('nodes:\n  a: b\n'), ['flags.yaml:1: nodes: expected a value or a list of values']);
  assert.deepEqual(errors('- v\n'), ['flags.yaml: expected flags and their values, such as "scan-interval: 10s"']);
  assert.match(errors('v: 1\nv: 2\n')[0] ?? '', /^flags\.yaml:2: /);
  assert.match(errors('a: "b\n')[0] ?? '', /^flags\.yaml:\d+: /);
});

test('a file of flags names no further file', () => {
  assert.match(errors('config: other.yaml')[0] ?? '', /unknown flag --config/);
});
