import assert from 'node:assert/strict';
import { type Flag, flag } from './flag.ts';
import { describe, test } from 'node:test';
import { readCommandLine, readFlags } from './pflag.ts';
import fc from 'fast-check';
import { formatDurationNs } from '../cluster/durations.ts';
import { splitCsv } from './csv.ts';

const table = [
  flag('leader-elect', 'bool', 'true', 'Elect.'),
  flag('v', 'int', '0', 'Verbosity.'),
  flag('max-nodes-total', 'int', '0', 'Most.'),
  flag('ratio', 'float', '0.5', 'Ratio.'),
  flag('scan-interval', 'duration', '10s', 'Interval.'),
  flag('namespace', 'string', 'kube-system', 'Namespace.'),
  flag('nodes', 'repeated', '', 'Nodes.'),
  flag('names', 'csv', '', 'Names.'),
  { ...flag('shape', 'string', 'round', 'Shape.'), choices: ['round', 'flat'] },
] as const;

function read(...args: readonly string[]) {
  const line = readCommandLine(args, table, { 'old-flag': 'it is gone' });
  const values = readFlags<(typeof table)[number]>(table, line.assignments);
  const errors = [...line.errors, ...(values.ok ? [] : values.error)];
  assert.ok(values.ok && errors.length === 0, errors.map((error) => error.message).join('; '));
  return { flags: values.value, positionals: line.positionals };
}

function messages(...args: readonly string[]): readonly string[] {
  const line = readCommandLine(args, table, { 'old-flag': 'it is gone' });
  const values = readFlags<Flag>(table, line.assignments);
  return [...line.errors, ...(values.ok ? [] : values.error)].map((error) => error.message);
}

describe('the forms in which a flag may be written', () => {
  test('with an equals sign, as two words, with underscores, with one dash', () => {
    for (const args of [
      ['--max-nodes-total=7'],
      ['--max-nodes-total', '7'],
      ['--max_nodes_total=7'],
      ['-max-nodes-total=7'],
      ['-max_nodes-total', '7'],
    ]) {
      assert.equal(read(...args).flags.get('max-nodes-total'), 7, args.join(' '));
    }
  });

  test('verbosity in all its forms', () => {
    for (const args of [['-v=4'], ['-v', '4'], ['-v4'], ['--v=4'], ['--v', '4']]) {
      assert.equal(read(...args).flags.get('v'), 4, args.join(' '));
    }
  });

  test('switches stand alone or take their value after an equals sign, never as the next word', () => {
    assert.equal(read('--leader-elect').flags.get('leader-elect'), true);
    for (const no of ['false', 'False', 'FALSE', 'f', 'F', '0']) {
      assert.equal(read(`--leader-elect=${no}`).flags.get('leader-elect'), false);
      assert.equal(read(`-leader-elect=${no}`).flags.get('leader-elect'), false);
    }
    const { flags, positionals } = read('--leader-elect', 'false');
    assert.equal(flags.get('leader-elect'), true);
    assert.deepEqual(positionals, ['false']);
  });

  test('values may be empty, hold equals signs and begin with a dash', () => {
    assert.equal(read('--namespace=').flags.get('namespace'), '');
    assert.equal(read('--namespace=a=b').flags.get('namespace'), 'a=b');
    assert.equal(read('--max-nodes-total', '-1').flags.get('max-nodes-total'), -1);
    assert.equal(read('--namespace', '-x').flags.get('namespace'), '-x');
  });

  test('flags and words mix, and after two dashes all are words', () => {
    const { flags, positionals } = read('one', '-v=1', 'two', '--', '--v=2', '--nope');
    assert.equal(flags.get('v'), 1);
    assert.deepEqual(positionals, ['one', 'two', '--v=2', '--nope']);
    assert.deepEqual(read('-').positionals, ['-']);
  });

  test('given twice counts as given last; lists gather, with or without splitting at commas', () => {
    assert.equal(read('--v=1', '--v=2').flags.get('v'), 2);
    assert.deepEqual(read('--nodes=1:2:a,b', '--nodes', '1:3:c').flags.get('nodes'), ['1:2:a,b', '1:3:c']);
    assert.deepEqual(read('--names=a,b', '--names=c').flags.get('names'), ['a', 'b', 'c']);
    assert.deepEqual(read('--names="a,b",c').flags.get('names'), ['a,b', 'c']);
  });

  test('what is not given has its default', () => {
    const { flags } = read('--v=0');
    assert.equal(flags.get('scan-interval'), 10_000);
    assert.deepEqual(flags.get('nodes'), []);
    assert.equal(flags.given('v'), true);
    assert.equal(flags.given('scan-interval'), false);
  });

  test('whole numbers in the bases that Go reads', () => {
    const cases = { '0x1F': 31, '0b101': 5, '0o17': 15, '017': 15, '1_000': 1000, '+5': 5, '-0': 0, '0': 0 };
    for (const [text, value] of Object.entries(cases)) {
      assert.equal(read(`--max-nodes-total=${text}`).flags.get('max-nodes-total'), value, text);
    }
  });
});

test('any values, printed as flags in any order, read back as themselves', () => {
  const csvField = fc.string().filter((text) => !text.includes('\n') && !text.includes('\r'));
  const values = fc.record({
    'leader-elect': fc.boolean(),
    v: fc.integer(),
    // Zero has no sign as text.
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).map((ratio) => ratio + 0),
    namespace: fc.string(),
    nodes: fc.array(fc.string({ minLength: 1 })),
    names: fc.array(csvField).filter((names) => names.length !== 1 || names[0] !== ''),
    intervalNs: fc.bigInt({ min: 0n, max: 10n ** 15n }),
  });
  fc.assert(
    fc.property(values, fc.boolean(), fc.boolean(), (given, asTwoWords, listsFirst) => {
      const single: [string, string][] = [
        ['v', String(given.v)],
        ['ratio', String(given.ratio)],
        ['namespace', given.namespace],
        ['scan-interval', formatDurationNs(given.intervalNs)],
      ];
      const lists: [string, string][] = [
        ...given.nodes.map((text): [string, string] => ['nodes', text]),
        ...given.names.map((text): [string, string] => ['names', `"${text.replaceAll('"', '""')}"`]),
      ];
      const ordered = listsFirst ? [...lists, ...single] : [...single, ...lists];
      const words = ordered.flatMap(([name, text]) =>
        asTwoWords && !text.startsWith('--') ? [`--${name}`, text] : [`--${name}=${text}`],
      );
      const { flags, positionals } = read(`--leader-elect=${given['leader-elect']}`, ...words);
      assert.deepEqual(positionals, []);
      assert.equal(flags.get('leader-elect'), given['leader-elect']);
      assert.equal(flags.get('v'), given.v);
      assert.equal(flags.get('ratio'), given.ratio);
      assert.equal(flags.get('namespace'), given.namespace);
      assert.deepEqual(flags.get('nodes'), given.nodes);
      assert.deepEqual(flags.get('names'), given.names);
      assert.equal(flags.get('scan-interval'), Number(given.intervalNs) / 1e6);
    }),
  );
});

test('no command line makes the parser fail other than by saying so', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('--', '-', '--v', '-v', '--names', '--leader-elect=x', '--=', '-=4'),
  );
  fc.assert(
    fc.property(fc.array(word), (args) => {
      for (const message of messages(...args)) assert.match(message, /\S/);
    }),
  );
});

describe('mistakes', () => {
  test('an unknown flag, with the nearest name, once', () => {
    assert.deepEqual(messages('--scan-intervall', '10s'), [
      'unknown flag --scan-intervall; did you mean --scan-interval?',
    ]);
    assert.deepEqual(messages('--zzzzzzzz=1'), ['unknown flag --zzzzzzzz; "help" lists all flags']);
    assert.deepEqual(messages('--no-leader-elect'), [
      'unknown flag --no-leader-elect; did you mean --leader-elect=false?',
    ]);
    assert.deepEqual(messages('--old-flag=1'), ['unknown flag --old-flag; it is gone']);
  });

  test('a value of the wrong form, with the form and an example', () => {
    assert.deepEqual(messages('--scan-interval=10'), [
      '--scan-interval: "10" is not valid; expected a number with a unit (h, m, s, ms, us, ns), such as 10m, 1h30m or 300ms',
    ]);
    assert.deepEqual(messages('--leader-elect=maybe'), [
      '--leader-elect: "maybe" is not valid; expected true or false',
    ]);
    assert.deepEqual(messages('-v=x'), ['-v: "x" is not valid; expected a whole number, such as 10']);
    assert.deepEqual(messages('--shape=square'), ['--shape: "square" is not valid; expected one of round, flat']);
    for (const bad of ['--v=1.5', '--v=', '--v=9007199254740993', '--v=08', '--v=1__0', '--ratio=NaN', '--ratio=Inf']) {
      assert.equal(messages(bad).length, 1, bad);
    }
  });

  test('a value that lacks, also when another flag follows', () => {
    assert.deepEqual(messages('--namespace'), ['--namespace needs a value: TEXT']);
    assert.deepEqual(messages('--namespace', '--v=4'), ['--namespace needs a value: TEXT']);
  });

  test('all of them are reported together', () => {
    assert.equal(messages('--nope', '--v=x', '--ratio=y', '--namespace').length, 4);
  });
});

test('CSV as pflag reads it', () => {
  assert.deepEqual(splitCsv('a,,b'), ['a', '', 'b']);
  assert.deepEqual(splitCsv('a,'), ['a', '']);
  assert.deepEqual(splitCsv('"say ""hi"", ok",b'), ['say "hi", ok', 'b']);
  assert.equal(splitCsv('a"b'), undefined);
  assert.equal(splitCsv('"a'), undefined);
  assert.equal(splitCsv('"a"b'), undefined);
});
