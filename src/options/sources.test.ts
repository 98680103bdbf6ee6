import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failure, success } from '../runtime/result.ts';
import { type AutoscalerFlag, flagTable } from './flag-table.ts';
import { optionsFrom } from './options.ts';
import { readCommandLine } from './pflag.ts';
import { readFlagsFrom } from './sources.ts';

interface Given {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
}

function read({ args = [], environment = {}, file }: Given) {
  const words = file === undefined ? args : ['--config=flags.yaml', ...args];
  return readFlagsFrom<AutoscalerFlag>(
    {
      commandLine: readCommandLine(words, flagTable).assignments,
      environment,
      readFile: (path) =>
        path === 'flags.yaml' && file !== undefined ? success(file) : failure(`${path}: no such file`),
    },
    flagTable,
  );
}

function flags(given: Given) {
  const values = read(given);
  assert.ok(values.ok, values.ok ? '' : values.error.map(({ message }) => message).join('; '));
  return values.value;
}

function mistakes(given: Given): readonly string[] {
  const values = read(given);
  const checked = values.ok ? optionsFrom(values.value) : values;
  return checked.ok ? [] : checked.error.map(({ message }) => message);
}

describe('a flag that is given in several places', () => {
  const file = 'max-nodes-total: 1\nmax-drain-parallelism: 2\nscan-interval: 3s\nnodes: [1:2:a, 1:2:b]\n';
  const environment = { VKE_AUTOSCALER_MAX_NODES_TOTAL: '10', VKE_AUTOSCALER_MAX_DRAIN_PARALLELISM: '20' };

  it('is what the command line says, then the environment, then the file, then its default', () => {
    const values = flags({ args: ['--max-nodes-total=100'], environment, file });
    assert.equal(values.get('max-nodes-total'), 100);
    assert.equal(values.get('max-drain-parallelism'), 20);
    assert.equal(values.get('scan-interval'), 3000);
    assert.equal(values.get('max-scale-down-parallelism'), 10);
  });

  it('is replaced as a whole: lists are not joined over sources', () => {
    assert.deepEqual(flags({ file }).get('nodes'), ['1:2:a', '1:2:b']);
    assert.deepEqual(flags({ environment: { VKE_AUTOSCALER_NODES: '1:2:c' }, file }).get('nodes'), ['1:2:c']);
  });

  it('has its file named by the environment too', () => {
    const values = readFlagsFrom<AutoscalerFlag>(
      {
        commandLine: [],
        environment: { VKE_AUTOSCALER_CONFIG: 'here.yaml' },
        readFile: (path) => success(path === 'here.yaml' ? 'v: 3' : ''),
      },
      flagTable,
    );
    assert.equal(values.ok && values.value.get('v'), 3);
  });
});

describe('a mistake names its place', () => {
  it('of a value of another type', () => {
    assert.deepEqual(mistakes({ file: 'v: 1\nmax-nodes-total: ten\n' }), [
      'flags.yaml:2: --max-nodes-total: "ten" is not valid; expected a whole number, such as 10',
    ]);
    assert.match(
      mistakes({ environment: { VKE_AUTOSCALER_SCAN_INTERVAL: '10' } })[0] ?? '',
      /^VKE_AUTOSCALER_SCAN_INTERVAL: --scan-interval: "10" is not valid/,
    );
  });

  it('of a value that is out of its range, or wrong in its small language', () => {
    assert.match(
      mistakes({ file: '\nmax-drain-parallelism: 0\n' })[0] ?? '',
      /^flags\.yaml:2: --max-drain-parallelism: "0"/,
    );
    assert.match(mistakes({ file: 'nodes:\n  - 1:2:a\n  - 5:2:b\n' })[0] ?? '', /^flags\.yaml:3: --nodes: "5:2:b"/);
  });

  it('of both flags that do not go together, wherever each stands', () => {
    const file = 'balancing-label: [a]\nv: 1\nbalancing-ignore-label: [b]\n';
    assert.match(
      mistakes({ file })[0] ?? '',
      /^flags\.yaml:1, flags\.yaml:3: --balancing-label and --balancing-ignore-label/,
    );
    const environment = { VKE_AUTOSCALER_BALANCING_LABEL: 'a' };
    assert.match(
      mistakes({ environment, args: ['--balancing-ignore-label=b'] })[0] ?? '',
      /^VKE_AUTOSCALER_BALANCING_LABEL: /,
    );
  });

  it('of a key that is not there, gone by now, or there twice; and the nearest is named', () => {
    assert.deepEqual(mistakes({ file: 'v: 1\nmax_node_total: 5\n' }), [
      'flags.yaml:2: unknown flag --max-node-total; did you mean --max-nodes-total?',
    ]);
    assert.match(
      mistakes({ file: 'max-empty-bulk-delete: 5' })[0] ?? '',
      /flags\.yaml:1: .*replaced by --max-scale-down-parallelism/,
    );
    assert.deepEqual(mistakes({ file: 'max-nodes-total: 5\nmax_nodes_total: 6\n' }), [
      'flags.yaml:2: max-nodes-total is given twice, first at flags.yaml:1',
    ]);
  });

  it('all of them at once, of every source', () => {
    const all = mistakes({
      file: 'v: x\nfoo: 1\n',
      environment: { VKE_AUTOSCALER_BAR: '1', VKE_AUTOSCALER_NODES: '1:2:a' },
    });
    assert.deepEqual(
      all.map((message) => message.split(': ')[0]),
      ['VKE_AUTOSCALER_BAR', 'flags.yaml:2'],
    );
  });
});
