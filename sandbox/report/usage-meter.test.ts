import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/runtime/random.ts';
import { MemoryObjectStore } from '../kubernetes/object-store.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import { costLowerBound } from './cost-lower-bound.ts';
import { UsageMeter } from './usage-meter.ts';

const HOUR_MS = 3_600_000;

function setUp(): { clock: VirtualClock; store: MemoryObjectStore; meter: UsageMeter } {
  const clock = new VirtualClock();
  const store = new MemoryObjectStore({ clock, random: seededRandom(1).stream('store') });
  // One plan: 4 CPUs and 8 GiB for a dollar an hour.
  const bound = costLowerBound([{ pricePerHour: 1, capacity: [4000, 8 * 2 ** 30, 0] }]);
  return { clock, store, meter: new UsageMeter({ store, clock, bound }) };
}

function node(name: string): Parameters<MemoryObjectStore['create']>[1] {
  return { metadata: { name }, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } } };
}

function pod(name: string, namespace = 'default'): Parameters<MemoryObjectStore['create']>[1] {
  const requests = { cpu: '1', memory: '1Gi' };
  return { metadata: { name, namespace }, spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }] } };
}

test('given a pod that asks for a quarter of a node for an hour, so much was used and so much it costs at the least', async () => {
  const { clock, store, meter } = setUp();
  store.create('nodes', node('n1'));
  store.create('pods', pod('p1'));
  await clock.runFor(HOUR_MS);
  assert.equal(meter.usage().lowerBoundUsd, 0, 'a pod that waits costs nothing');
  store.bind('default', 'p1', 'n1');
  await clock.runFor(HOUR_MS);
  store.delete('pods', 'default', 'p1', { graceSeconds: 0 });
  await clock.runFor(2 * HOUR_MS);
  const { utilization, lowerBoundUsd } = meter.usage();
  assert.equal(utilization.cpu, 1 / 16, 'a quarter of one of four hours');
  assert.equal(lowerBoundUsd, 0.25);
});

test('given a minimum of nodes, it is paid for, and what fits on it costs nothing more', async () => {
  const { clock, store, meter } = setUp();
  meter.withMinimum({ usdPerHour: 1, capacity: [4000, 8 * 2 ** 30, 0] });
  store.create('nodes', node('n1'));
  for (let index = 0; index < 6; index++) {
    store.create('pods', pod(`p${index}`));
    store.bind('default', `p${index}`, 'n1');
  }
  await clock.runFor(HOUR_MS);
  const { lowerBoundUsd, lowerBoundWithMinimumUsd } = meter.usage();
  assert.equal(lowerBoundUsd, 1.5);
  assert.equal(lowerBoundWithMinimumUsd, 1.5, 'one for the minimum, half a node more');
});

test('given pods of kube-system, they are no demand', async () => {
  const { clock, store, meter } = setUp();
  store.create('nodes', node('n1'));
  store.create('pods', pod('calico', 'kube-system'));
  store.bind('kube-system', 'calico', 'n1');
  await clock.runFor(HOUR_MS);
  assert.equal(meter.usage().lowerBoundUsd, 0);
});
