import assert from 'node:assert/strict';
import { editDistance, nearestName, nearestNames } from './nearest.ts';
import fc from 'fast-check';
import { test } from 'node:test';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 8 });

test('edits count the same in both directions, and none means equal', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
    }),
  );
});

test('one letter inserted, dropped, changed or swapped is one edit', () => {
  const name = 'scan-interval';
  for (let at = 0; at < name.length - 1; at++) {
    const [before, here, next, after] = [name.slice(0, at), name.charAt(at), name.charAt(at + 1), name.slice(at + 2)];
    for (const slip of [
      `${before}x${here}${next}${after}`,
      `${before}${next}${after}`,
      `${before}x${next}${after}`,
      `${before}${next}${here}${after}`,
    ]) {
      assert.equal(editDistance(slip, name), slip === name ? 0 : 1, slip);
    }
  }
});

test('the nearest name is offered, a far one is not', () => {
  const names = ['scan-interval', 'max-nodes-total', 'v'];
  assert.equal(nearestName('scan-intervall', names), 'scan-interval');
  assert.equal(nearestName('max-node-total', names), 'max-nodes-total');
  assert.equal(nearestName('completely-different', names), undefined);
  assert.equal(nearestName('x', names), undefined);
});

test('of many names those that begin alike are offered, the nearest first', () => {
  const names = ['default/web-7d9-abc', 'default/web-7d9-abd', 'default/db-0', 'kube-system/dns'];
  assert.deepEqual(nearestNames('default/web-7d9-abx', names, 2), ['default/web-7d9-abc', 'default/web-7d9-abd']);
  assert.deepEqual(nearestNames('web-7d9', names, 5), ['default/web-7d9-abc', 'default/web-7d9-abd']);
  assert.deepEqual(nearestNames('nothing/like-it', names, 5), []);
});
