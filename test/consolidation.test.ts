/** Consolidation in VKE in a box, in virtual time: the cluster ends cheaper, and nobody is missed on the way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PLANS, pricePerHour } from '../sandbox/vultr/plans.ts';
import type { DecisionRecord } from '../src/explain/record.ts';
import { Availability } from './support/availability.ts';
import { HOUR_MS, MINUTE_MS, type World, type WorldOptions, aPool, aWorld } from './support/world.ts';
import { budget, deployment } from './support/workloads.ts';

const FLAGS = [
  '--consolidation',
  '--consolidation-min-node-age=10m',
  '--consolidation-cooldown=10m',
  // Nothing is under-used enough to go in the ordinary way.
  '--scale-down-utilization-threshold=0.05',
  '--ignore-daemonsets-utilization',
];

/** Two nodes of 8 CPUs, of which one holds what nodes of 4 could, for less, in a Deployment of which all but one have to be up. */
async function dearCluster(options: Partial<WorldOptions> = {}): Promise<{ world: World; codes: string[] }> {
  const codes: string[] = [];
  const world = aWorld({
    pools: [
      aPool('big', { plan: 'vc2-8c-32gb', quantity: 2, minNodes: 1, maxNodes: 6 }),
      aPool('small', { plan: 'vc2-4c-8gb', minNodes: 1, maxNodes: 6 }),
    ],
    flags: FLAGS,
    onRecord: ({ consolidation }) => void (consolidation && codes.push(consolidation.code)),
    ...options,
  });
  await world.begin();
  world.apply(deployment('web', 8, { cpu: '1800m' }), budget('web', { maxUnavailable: 1 }));
  await world.served();
  // Until they are all up.
  await world.runFor(MINUTE_MS);
  return { world, codes };
}

/** Of all machines that are there, in US dollars an hour. */
function priceOf(world: World): number {
  return world.sandbox.cloud
    .instances()
    .reduce(
      (sum, { instance }) => sum + pricePerHour(PLANS.find(({ id }) => id === instance.planId) ?? assert.fail()),
      0,
    );
}

function nodesOf(world: World): Record<string, number> {
  return Object.fromEntries(world.sandbox.cloud.pools().map(({ label, quantity }) => [label, quantity]));
}

describe('a cluster of dear nodes', () => {
  it('ends on cheaper ones, with all pods but one up at every moment, and is left alone from then on', async () => {
    const { world, codes } = await dearCluster();
    const before = priceOf(world);
    const up = new Availability(world.sandbox.store);
    await world.until('a replacement is over', () => codes.includes('ReplacementDone'), 2 * HOUR_MS);
    await world.runFor(4 * HOUR_MS);
    up.stop();
    assert.ok(priceOf(world) <= 0.7 * before, `${priceOf(world)} of ${before}: ${JSON.stringify(nodesOf(world))}`);
    assert.ok(up.least('web') >= 7, `${up.least('web')} pods were up`);
    assert.deepEqual(world.waitingPods(), []);
    assert.deepEqual(world.markedNodes(), []);
    const settled = codes.lastIndexOf('ReplacementDone');
    assert.ok(!codes.slice(settled).includes('ReplacementAsked'), 'it does not go back and forth');
    await world.end();
  });

  it('evicts nobody before the new nodes are ready', async () => {
    const records: DecisionRecord[] = [];
    const { world } = await dearCluster({ onRecord: (record) => void records.push(record) });
    const wasAsked = (): boolean => records.some(({ consolidation }) => consolidation?.code === 'ReplacementAsked');
    await world.until('a replacement is asked for', wasAsked, 2 * HOUR_MS);
    const wanted = nodesOf(world)['small'] ?? 0;
    await world.until('the first pod is evicted', () => world.invariants.removals.evictions > 0, HOUR_MS);
    const small = world.nodes().filter(({ metadata }) => metadata.name.startsWith('small'));
    assert.equal(small.length, wanted);
    await world.end();
  });
});

describe('what comes between a replacement and its end', () => {
  it('a rush: the replacement is given up, and nobody is disturbed', async () => {
    const { world, codes } = await dearCluster();
    const before = nodesOf(world);
    await world.until('a replacement is asked for', () => codes.includes('ReplacementAsked'), 2 * HOUR_MS);
    // A rush: the pods that were to move have grown in number, and need the room of the dear nodes.
    world.scale('deployments', 'web', 16);
    await world.until('it is given up', () => codes.includes('ReplacementGivenUp'), HOUR_MS);
    assert.ok((nodesOf(world)['big'] ?? 0) >= (before['big'] ?? 0), 'no dear node has gone for it');
    assert.equal(world.invariants.removals.evictions, 0);
    await world.served();
    await world.end();
  });

  it('a restart: the replacement goes on, and nothing is asked for twice', async () => {
    const { world, codes } = await dearCluster();
    const before = priceOf(world);
    await world.until('a replacement is asked for', () => codes.includes('ReplacementAsked'), 2 * HOUR_MS);
    await world.runFor(MINUTE_MS);
    world.killAndReplace();
    await world.until('a replacement is over', () => codes.includes('ReplacementDone'), HOUR_MS);
    assert.equal(codes.filter((code) => code === 'ReplacementAsked').length, 1);
    await world.runFor(HOUR_MS);
    assert.ok(priceOf(world) <= 0.7 * before, `${priceOf(world)} of ${before}: ${JSON.stringify(nodesOf(world))}`);
    assert.deepEqual(world.waitingPods(), []);
    await world.end();
  });
});
