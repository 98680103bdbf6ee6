/** `--dry-run` decides and reports what it would do, and changes nothing at all. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FaultRule } from '../sandbox/faults.ts';
import type { ActionRecord, DecisionRecord } from '../src/explain/record.ts';
import { MINUTE_MS, SECOND_MS, type World, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

/** Fires for every request that is not a read, and does nothing but be logged. */
const WRITES: FaultRule = {
  name: 'write',
  methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  effect: { kind: 'delay', ms: 0 },
};

/** A cluster that wants three more nodes, and later, with these there, none of them. */
function aClusterThatGrows(dryRun: boolean): World {
  return aWorld({ pools: [aPool('web'), aPool('idle', { quantity: 3 })], flags: [`--dry-run=${dryRun}`] });
}

function firstActions(records: readonly DecisionRecord[]): readonly ActionRecord[] {
  return records.find(({ actions }) => actions.length > 0)?.actions ?? [];
}

it('a dry run writes to neither API, and records the decisions that a real run carries out', async () => {
  const [dry, real] = [aClusterThatGrows(true), aClusterThatGrows(false)];
  for (const world of [dry, real]) {
    world.sandbox.kubernetesFaults.add(WRITES);
    world.sandbox.vultrFaults.add(WRITES);
    await world.begin();
    world.apply(deployment('web', 20));
    await world.runFor(5 * SECOND_MS);
  }
  assert.deepEqual(firstActions(dry.current.records), firstActions(real.current.records));
  assert.equal(firstActions(dry.current.records)[0]?.kind, 'resize');
  const told = real.sandbox.kubernetesFaults.log.map(({ path }) => path);
  assert.ok(
    told.some((path) => path.endsWith('/events')),
    'the real run tells its pods',
  );
  assert.equal(real.sandbox.vultrFaults.count, 1);

  await dry.runFor(10 * MINUTE_MS);
  assert.deepEqual(dry.sandbox.kubernetesFaults.log, []);
  assert.deepEqual(dry.sandbox.vultrFaults.log, []);
  assert.deepEqual(dry.sandbox.cloud.writes, []);
  await dry.end();
  await real.end();
});

it('a dry run names the nodes that it would remove, and they stay as they are', async () => {
  const world = aClusterThatGrows(true);
  world.sandbox.kubernetesFaults.add(WRITES);
  await world.begin();
  await world.runFor(10 * MINUTE_MS);
  const removed = firstActions(world.current.records).flatMap((action) =>
    action.kind === 'remove-node' ? [action.node] : [],
  );
  assert.ok(removed.length > 0);
  assert.deepEqual(world.markedNodes(), []);
  assert.equal(world.nodes().length, 4);
  assert.deepEqual(world.sandbox.kubernetesFaults.log, []);
  await world.end();
});

it('a dry run with leader election takes no Lease', async () => {
  const world = aWorld({ pools: [aPool('web')], flags: ['--dry-run', '--leader-elect=true'] });
  world.sandbox.kubernetesFaults.add(WRITES);
  await world.begin();
  const paths = new Set(world.sandbox.kubernetesFaults.log.map(({ path }) => path.replace(/.*\/apis?\//, '')));
  // The Lease is how replicas agree who reports; it says nothing about the cluster's nodes and pods.
  assert.ok(
    [...paths].every((path) => path.includes('/leases')),
    [...paths].join(' '),
  );
  await world.end();
});
