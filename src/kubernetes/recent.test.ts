import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.ts';

test('the latest few are remembered, and what is put again counts as late', () => {
  const recent = new Recent<string>({ most: 2, longestMs: 1000 });
  recent.put('a', 'A', 0);
  recent.put('b', 'B', 1);
  recent.put('a', 'A again', 2);
  recent.put('c', 'C', 3);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => recent.get(key, 3)),
    ['A again', undefined, 'C'],
  );
});

test('what was put too long ago is forgotten, whether anything is put or not', () => {
  const recent = new Recent<string>({ most: 10, longestMs: 1000 });
  recent.put('old', 'O', 0);
  recent.put('young', 'Y', 500);
  assert.equal(recent.get('old', 999), 'O');
  assert.equal(recent.get('old', 1000), undefined);
  assert.equal(recent.get('young', 1000), 'Y');
});
