/** Which unneeded nodes go now: the cases ND (nodes to delete) of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeFacts } from '../cluster/facts.ts';
import type { NodeSketch, PodSketch } from '../cluster/fixtures.test-support.ts';
import { aPdb, aTaint } from '../cluster/fixtures.test-support.ts';
import type { GroupSketch } from '../node-groups/fixtures.test-support.ts';
import { aGroup, anInstance } from '../node-groups/fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import {
  MINUTE_MS,
  NO_LIMITS,
  NOW_MS,
  plan,
  removed,
  SCALE_DOWN,
  SECOND_MS,
  whyStays,
} from './fixtures.test-support.ts';
import type { PlannedRemoval } from './plan.ts';
import { aWorld, on, unneededFor } from './world.test-support.ts';

const DISABLED = { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' };
const ON_COMPLETION = { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' } };
const WHOLE: GroupSketch = { options: { zeroOrMaxNodeScaling: true } };
const three = [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }];

/** A node of no group with room for everybody’s pods. */
function withRoom(world: Parameters<typeof aWorld>[0]): World {
  const made = aWorld({ ...world, nodes: [...world.nodes, { name: 'room', cpu: 90_000 }] });
  return { ...made, groups: [aGroup({ ...world.group, nodes: made.nodes.slice(0, -1) })] };
}

function emptyOnes(removals: readonly PlannedRemoval[], are: boolean): readonly string[] {
  return removals.filter(({ empty }) => empty === are).map(({ node }) => node);
}

/** How many empty nodes go, and how many with pods to move. */
function counts(world: World): readonly [empties: number, drains: number] {
  const { removals } = plan(world);
  return [emptyOnes(removals, true).length, emptyOnes(removals, false).length];
}

describe('what goes', () => {
  it('ND-01: nothing, where nothing is unneeded', () => {
    const made = plan(aWorld({ nodes: three, pods: three.map(({ name }) => on(name, 900)) }));
    assert.deepEqual([made.removals, made.memory.unneeded.size], [[], 0]);
  });

  it('ND-03: no node with pods to move, while one runs there that has to end first', () => {
    const made = plan(withRoom({ nodes: [{ name: 'n1' }], pods: [on('n1', 100), on('n1', 100, ON_COMPLETION)] }));
    assert.deepEqual(whyStays(made, 'n1'), { code: 'BlockedByOnCompletionPod', pod: 'default/p1' });
  });

  it('ND-04, ND-05: a node without pods as an empty one, a node with a pod with that pod to move', () => {
    const { removals } = plan(withRoom({ nodes: [{ name: 'n1' }, { name: 'n2' }], pods: [on('n2', 100)] }));
    assert.deepEqual(
      removals.map(({ node, empty, moves }) => [node, empty, moves.length]),
      [
        ['n1', true, 0],
        ['n2', false, 1],
      ],
    );
  });

  it('AC-35: and it says whether the node was empty, used too little, or not ready', () => {
    const nodes = [{ name: 'n1' }, { name: 'n2' }, { name: 'n3', ready: false }];
    const { removals } = plan(withRoom({ nodes, pods: [on('n2', 100)] }));
    assert.deepEqual(Object.fromEntries(removals.map(({ node, because }) => [node, because])), {
      n1: 'no pod needs it',
      n2: '10 % of its cpu used, its one pod fits elsewhere',
      n3: 'not ready, no pod needs it',
    });
  });

  it('ND-19: not one that was annotated when it was unneeded already', () => {
    const world = aWorld({ nodes: [{ name: 'n1', annotations: DISABLED }] });
    const made = plan({ ...world, options: SCALE_DOWN, memory: unneededFor(60 * MINUTE_MS, 'n1') });
    assert.deepEqual(whyStays(made, 'n1'), { code: 'ScaleDownDisabledAnnotation' });
  });

  it('ND-22, BU-50: not one of which the cloud does not say the group, whatever becomes of others', () => {
    const world = aWorld({ nodes: three });
    const made = plan({ ...world, groups: [aGroup({ nodes: world.nodes.slice(1) })] });
    assert.deepEqual([whyStays(made, 'n1')?.code, removed(made)], ['NotInNodeGroup', ['n2', 'n3']]);
  });

  it('ND-26: in the pass that first sees it unneeded, where there is no time to wait', () => {
    const world = aWorld({ nodes: [{ name: 'n1' }] });
    assert.deepEqual(removed(plan({ ...world, options: { ...SCALE_DOWN, unneededTimeMs: 0 } })), ['n1']);
  });

  it('ND-39: nodes whose pods may all be evicted at once before those that budgets hold up', () => {
    const free = [1, 2, 3].map(() => on('n2', 50, { namespace: 'free' }));
    const pods = [on('n1', 100), on('n1', 100), ...free];
    const nodes = [{ name: 'n1' }, { name: 'n2' }];
    assert.deepEqual(removed(plan(withRoom({ nodes, pods }))), ['n1', 'n2'], 'less disruption first');
    const pdbs = [aPdb('b', { disruptionsAllowed: 1 })];
    assert.deepEqual(removed(plan(withRoom({ nodes, pods, pdbs }))), ['n2', 'n1']);
  });
});

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** A group above its minimum of 1, with two removals under way. */
function besideTwo(targetSize: number, empties: number, drains: number): readonly [number, number] {
  const nodes = ['gone-1', 'gone-2', ...numbered('e', empties), ...numbered('d', drains)].map((name) => ({ name }));
  const pods = numbered('d', drains).map((name) => on(name, 100));
  const removals = ['gone-1', 'gone-2'].map((node) => ({ node, step: 'tainted', drains: false }));
  return counts({ ...withRoom({ nodes, pods, group: { minSize: 1, targetSize } }), removals });
}

describe('minimums', () => {
  it('ND-15, ND-16, ND-17: of the group, removals under way included; empty nodes come first', () => {
    assert.deepEqual(besideTwo(10, 3, 2), [3, 2]);
    assert.deepEqual(besideTwo(10, 3, 5), [3, 4]);
    assert.deepEqual(besideTwo(5, 3, 5), [2, 0]);
  });

  it('ND-14: of the cluster’s cpu: neither of two nodes, where one is not to be missed', () => {
    const world = aWorld({
      nodes: [
        { name: 'n1', cpu: 2000 },
        { name: 'n2', cpu: 2000 },
      ],
    });
    const made = plan({ ...world, limits: { ...NO_LIMITS, minMilliCpu: 3000 } });
    assert.deepEqual(removed(made), []);
    for (const name of ['n1', 'n2']) assert.equal(whyStays(made, name)?.code, 'ClusterMinimumReached');
  });

  it('of the cluster’s cpu: what a virtual node claims to have is not there', () => {
    const virtual = { name: 'v', cpu: 9000, labels: { type: 'virtual-kubelet' }, providerID: '' };
    const world = aWorld({ nodes: [{ name: 'n1' }, virtual] });
    assert.deepEqual(removed(plan({ ...world, limits: { ...NO_LIMITS, minMilliCpu: 1000 } })), []);
  });
});

function busy(name: string): PodSketch {
  return on(name, 900);
}

/** Pools of these nodes, each by the first letter of their names. */
function pools(names: readonly string[], busyOnes: readonly string[], whole: string): World {
  const world = aWorld({ nodes: names.map((name): NodeSketch => ({ name })), pods: busyOnes.map(busy) });
  const groups = [...Map.groupBy(world.nodes, ({ name }: NodeFacts) => name.slice(0, 1))].map(([name, nodes]) =>
    aGroup({ name, nodes, options: { zeroOrMaxNodeScaling: whole.includes(name) } }),
  );
  return { ...world, groups };
}

describe('groups that go as a whole', () => {
  it('ND-06, ND-09: not while one of their nodes is needed', () => {
    const one = plan(withRoom({ nodes: three, pods: [busy('n1'), busy('n2')], group: WHOLE }));
    assert.deepEqual(whyStays(one, 'n3'), { code: 'AtomicScaleDownFailed', removable: 1, nodes: 3 });
    const two = plan(withRoom({ nodes: three, pods: [busy('n1')], group: WHOLE }));
    assert.deepEqual(removed(two), []);
    assert.deepEqual(whyStays(two, 'n3'), { code: 'AtomicScaleDownFailed', removable: 2, nodes: 3 });
  });

  it('ND-07, ND-08: with all their nodes, empty ones and others', () => {
    assert.deepEqual(counts(withRoom({ nodes: three, group: WHOLE })), [3, 0]);
    assert.deepEqual(counts(withRoom({ nodes: three, pods: [on('n2', 100)], group: WHOLE })), [2, 1]);
  });

  it('ND-10, ND-42: with all that have registered, though more are wanted or on their way', () => {
    const world = aWorld({ nodes: three.slice(0, 2) });
    const more = (instances: GroupSketch['instances'] = []) => [
      aGroup({ ...WHOLE, nodes: world.nodes, instances, targetSize: 3 }),
    ];
    assert.deepEqual(removed(plan({ ...world, groups: more() })), ['n1', 'n2']);
    const upcoming = more([anInstance('n3', { state: 'creating' })]);
    assert.deepEqual(removed(plan({ ...world, groups: upcoming })), ['n1', 'n2']);
  });

  it('ND-11, ND-40: each group is judged by itself, and others go in part', () => {
    const world = pools(['a1', 'a2', 'b1', 'b2', 'c1', 'c2'], ['b2', 'c2'], 'ac');
    assert.deepEqual(removed(plan(world)), ['a1', 'a2', 'b1']);
  });

  it('ND-41: one that is complete goes, one that is not stays', () => {
    const made = plan(pools(['a1', 'a2', 'b1', 'b2'], ['b2'], 'ab'));
    assert.deepEqual([removed(made), whyStays(made, 'b1')?.code], [['a1', 'a2'], 'AtomicScaleDownFailed']);
  });
});

/** As marks have it. */
function minutesAgo(minutes: number): string {
  return String((NOW_MS - minutes * MINUTE_MS) / SECOND_MS);
}

describe('timers', () => {
  it('ND-27: are forgotten when no node is unneeded any more', () => {
    const memory = unneededFor(MINUTE_MS, 'n1', 'n2', 'n3');
    const idle = aWorld({ nodes: three });
    assert.equal(plan({ ...idle, memory, options: SCALE_DOWN }).memory.unneeded.size, 3);
    const needed = aWorld({ nodes: three, pods: three.map(({ name }) => busy(name)) });
    assert.equal(plan({ ...needed, memory, options: SCALE_DOWN }).memory.unneeded.size, 0);
  });

  it('ND-31: a node that says nothing of being ready waits as one that is not', () => {
    const world = aWorld({ nodes: [{ name: 'n1', conditions: [] }] });
    const made = plan({ ...world, options: SCALE_DOWN, memory: unneededFor(12 * MINUTE_MS, 'n1') });
    assert.equal(whyStays(made, 'n1')?.code, 'NotUnreadyLongEnough');
  });

  const { drain } = SCALE_DOWN;
  const KEEPING = { ...SCALE_DOWN, drain: { ...drain, softTaints: { ...drain.softTaints, ttlMs: 5 * MINUTE_MS } } };

  /** For how many minutes the node, with such a mark, is unneeded after the first pass of a process. */
  function restored(value: string | undefined, usedMilliCpu = 0): number | undefined {
    const mark = aTaint('DeletionCandidateOfClusterAutoscaler', value, 'PreferNoSchedule');
    const nodes = [{ name: 'n1', taints: value === undefined ? [] : [mark] }];
    const pods = usedMilliCpu === 0 ? [] : [on('n1', usedMilliCpu)];
    const { memory } = plan({ ...aWorld({ nodes, pods }), options: KEEPING });
    const since = memory.unneeded.get('n1')?.sinceMs;
    return since === undefined ? undefined : (NOW_MS - since) / MINUTE_MS;
  }

  it('ND-32, ND-33: go on after a restart from what the node’s mark says, if that is young enough', () => {
    assert.deepEqual([restored(minutesAgo(2)), restored(minutesAgo(20))], [2, 0]);
  });

  it('ND-34, ND-35: begin anew where the mark cannot be read, or there is none', () => {
    assert.deepEqual([restored('INVALID_VALUE'), restored(undefined)], [0, 0]);
  });

  it('ND-36: are forgotten where the first pass does not find the node removable', () => {
    assert.equal(restored(minutesAgo(2), 900), undefined);
  });
});

describe('what was found unremovable', () => {
  const guarded = on('n1', 100, { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } });

  it('ND-37: is forgotten with its node', () => {
    const { memory } = plan(withRoom({ nodes: [{ name: 'n1' }], pods: [guarded] }));
    assert.deepEqual([...memory.unremovable.keys()], ['n1']);
    assert.equal(plan({ ...aWorld({ nodes: [{ name: 'n2' }] }), memory }).memory.unremovable.size, 0);
  });

  it('ND-38: what a pass says of a node is of that pass, though it goes by what an earlier one found', () => {
    const nodes = [{ name: 'n1' }, { name: 'n2' }];
    const first = plan(withRoom({ nodes, pods: [guarded, on('n2', 900)] }));
    assert.deepEqual([whyStays(first, 'n1')?.code, whyStays(first, 'n2')?.code], ['BlockedByPod', 'NotUnderutilized']);
    const second = plan({ ...withRoom({ nodes }), memory: first.memory, now: NOW_MS + MINUTE_MS });
    assert.deepEqual([whyStays(second, 'n1')?.code, removed(second)], ['RecentlyUnremovable', ['n2']]);
  });
});
