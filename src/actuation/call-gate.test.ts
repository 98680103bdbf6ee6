import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CallGate } from './call-gate.ts';
import { held } from './world.test-support.ts';

test('at most so many calls run at once, the others in the order in which they came', async () => {
  const gate = new CallGate(2);
  const calls = [held<number>(), held<number>(), held<number>(), held<number>()];
  const started: number[] = [];
  const results = calls.map((call, index) =>
    gate.run(() => {
      started.push(index);
      return call.promise;
    }),
  );
  assert.deepEqual(started, [0, 1]);
  calls[1]?.settle(1);
  await setImmediate();
  assert.deepEqual(started, [0, 1, 2]);
  for (const [index, call] of calls.entries()) call.settle(index);
  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3]);
});

test('a call that fails gives its place back', async () => {
  const gate = new CallGate(1);
  await assert.rejects(gate.run(() => Promise.reject(new Error('no'))));
  assert.equal(await gate.run(() => Promise.resolve('next')), 'next');
});
