import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cluster } from './cluster.ts';
import type { PodFacts } from './facts.ts';
import { aNode, aPod } from './fixtures.test-support.ts';
import { aClaim, aVolume } from './storage-fixtures.test-support.ts';
import { StorageTable } from './storage-table.ts';

test('volumes of a class come in the order of their names, and move with their class', () => {
  const { storage } = new Cluster();
  for (const name of ['c', 'a', 'b']) storage.apply({ kind: 'volume', volume: aVolume(name) });
  const names = (group: string): string[] => storage.volumesOfClass(group).map(({ name }) => name);
  assert.deepEqual(names('local'), ['a', 'b', 'c']);
  storage.apply({ kind: 'volume', volume: aVolume('b', { storageClassName: 'block' }) });
  assert.deepEqual([names('local'), names('block')], [['a', 'c'], ['b']]);
  storage.apply({ kind: 'volume-gone', name: 'a', uid: 'another' });
  storage.apply({ kind: 'volume-gone', name: 'c', uid: 'uid-c' });
  assert.deepEqual(names('local'), ['a'], 'another of the name is not meant');
});

test('what a trial assumes of claims and volumes is undone with it', () => {
  const cluster = new Cluster();
  const { storage } = cluster;
  const claim = aClaim('data');
  storage.apply({ kind: 'claim', claim });
  storage.apply({ kind: 'volume', volume: aVolume('v') });
  cluster.trial(() => {
    storage.assumeTaken(aVolume('v'), claim);
    storage.assumeProvisioned(claim, 'node');
    assert.equal(storage.volumesOfClass('local')[0]?.claim?.name, 'data');
    assert.equal(storage.claim('default', 'data')?.selectedNode, 'node');
  });
  assert.deepEqual(storage.volumesOfClass('local'), [aVolume('v')]);
  assert.deepEqual(storage.claim('default', 'data'), claim);
});

function user(name: string, nodeName: string): PodFacts {
  return aPod({
    name,
    nodeName,
    spec: { volumes: [{ kind: 'claim', name: 'v', claimName: 'data', readOnly: false }] },
  });
}

test('a claim is in use while a placed pod names it, trials included', () => {
  const cluster = new Cluster();
  cluster.apply({ kind: 'node', node: aNode({ name: 'n' }) });
  const isUsed = (): boolean => cluster.storage.isClaimUsed('default', 'data');
  cluster.apply({ kind: 'pod', pod: user('waits', '') });
  assert.equal(isUsed(), false);
  cluster.trial(() => {
    cluster.place(user('waits', ''), cluster.slotOf('n') ?? -1);
    assert.equal(isUsed(), true);
  });
  assert.equal(isUsed(), false);
  cluster.apply({ kind: 'pod', pod: user('runs', 'n') });
  cluster.apply({ kind: 'pod', pod: user('too', 'n') });
  cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'runs', uid: user('runs', '').uid });
  assert.equal(isUsed(), true, 'the other one still has it');
  cluster.apply({ kind: 'pod', pod: { ...user('too', 'n'), phase: 'Succeeded' } });
  assert.equal(isUsed(), false);
});

test('a table that was changed in any way holds what one built from scratch holds', () => {
  const object = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    uid: fc.constantFrom('1', '2'),
    group: fc.constantFrom('x', 'y'),
  });
  const step = fc.tuple(object, fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const table = new StorageTable<{ key: string; uid: string; group: string }>(({ group }) => group);
      const expected = new Map<string, { key: string; uid: string; group: string }>();
      for (const [one, isGone] of steps) {
        if (!isGone) expected.set(one.key, one);
        else if (expected.get(one.key)?.uid === one.uid) expected.delete(one.key);
        if (isGone) table.drop(one.key, one.uid);
        else table.set(one.key, one);
        for (const group of ['x', 'y']) {
          const there = [...expected.values()].filter((other) => other.group === group);
          assert.deepEqual(
            table.group(group),
            there.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
          );
        }
      }
    }),
  );
});
