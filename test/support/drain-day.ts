/** Days of removals in bad weather, in virtual time: see drain-bustle.ts, drain-troubles.ts and storm.ts. One seed, one history. */
import { DrainBustle } from './drain-bustle.ts';
import { DrainTroubles } from './drain-troubles.ts';
import { judgeMarks } from './mark-judge.ts';
import { Storm } from './storm.ts';
import { HOUR_MS, MINUTE_MS, type World, aPool, aWorld } from './world.ts';

/** What came of it. */
export interface DrainDay {
  readonly seed: number;
  readonly hours: number;
  /** Faults of the wires, incidents and troubles. */
  readonly faults: number;
  /** How often each trouble and incident happened. */
  readonly happened: ReadonlyMap<string, number>;
  /** Processes that were started. */
  readonly starts: number;
  /** Kills, by the step that the removals under way were last seen at; `none`: none was. */
  readonly killedAt: ReadonlyMap<string, number>;
  readonly nodesDeleted: number;
  readonly evictions: number;
  /** Changes of sizes that machines overtook which VKE made while they were on their way. */
  readonly overtaken: number;
  readonly violations: readonly string[];
  /** Why the cluster did not come to rest afterwards; `undefined`: it did. */
  readonly unsettled: string | undefined;
}

/** After the last fault: jobs end, pods that must stay end, nodes are drained one after the other. */
const SETTLE_LIMIT_MS = 2 * HOUR_MS;

/** Flags that go with every seed, and some that go with some. */
function flagsOf(seed: number): readonly string[] {
  const sometimes = (every: number, ...flags: readonly string[]): readonly string[] =>
    seed % every === 0 ? flags : [];
  return [
    '--scan-interval=60s',
    '--scale-down-unneeded-time=1m',
    '--scale-down-delay-after-add=1m',
    '--scale-down-delay-after-failure=1m',
    '--unremovable-node-recheck-timeout=2m',
    '--max-drain-parallelism=3',
    '--max-node-provision-time=10m',
    '--initial-node-group-backoff-duration=2m',
    '--max-node-group-backoff-duration=10m',
    '--node-group-backoff-reset-timeout=30m',
    '--blocking-system-pod-distruption-timeout=10m',
    `--leader-elect=${seed % 4 === 0}`,
    ...sometimes(2, '--node-deletion-batcher-interval=3s'),
    ...sometimes(3, '--drain-priority-config=0:60,1000:30'),
    ...sometimes(5, '--cordon-node-before-terminating=false'),
    ...sometimes(6, '--consolidation', '--consolidation-min-node-age=10m', '--consolidation-cooldown=10m'),
    ...sometimes(7, '--dynamic-node-delete-delay-after-taint-enabled=true'),
  ];
}

/** Lives through so many hours and the calm after them. */
export async function liveDrainDay(seed: number, hours: number): Promise<DrainDay> {
  const killedAt = new Map<string, number>();
  let steps: readonly string[] = [];
  const world = aWorld({
    seed: `drains/${seed}`,
    pools: [aPool('web', { maxNodes: 5 }), aPool('big', { plan: 'vhf-4c-16gb', maxNodes: 3 })],
    flags: flagsOf(seed),
    watchSeconds: { least: 60, most: 120 },
    stalenessMs: 4 * MINUTE_MS,
    onRecord(record) {
      steps = record.nodes.flatMap(({ outcome }) => (outcome.kind === 'being-removed' ? [kindOf(outcome.step)] : []));
    },
  });
  const storm = new Storm(world);
  const bustle = new DrainBustle(world);
  const troubles = new DrainTroubles(world);
  let over = false;
  world.onKill = () => {
    for (const step of steps.length === 0 ? ['none'] : new Set(steps))
      killedAt.set(step, (killedAt.get(step) ?? 0) + 1);
  };
  await world.begin();
  bustle.begin();
  storm.begin();
  troubles.begin();
  judgeMarks(world, () => over);
  await world.runFor(hours * HOUR_MS);
  troubles.end();
  storm.end();
  await world.runFor(2 * MINUTE_MS);
  bustle.end();
  const unsettled = await restOf(world);
  over = true;
  const happened = new Map([...storm.counts, ...troubles.counts]);
  const troubled = [...troubles.counts.values()].reduce((sum, count) => sum + count, 0);
  await world.close();
  return {
    seed,
    hours,
    faults: storm.faults + troubled,
    happened,
    starts: world.replicas.length,
    killedAt,
    nodesDeleted: world.invariants.removals.deletedIds.size,
    evictions: world.invariants.removals.evictions,
    overtaken: world.invariants.resizes.overtaken,
    violations: world.invariants.violations,
    unsettled,
  };
}

async function restOf(world: World): Promise<string | undefined> {
  const isAtRest = (): boolean =>
    world.isAtMinimum() && world.waitingPods().length === 0 && world.markedNodes().length === 0;
  const outcome = await world.clock.run(isAtRest, { limitMs: SETTLE_LIMIT_MS });
  return outcome === 'reached' ? undefined : world.describe();
}

/** The step without the pods and messages that it names. */
function kindOf(step: string): string {
  return step.split(/[:]/)[0] ?? step;
}
