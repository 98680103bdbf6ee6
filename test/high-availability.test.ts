/**
 * Two autoscalers with leader election: at most one acts at any time (I5, which the judge of support/invariants.ts holds
 * each write against), and the other takes over soon when the first dies, stops, hangs or loses its network.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Replica } from './support/replica.ts';
import { MINUTE_MS, SECOND_MS, type World, aPool, aWorld } from './support/world.ts';
import { deployment } from './support/workloads.ts';

const LEASE_DURATION_MS = 15 * SECOND_MS;
/** A candidate looks at the Lease every two seconds. */
const RETRY_MS = 2 * SECOND_MS;

interface Pair {
  readonly world: World;
  readonly leader: Replica;
  readonly other: Replica;
}

/** Two replicas, one of which leads; every twentieth of a second somebody looks whether both say they do. */
async function twoReplicas(seed: number): Promise<Pair> {
  const world = aWorld({ pools: [aPool('web')], seed, flags: ['--leader-elect=true'] });
  const both = [world.start('one'), world.start('two')];
  const look = (): void => {
    assert.ok(both.filter(({ isLeader }) => isLeader).length < 2, 'both replicas lead');
    world.clock.setTimer(50, look);
  };
  look();
  await world.runFor(2 * MINUTE_MS);
  const leader = both.find(({ isLeader }) => isLeader);
  const other = both.find(({ isLeader }) => !isLeader);
  assert.ok(leader !== undefined && other !== undefined, 'exactly one replica leads');
  return { world, leader, other };
}

function takeOver({ world, other }: Pair): Promise<number> {
  return world.until('the other replica leads', () => other.isLeader, 5 * MINUTE_MS);
}

async function servesPods({ world }: Pair): Promise<void> {
  world.apply(deployment('late', 8));
  await world.served();
  assert.equal(world.pods().length, 8);
}

describe('two replicas', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    it(`when the leader is killed, the other leads within a lease duration and 2 s (seed ${seed})`, async () => {
      const pair = await twoReplicas(seed);
      await pair.world.runFor(seed * 410);
      pair.leader.kill();
      const tookMs = await takeOver(pair);
      assert.ok(tookMs <= LEASE_DURATION_MS + RETRY_MS, `${tookMs} ms`);
      await servesPods(pair);
      await pair.world.end();
    });

    it(`when the leader is stopped, the other leads within 3 s (seed ${seed})`, async () => {
      const pair = await twoReplicas(seed);
      void pair.leader.stop();
      assert.ok((await takeOver(pair)) <= 3 * SECOND_MS);
      await servesPods(pair);
      await pair.world.end();
    });
  }

  for (const pausedForSeconds of [5, 11, 60]) {
    it(`when the leader hangs for ${pausedForSeconds} s in the middle of a scale-up, one of them ends it`, async () => {
      const pair = await twoReplicas(7);
      const { world, leader, other } = pair;
      world.apply(deployment('web', 12));
      await world.runFor(150);
      leader.process.pause();
      await world.runFor(pausedForSeconds * SECOND_MS);
      leader.process.resume();
      await world.served();
      assert.equal(world.pool('web').quantity, 4);
      const longEnough = pausedForSeconds * SECOND_MS > LEASE_DURATION_MS;
      assert.equal(other.isLeader, longEnough);
      await world.end();
    });
  }

  it('when the leader loses its way to the API server, it stops acting before the other begins', async () => {
    const pair = await twoReplicas(8);
    const { world, leader } = pair;
    world.apply(deployment('web', 8));
    await world.runFor(MINUTE_MS);
    const patches = world.sandbox.cloud.writes.length;
    // Vultr it still reaches, and pods that wait it has seen.
    leader.kubernetesFaults.add({ name: 'cut', effect: { kind: 'hang', delivered: false } });
    world.apply(deployment('more', 6));
    const lostAfterMs = await world.until('the leader gives up', () => !leader.isLeader, MINUTE_MS);
    const takenAfterMs = lostAfterMs + (await takeOver(pair));
    assert.ok(lostAfterMs <= 10 * SECOND_MS, `gave up after ${lostAfterMs} ms`);
    assert.ok(takenAfterMs <= LEASE_DURATION_MS + 2 * RETRY_MS, `taken over after ${takenAfterMs} ms`);
    await world.served();
    assert.ok(world.sandbox.cloud.writes.length > patches);
    leader.kubernetesFaults.clear();
    await world.runFor(5 * MINUTE_MS);
    assert.equal(leader.isLeader, false);
    await world.end();
  });

  it('when the leader cannot reach Vultr, nobody needs to take over, and it goes on once it can', async () => {
    const pair = await twoReplicas(9);
    const { world, leader } = pair;
    leader.vultrFaults.add({ name: 'cut', effect: { kind: 'refuse-connection' } });
    world.apply(deployment('web', 8));
    await world.runFor(5 * MINUTE_MS);
    assert.equal(world.waitingPods().length > 0, true);
    assert.equal(leader.isLeader, true);
    leader.vultrFaults.clear();
    await world.served();
    await world.end();
  });
});
