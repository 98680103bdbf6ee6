import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { test } from 'node:test';
import { Interner, InternTable } from './intern.ts';

/** What nobody uses is collected, and those who wait for that are told. */
async function collect(): Promise<void> {
  const session = new Session();
  session.connect();
  for (let round = 0; round < 2; round += 1) {
    await session.post('HeapProfiler.collectGarbage');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  session.disconnect();
}

const labelsOfNode = (interner: Interner, number: number) =>
  interner.labels([
    ['pool', 'main'],
    ['kubernetes.io/hostname', `node-${number}`],
  ]);

test('what is used stays one object, however many others come and go meanwhile', async () => {
  const interner = new Interner();
  const used = labelsOfNode(interner, 0);
  for (let number = 1; number <= 200_000; number += 1) labelsOfNode(interner, number);
  await collect();
  assert.equal(labelsOfNode(interner, 0), used);
});

test('the labels of nodes that have gone go with them', async () => {
  const interner = new Interner();
  const gone = [1, 2, 3].map((number) => new WeakRef(labelsOfNode(interner, number)));
  await collect();
  assert.deepEqual(
    gone.map((labels) => labels.deref()),
    [undefined, undefined, undefined],
  );
});

test('the keys of what has gone are let go as well', async () => {
  const table = new InternTable<object>();
  await collect();
  const before = process.memoryUsage().heapUsed;
  for (let number = 0; number < 2000; number += 1) table.set(String(number).padStart(10_000, '-'), {});
  await collect();
  const grownBytes = process.memoryUsage().heapUsed - before;
  assert.ok(grownBytes < 5_000_000, `of 20 MB of keys, ${grownBytes} bytes are left`);
});

test('an equal object that has taken the place of one that is gone is found', async () => {
  const table = new InternTable<object>();
  table.set('key', { serial: 1 });
  const second = table.set('key', { serial: 2 });
  await collect();
  assert.equal(table.get('key'), second);
});
