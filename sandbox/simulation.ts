/**
 * One simulated run in virtual time: a sandbox, whatever is to be run against it, and a workload, to the end.
 *
 * Single-threaded and in process: one seed gives one history, byte for byte.
 */
import type { Random } from '../src/runtime/random.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { Sandbox } from './sandbox.ts';
import { costLowerBound } from './report/cost-lower-bound.ts';
import { capacityOfPlan } from './report/pool-capacity.ts';
import { UsageMeter } from './report/usage-meter.ts';
import { WholePodBound } from './report/whole-pod-bound.ts';
import { VirtualClock } from './time/virtual-clock.ts';
import { PodJournal } from './workload/pod-journal.ts';
import type { StoryPool } from './workload/story.ts';

export interface SimulationOptions {
  readonly seed: number | string;
  readonly region: string;
  readonly pools: readonly StoryPool[];
}

/** The world of a simulation, with its instruments. Nothing has happened yet. */
export interface Simulation {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly sandbox: Sandbox;
  readonly journal: PodJournal;
  readonly meter: UsageMeter;
}

/** Bookmarks and heartbeats that real servers send every minute would be most of what happens in simulated months. */
const BOOKMARK_INTERVAL_MS = 24 * 3_600_000;

export function newSimulation({ seed, region, pools }: SimulationOptions): Simulation {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const sandbox = new Sandbox({
    clock,
    random,
    region,
    pools: pools.map(({ label, plan, quantity, min, max, autoScaler, labels, taints }) => {
      return { label, plan, quantity, minNodes: min, maxNodes: max, autoScaler, labels, taints };
    }),
    bookmarkIntervalMs: BOOKMARK_INTERVAL_MS,
  });
  const capacities = pools.map(({ plan }) => capacityOfPlan(plan, seededRandom(seed)));
  const wholePods = new WholePodBound(
    pools.flatMap(({ min }, index) => {
      const offered = capacities[index];
      return offered === undefined ? [] : [{ ...offered, minimum: min }];
    }),
  );
  const meter = new UsageMeter({ store: sandbox.store, clock, bound: costLowerBound(capacities), wholePods });
  meter.withMinimum({
    usdPerHour: pools.reduce((sum, { min }, index) => sum + min * (capacities[index]?.pricePerHour ?? 0), 0),
    capacity: (capacities[0]?.capacity ?? []).map((_, resource) =>
      pools.reduce((sum, { min }, index) => sum + min * (capacities[index]?.capacity[resource] ?? 0), 0),
    ),
  });
  return { clock, random, sandbox, journal: new PodJournal({ store: sandbox.store, clock }), meter };
}
