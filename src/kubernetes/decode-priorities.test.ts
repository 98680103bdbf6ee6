import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PrioritiesStore } from '../cluster/expander-priorities.ts';
import { readPriorities } from './decode-priorities.ts';
import { re2Pattern } from './re2-pattern.ts';

const DOCUMENTED = `
10:
  - .*small.*
50:
  - ^pool-fast$
`;

function problem(text: string): string {
  const read = readPriorities(text);
  return read.kind === 'unreadable' ? read.problem : 'none';
}

describe('the ConfigMap of the expander priority', () => {
  it('is a map of priorities to patterns; the highest comes first', () => {
    const read = readPriorities(DOCUMENTED);
    assert.ok(read.kind === 'priorities');
    const shown = read.priorities.tiers.map(({ priority, patterns }) => [priority, patterns.map(({ text }) => text)]);
    assert.deepEqual(shown, [
      [50, ['^pool-fast$']],
      [10, ['.*small.*']],
    ]);
  });

  it('that cannot be read says what is wrong', () => {
    assert.match(problem(''), /missing or empty/);
    assert.match(problem('10: [a'), /not YAML/);
    assert.match(problem('- a'), /expected a map/);
    assert.match(problem('high: [a]'), /high is no priority/);
    assert.match(problem('1.5: [a]'), /1\.5 is no priority/);
    assert.match(problem('10: a'), /10: expected a list/);
    assert.match(problem('10: ["("]'), /10: \( is no regular expression/);
    assert.match(problem('10: ["(?=a)"]'), /lookaround/);
    assert.equal(problem('10:'), 'none', 'no patterns are patterns that match nothing');
  });

  it('keeps what could be read last in force while it is broken, and nothing once it is gone', () => {
    const store = new PrioritiesStore();
    const object = { namespace: 'kube-system', name: 'cluster-autoscaler-priority-expander', uid: 'u' };
    store.apply({ kind: 'priorities', priorities: { ...object, read: readPriorities('7: [a]') } });
    store.apply({ kind: 'priorities', priorities: { ...object, read: readPriorities('7: [') } });
    assert.equal(store.inForce?.tiers[0]?.priority, 7);
    assert.equal(store.last?.read.kind, 'unreadable');
    store.apply({ kind: 'priorities-gone', uid: 'another' });
    assert.notEqual(store.inForce, undefined);
    store.apply({ kind: 'priorities-gone', uid: 'u' });
    assert.equal(store.inForce, undefined);
  });
});

describe('a pattern in the dialect of Go', () => {
  it('is looked for anywhere, with its own ways to write flags, ends, names and classes', () => {
    assert.ok(matches('small', 'pool-small-1'));
    assert.ok(matches('(?i)SMALL', 'pool-small'));
    assert.ok(matches('\\Apool-[[:digit:]]+\\z', 'pool-42'));
    assert.ok(!matches('\\Apool-[[:digit:]]+\\z', 'pool-42x'));
    assert.ok(matches('(?P<kind>gpu|cpu)-', 'gpu-1'));
    assert.ok(matches('a\\\\1', 'a\\1'), 'a backslash and a one, no reference');
  });

  it('may not do what Go’s cannot', () => {
    for (const pattern of ['(a)\\1', '(?!a)', '(?<=a)b', 'x'.repeat(1001)]) assert.ok(!re2Pattern(pattern).ok, pattern);
  });
});

function matches(pattern: string, text: string): boolean {
  const made = re2Pattern(pattern);
  assert.ok(made.ok, pattern);
  return made.value.test(text);
}
