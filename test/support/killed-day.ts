/**
 * A long day of drains, without any fault but one: the process is killed, at random moments, again and again. What is left
 * at the end must be what is left without kills.
 */
import { seededRandom } from '../../src/runtime/random.ts';
import { judgeMarks } from './mark-judge.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type World, aPool, aWorld } from './world.ts';
import { SURGE_EVICTION, budget, deployment, statefulSet } from './workloads.ts';

export interface KilledDay {
  readonly kills: number;
  readonly nodesDeleted: number;
  /** What is there in the end: the size of each pool, and how many pods of each workload run. */
  readonly end: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

/** Every so often the workloads shrink and grow, so that there are nodes to drain all day. */
const TIDE_MS = 40 * MINUTE_MS;
/** In a long day. */
const TIDES = 9;
const LONGEST_AWAY_MS = 20 * SECOND_MS;
const REST_LIMIT_MS = 3 * HOUR_MS;

/** The day of that seed, with so many kills. */
export async function killedDay(seed: number, kills: number, tides = TIDES): Promise<KilledDay> {
  const world = aWorld({
    seed: `killed/${seed}`,
    pools: [aPool('web', { maxNodes: 10 }), aPool('big', { plan: 'vhf-4c-16gb', maxNodes: 3 })],
    flags: ['--scale-down-unneeded-time=1m', '--scale-down-delay-after-add=1m', '--scan-interval=30s'],
  });
  let over = false;
  await world.begin();
  judgeMarks(world, () => over);
  world.apply(
    deployment('web', 2, { stopMs: 25 * SECOND_MS }),
    budget('web', { maxUnavailable: 1 }),
    deployment('single', 1, { annotations: SURGE_EVICTION }),
    statefulSet('db', 2, { memory: '2Gi', stopMs: 40 * SECOND_MS }),
  );
  const random = seededRandom(`kills/${seed}`).stream('moments');
  const moments = Array.from({ length: kills }, () => random.integer(0, 2 * tides * TIDE_MS));
  for (const moment of moments) killAt(world, moment, random.integer(0, LONGEST_AWAY_MS));
  for (let tide = 0; tide < tides; tide++) {
    world.scale('deployments', 'web', 24);
    await world.runFor(TIDE_MS);
    world.scale('deployments', 'web', 6);
    await world.runFor(TIDE_MS);
  }
  world.scale('deployments', 'web', 3);
  // Until all the kills are over, and nothing has changed for longer than any timer runs.
  await world.runFor(REST_LIMIT_MS);
  over = true;
  await world.close();
  return {
    kills,
    nodesDeleted: world.invariants.removals.deletedIds.size,
    end: endOf(world),
    violations: world.invariants.violations,
  };
}

function killAt(world: World, moment: number, awayMs: number): void {
  world.clock.setTimer(moment, () => {
    world.kill();
    world.clock.setTimer(awayMs, () => {
      if (!world.current.process.isAlive) world.start();
    });
  });
}

function endOf(world: World): Readonly<Record<string, number>> {
  const pools = world.sandbox.cloud.pools().map(({ label, quantity }) => [`nodes of ${label}`, quantity] as const);
  const pods = Map.groupBy(world.pods(), ({ metadata }) => metadata.labels?.['app'] ?? metadata.name);
  return Object.fromEntries([
    ...pools,
    ['nodes', world.nodes().length],
    ['nodes that are marked', world.markedNodes().length],
    ['pods that wait', world.waitingPods().length],
    ...[...pods]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([app, list]) => [`pods of ${app}`, list.length] as const),
  ]);
}
