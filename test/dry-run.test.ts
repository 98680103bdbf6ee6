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

/** A pool that takes part, and one on dry run with more nodes than it needs. */
function aPoolOnDryRun(): World {
  return aWorld({
    pools: [
      aPool('web'),
      aPool('ci', {
        quantity: 3,
        labels: { 'vke-autoscaler-dry-run': 'true' },
        taints: [{ key: 'ci', value: 'true', effect: 'NoSchedule' }],
      }),
    ],
  });
}

/** What would be done with pools on dry run, over a run. */
function rehearsed(records: readonly DecisionRecord[]): readonly ActionRecord[] {
  return records.flatMap(({ dryRun }) => dryRun?.actions ?? []);
}

it('a pool on dry run is decided about and left alone, while the others are looked after', async () => {
  const world = aPoolOnDryRun();
  world.sandbox.kubernetesFaults.add(WRITES);
  world.sandbox.vultrFaults.add(WRITES);
  await world.begin();
  const ci = world.pool('ci');
  world.apply(deployment('web', 9));
  await world.served();
  assert.ok(world.pool('web').quantity > 1, 'the pool web grows');
  world.scale('deployments', 'web', 1);
  await world.runFor(15 * MINUTE_MS);
  assert.equal(world.pool('web').quantity, 1, 'and shrinks');

  const removed = rehearsed(world.current.records).flatMap((action) =>
    action.kind === 'remove-node' ? [action.node] : [],
  );
  assert.equal(new Set(removed).size, 2, 'two of the three nodes of ci would go');
  assert.equal(world.pool('ci').quantity, 3);
  const calls = world.sandbox.vultrFaults.log.map(({ path }) => path);
  assert.ok(calls.length > 0 && calls.every((path) => !path.includes(ci.id)), calls.join(' '));
  const changed = world.sandbox.kubernetesFaults.log.map(({ path }) => path).filter((path) => path.includes('/nodes/'));
  assert.ok(
    changed.every((path) => !path.includes('/nodes/ci-')),
    changed.join(' '),
  );
  assert.match((await world.current.ask('/explain/pools/ci')).body, /on dry run: nothing is done with it/);
  await world.end();
});

it('pods that only a pool on dry run would help wait, and are told so; with the label gone they are helped', async () => {
  const world = aPoolOnDryRun();
  await world.begin();
  world.apply(deployment('build', 20, { toleratesAll: true, cpu: '3' }));
  await world.until('the pool web is full', () => world.pool('web').active === 6, 10 * MINUTE_MS);
  await world.runFor(MINUTE_MS);
  const resize = rehearsed(world.current.records).find(({ kind, group }) => kind === 'resize' && group === 'ci');
  assert.ok(resize?.kind === 'resize' && resize.to > 3, JSON.stringify(resize));
  assert.equal(world.pool('ci').quantity, 3);
  const { body } = await world.current.ask(`/explain/pods/default/${world.waitingPods()[0]?.metadata.name}`);
  assert.match(body, /"pool":"ci","reason":\{"code":"GroupOnDryRun"/);
  world.sandbox.cloud.changePool(world.pool('ci').id, { labels: { 'vke-autoscaler-dry-run': 'false' } });
  await world.until('the pool grows', () => world.pool('ci').quantity > 3, 5 * MINUTE_MS);
  assert.equal(world.current.records.at(-1)?.dryRun, undefined);
  await world.close();
});

it('marks that somebody else has set on nodes of a pool on dry run stay, also after a start', async () => {
  const world = aPoolOnDryRun();
  await world.runFor(2 * MINUTE_MS);
  const node = world.nodes().find(({ metadata }) => metadata.name.startsWith('ci-'));
  assert.ok(node !== undefined);
  const taints = [
    { key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' },
    { key: 'DeletionCandidateOfClusterAutoscaler', value: '1', effect: 'PreferNoSchedule' },
  ];
  world.sandbox.store.update('nodes', '', node.metadata.name, (current) => ({
    ...current,
    spec: { ...current.spec, taints },
  }));
  await world.begin();
  await world.runFor(5 * MINUTE_MS);
  const now = world.nodes().find(({ metadata }) => metadata.name === node.metadata.name);
  assert.deepEqual(now?.spec?.['taints'], taints);
  await world.close();
});
