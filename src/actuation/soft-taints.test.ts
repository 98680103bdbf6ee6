/** Soft taints: marks on nodes that are likely to go, set and taken off in small bulks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster, aNode, aTaint } from '../cluster/fixtures.test-support.ts';
import { failure } from '../runtime/result.ts';
import { MINUTE_MS, NOW_MS, SECOND_MS } from '../scale-down/fixtures.test-support.ts';
import type { SoftTaintOptions } from '../scale-down/options.ts';
import type { SoftTaints } from '../scale-down/plan.ts';
import { World } from './world.test-support.ts';

const CANDIDATE = 'DeletionCandidateOfClusterAutoscaler';
const DEFAULTS: SoftTaintOptions = { maxPerPass: 10, maxPassMs: 3 * SECOND_MS, ttlMs: 0 };

/** Nodes n1, n2, … each with a candidate's taint of that value, or without one. */
function aWorld(values: readonly (string | undefined)[], softTaints: SoftTaintOptions = DEFAULTS): World {
  const nodes = values.map((value, index) =>
    aNode({
      name: `n${index + 1}`,
      taints: value === undefined ? [] : [{ ...aTaint(CANDIDATE, value), effect: 'PreferNoSchedule' }],
    }),
  );
  return new World(aCluster({ nodes }), { softTaints });
}

function targets(names: readonly string[] = []): SoftTaints['add'] {
  return names.map((node) => ({ node, uid: `uid-${node}` }));
}

async function carryOut(world: World, changes: Partial<Record<keyof SoftTaints, readonly string[]>>): Promise<void> {
  const softTaints = { add: targets(changes.add), remove: targets(changes.remove) };
  world.actuator.start({ resizes: [], removals: [], instancesToDelete: [], withdrawals: [], softTaints });
  await world.settle();
}

function marked(world: World): readonly string[] {
  const slots = world.cluster.nodeSlots().map((slot) => world.cluster.node(slot));
  return slots.filter(({ taints }) => taints.some(({ key }) => key === CANDIDATE)).map(({ name }) => name);
}

test('ML-31 TA-12 TA-13 an unneeded node gets the taint, one that is needed again loses it', async () => {
  const world = aWorld([undefined, '1']);
  await carryOut(world, { add: ['n1'], remove: ['n2'] });
  assert.deepEqual(marked(world), ['n1']);
  assert.deepEqual(world.node('n1').taints, [
    { key: CANDIDATE, value: String(NOW_MS / 1000), effect: 'PreferNoSchedule' },
  ]);
  assert.equal(world.node('n1').unschedulable, false, 'it is no cordon');
});

test('TA-17 what is to be taken off goes first', async () => {
  const world = aWorld([undefined, '1']);
  await carryOut(world, { add: ['n1'], remove: ['n2'] });
  assert.deepEqual(
    world.kubernetes.changes.map(({ node }) => node),
    ['n2', 'n1'],
  );
});

test('TA-15 no further one is begun when the time is over', async () => {
  for (const [eachTakesMs, expected] of [
    [1000, ['n1']],
    [1, ['n1', 'n2']],
  ] as const) {
    const world = aWorld([undefined, undefined], { ...DEFAULTS, maxPassMs: 1000 });
    world.kubernetes.onChange = () => {
      world.now += eachTakesMs;
      return undefined;
    };
    await carryOut(world, { add: ['n1', 'n2'] });
    assert.deepEqual(marked(world), expected);
  }
});

test('one that fails does not stop the others, and none is begun while a bulk is under way', async () => {
  const world = aWorld([undefined, undefined, undefined]);
  world.kubernetes.onChange = (node) => (node === 'n1' ? Promise.resolve(failure({ message: 'no' })) : undefined);
  const softTaints = { add: [{ node: 'n1', uid: 'uid-n1' }], remove: [] };
  world.actuator.start({ resizes: [], removals: [], instancesToDelete: [], withdrawals: [], softTaints });
  await carryOut(world, { add: ['n2', 'n3'] });
  assert.deepEqual(marked(world), []);
  await carryOut(world, { add: ['n1', 'n2', 'n3'] });
  assert.deepEqual(marked(world), ['n2', 'n3']);
});

test('TA-08 without soft taints those of an earlier run are taken off at a start, on every node', async () => {
  const world = aWorld(['1', 'whatever', undefined], { ...DEFAULTS, maxPerPass: 0 });
  world.pool.instances = [];
  world.actuator.adoptLeftovers();
  await world.settle();
  assert.deepEqual(marked(world), []);
  assert.deepEqual(world.kubernetes.told(), ['ClusterAutoscalerCleanup on n1', 'ClusterAutoscalerCleanup on n2']);
});

function minutesAgo(minutes: number): string {
  return String((NOW_MS - minutes * MINUTE_MS) / 1000);
}

test('TA-09 young ones are kept where timers are restored from them', async () => {
  const world = aWorld([minutesAgo(2), minutesAgo(10), 'when?'], { ...DEFAULTS, maxPerPass: 0, ttlMs: 5 * MINUTE_MS });
  world.actuator.adoptLeftovers();
  await world.settle();
  assert.deepEqual(marked(world), ['n1']);
});

test('with soft taints a start leaves them as they are: the first decision sets them right', async () => {
  const world = aWorld(['1']);
  world.actuator.adoptLeftovers();
  await world.settle();
  assert.deepEqual(world.kubernetes.changes, []);
});
