import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiB, type PodSketch } from '../cluster/fixtures.test-support.ts';
import { aGroup, anInstance } from '../node-groups/fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import { EAGER, MINUTE_MS, NO_LIMITS, NOW_MS, plan, removed, SCALE_DOWN, whyStays } from './fixtures.test-support.ts';
import { EMPTY_SCALE_DOWN_MEMORY, removalFailed, removalStarted, scaleUpStarted } from './memory.ts';
import { aWorld, on, unneededFor } from './world.test-support.ts';

const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

test('CP-01 CP-02 ND-23 a group at its minimum loses no node, above it as many as it can spare', () => {
  const nodes = [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }];
  assert.equal(whyStays(plan(aWorld({ nodes, group: { minSize: 3 } })), 'n1')?.code, 'NodeGroupMinSizeReached');
  const made = plan(aWorld({ nodes, group: { minSize: 2 } }));
  assert.deepEqual(removed(made), ['n1']);
  assert.deepEqual(whyStays(made, 'n3'), { code: 'NodeGroupMinSizeReached', minSize: 2 });
});

test('ND-15 ND-17 removals under way count against the minimum until the cloud has begun to delete', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
  const removals = [{ node: 'a', step: 'draining', drains: false }];
  const world = aWorld({ nodes, group: { minSize: 2 } });
  assert.deepEqual(removed(plan({ ...world, removals })), ['b']);
  const instances = [anInstance('a', { state: 'deleting' }), ...['b', 'c', 'd'].map((name) => anInstance(name))];
  const leaving = { ...world, groups: [aGroup({ instances, minSize: 1 })], removals };
  assert.deepEqual(removed(plan(leaving)), ['b', 'c'], 'three are wanted and exist besides the one that leaves');
});

test('ND-12 ND-13 the cluster’s minimum of cpu and memory is kept', () => {
  const nodes = [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }];
  const made = plan({ ...aWorld({ nodes }), limits: { ...NO_LIMITS, minMilliCpu: 2000 } });
  assert.deepEqual(removed(made), ['n1']);
  assert.deepEqual(whyStays(made, 'n2'), { code: 'ClusterMinimumReached', resource: 'cpu', minimum: 2000 });
});

test('DQ-06e a node goes where what is left is the minimum, and stays where it would be less', () => {
  const nodes = [
    { name: 'one', cpu: 1000, memory: 2 * GiB },
    { name: 'two', cpu: 2000, memory: 4 * GiB },
  ];
  const pods = [on('two', 2000)];
  const keeping = (minMilliCpu: number, minMemoryBytes: number): ReturnType<typeof plan> =>
    plan({ ...aWorld({ nodes, pods }), limits: { ...NO_LIMITS, minMilliCpu, minMemoryBytes } });
  assert.deepEqual(removed(keeping(1000, 2 * GiB)), ['one']);
  assert.deepEqual(removed(keeping(2000, 4 * GiB)), ['one']);
  assert.deepEqual(removed(keeping(3000, 6 * GiB)), []);
  assert.deepEqual(whyStays(keeping(3000, 0), 'one'), {
    code: 'ClusterMinimumReached',
    resource: 'cpu',
    minimum: 3000,
  });
  assert.deepEqual(whyStays(keeping(0, 6 * GiB), 'one'), {
    code: 'ClusterMinimumReached',
    resource: 'memory',
    minimum: 6 * GiB,
  });
});

test('DQ-06f of three that might go only as many do as the minimum allows', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name) => ({ name, cpu: 1000 }));
  const made = plan({ ...aWorld({ nodes, pods: [on('d', 1000)] }), limits: { ...NO_LIMITS, minMilliCpu: 2000 } });
  assert.deepEqual(removed(made), ['a', 'b']);
  assert.deepEqual(whyStays(made, 'c'), { code: 'ClusterMinimumReached', resource: 'cpu', minimum: 2000 });
});

test('ND-20 ND-25 a node goes once it has been unneeded for longer than the time', () => {
  const world = { ...aWorld({ nodes: [{ name: 'n1' }] }), options: SCALE_DOWN };
  const first = plan(world);
  assert.deepEqual(whyStays(first, 'n1'), {
    code: 'NotUnneededLongEnough',
    sinceMs: NOW_MS,
    untilMs: NOW_MS + 10 * MINUTE_MS,
  });
  const after = (ms: number) => removed(plan({ ...world, memory: first.memory, now: NOW_MS + ms }));
  assert.deepEqual(after(10 * MINUTE_MS), [], 'exactly the time is not enough');
  assert.deepEqual(after(10 * MINUTE_MS + 1), ['n1']);
});

test('ND-21 ND-30 a node that is not ready waits its own time, and keeps its timer when it turns', () => {
  const world = aWorld({ nodes: [{ name: 'n1', ready: false }] });
  const why = (ms: number) => whyStays(plan({ ...world, options: SCALE_DOWN, memory: unneededFor(ms, 'n1') }), 'n1');
  assert.deepEqual(why(12 * MINUTE_MS), {
    code: 'NotUnreadyLongEnough',
    sinceMs: NOW_MS - 12 * MINUTE_MS,
    untilMs: NOW_MS + 8 * MINUTE_MS,
  });
  assert.equal(why(20 * MINUTE_MS + 1), undefined);
});

test('ND-28 ND-29 busy once, a node starts over; a new node of an old name starts anew', () => {
  const idle = aWorld({ nodes: [{ name: 'n1' }] });
  const busy = aWorld({ nodes: [{ name: 'n1' }], pods: [on('n1', 900)] });
  const memory = unneededFor(9 * MINUTE_MS, 'n1');
  const options = SCALE_DOWN;
  const interrupted = plan({ ...busy, options, memory }).memory;
  assert.equal(interrupted.unneeded.size, 0);
  const reborn = aWorld({ nodes: [{ name: 'n1', uid: 'another' }] });
  const since = plan({ ...reborn, options, memory }).memory.unneeded.get('n1');
  assert.deepEqual(since, { uid: 'another', sinceMs: NOW_MS });
  assert.equal(plan({ ...idle, options, memory }).memory.unneeded.get('n1')?.sinceMs, NOW_MS - 9 * MINUTE_MS);
});

test('ND-02 DR-37 a node with a pod to wait for is unneeded, and waits', () => {
  const world = aWorld({
    nodes: [{ name: 'n1' }],
    pods: [on('n1', 100, { annotations: { [SAFE]: 'on-completion' } })],
  });
  const made = plan(world);
  assert.equal(made.nodes[0]?.outcome.kind, 'unneeded');
  assert.deepEqual(whyStays(made, 'n1'), { code: 'BlockedByOnCompletionPod', pod: 'default/p0' });
});

test('BU-02 BU-23 parallelism: empty nodes first, then drains', () => {
  const empties = Array.from({ length: 4 }, (_, index) => ({ name: `e${index}` }));
  const drains = Array.from({ length: 4 }, (_, index) => ({ name: `d${index}` }));
  const pods = [...drains.map(({ name }) => on(name, 100)), on('stay', 2000)];
  const world = aWorld({ nodes: [...drains, ...empties, { name: 'stay', cpu: 3000 }], pods });
  const options = { ...EAGER, maxParallelism: 6, maxDrainParallelism: 1 };
  const made = plan({ ...world, options });
  assert.deepEqual(removed(made), ['e0', 'e1', 'e2', 'e3', 'd0']);
  assert.deepEqual(whyStays(made, 'd1'), { code: 'ParallelismLimit', limit: 1, flag: '--max-drain-parallelism' });
  const removals = [
    { node: 'e0', step: 'leaving', drains: false },
    { node: 'd0', step: 'draining', drains: true },
  ];
  const next = plan({ ...world, options: { ...options, maxParallelism: 4 }, removals });
  assert.deepEqual(removed(next), ['e1', 'e2']);
  assert.equal(whyStays(next, 'e3')?.code, 'ParallelismLimit');
});

test('scale-down pauses after nodes were added, a removal began or failed, while timers run on', () => {
  const world = { ...aWorld({ nodes: [{ name: 'n1' }] }), options: { ...SCALE_DOWN, unneededTimeMs: 0 } };
  const why = (rest: Partial<World>) => whyStays(plan({ ...world, ...rest }), 'n1');
  const added = scaleUpStarted(EMPTY_SCALE_DOWN_MEMORY, NOW_MS - MINUTE_MS);
  assert.deepEqual(why({ memory: added }), { code: 'InCooldown', after: 'add', untilMs: NOW_MS + 9 * MINUTE_MS });
  assert.equal(why({ memory: added, now: NOW_MS + 9 * MINUTE_MS }), undefined, 'to the moment');
  assert.deepEqual(why({ growth: new Map([['pool', 1]]) }), {
    code: 'InCooldown',
    after: 'add',
    untilMs: NOW_MS + 10 * MINUTE_MS,
  });
  assert.deepEqual(why({ pendingTooYoungUntilMs: NOW_MS + 5 }), {
    code: 'InCooldown',
    after: 'pending-pods',
    untilMs: NOW_MS + 5,
  });
  const options = { ...world.options, delayAfterDeleteMs: MINUTE_MS };
  assert.equal(why({ memory: removalStarted(EMPTY_SCALE_DOWN_MEMORY, NOW_MS), options })?.code, 'InCooldown');
  assert.ok(plan({ ...world, memory: added }).memory.unneeded.has('n1'));
});

test('a node whose removal failed is left alone, says so, and must be unneeded anew', () => {
  const world = aWorld({ nodes: [{ name: 'n1' }] });
  const failed = { now: NOW_MS, untilMs: NOW_MS + 5 * MINUTE_MS, message: 'pod default/a is still there' };
  const memory = removalFailed(unneededFor(MINUTE_MS, 'n1'), { name: 'n1', uid: 'uid-n1' }, failed);
  const made = plan({ ...world, memory, now: NOW_MS + 4 * MINUTE_MS });
  assert.deepEqual(whyStays(made, 'n1'), {
    code: 'RemovalFailedRecently',
    untilMs: failed.untilMs,
    message: failed.message,
  });
  const later = plan({ ...world, memory: made.memory, now: NOW_MS + 5 * MINUTE_MS });
  assert.equal(later.memory.unneeded.get('n1')?.sinceMs, NOW_MS + 5 * MINUTE_MS);
});

function costing(cost: string): PodSketch {
  return { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } };
}

test('of two drains that save as much, the one goes whose pods cost less to delete', () => {
  const nodes = [{ name: 'a' }, { name: 'b' }, { name: 'room' }];
  const first = (costOfA: string, costOfB: string): string[] => {
    const pods = [on('a', 100, costing(costOfA)), on('b', 100, costing(costOfB)), on('room', 700)];
    return removed(plan({ ...aWorld({ nodes, pods }), options: { ...EAGER, maxDrainParallelism: 1 } }));
  };
  assert.deepEqual(first('100', '-50'), ['b']);
  assert.deepEqual(first('-50', '100'), ['a']);
  assert.deepEqual(first('dear', '-50'), ['b'], 'what is no number counts as nothing');
});
