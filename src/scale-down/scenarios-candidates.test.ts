/** Which nodes are tried first, and which are left alone: the candidates (CP) of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aDaemonSetReference } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { inOrderOfRemoval } from './candidates.ts';
import { DisruptionBudgets } from './disruption-budgets.ts';
import type { World } from './fixtures.test-support.ts';
import {
  EAGER,
  MINUTE_MS,
  NOW_MS,
  plan,
  removed,
  scaleDownInput,
  SCALE_DOWN,
  whyStays,
} from './fixtures.test-support.ts';
import type { ScaleDownMemory } from './memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY, removalFailed, removalStarted, scaleUpStarted } from './memory.ts';
import { Survey } from './survey.ts';
import { aWorld, on, unneededFor } from './world.test-support.ts';

const ON_COMPLETION = { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'on-completion' } };

/** The names of the candidates in the order in which they are tried. */
function tried(world: World, memory = EMPTY_SCALE_DOWN_MEMORY, options = EAGER): readonly string[] {
  const { candidates } = new Survey(scaleDownInput(world), new DisruptionBudgets([]));
  return inOrderOfRemoval(candidates, memory, options).map(({ node }) => node.name);
}

const ab = [{ name: 'a' }, { name: 'b' }];

describe('the order of candidates', () => {
  it('CP-06: an empty node comes before one with pods, whichever is listed or named first', () => {
    assert.deepEqual(tried(aWorld({ nodes: ab, pods: [on('a', 100)] })), ['b', 'a']);
    assert.deepEqual(tried(aWorld({ nodes: ab.toReversed(), pods: [on('b', 100)] })), ['a', 'b']);
  });

  it('CP-09: of two empty nodes the dearer comes first, and at one price the first by name', () => {
    const world = aWorld({ nodes: ab.toReversed() });
    assert.deepEqual(tried(world), ['a', 'b']);
    const groups = world.nodes.map((node) =>
      aGroup({ name: `pool-${node.name}`, nodes: [node], pricePerHour: node.name === 'b' ? 0.2 : 0.1 }),
    );
    assert.deepEqual(tried({ ...world, groups }), ['b', 'a']);
    const imitating = { ...EAGER, likeClusterAutoscaler: true };
    assert.deepEqual(tried({ ...world, groups }, EMPTY_SCALE_DOWN_MEMORY, imitating), ['a', 'b']);
  });

  it('CP-10, CP-11: a node that waits for a pod to end comes after the empty one, and before one with pods to move', () => {
    const nodes = [...ab, { name: 'c' }];
    const pods = [on('a', 100), on('b', 100, ON_COMPLETION)];
    assert.deepEqual(tried(aWorld({ nodes, pods })), ['c', 'b', 'a']);
  });

  it('CP-12: pods of DaemonSets and static ones leave a node empty', () => {
    const daemon = on('b', 100, { owner: aDaemonSetReference('web') });
    const mirror = on('b', 100, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
    const world = aWorld({ nodes: ab, pods: [on('a', 50), daemon, mirror] });
    assert.deepEqual(tried(world), ['b', 'a']);
    assert.equal(plan(world).removals.find(({ node }) => node === 'b')?.empty, true);
  });
});

function minutesAgo(minutes: number): number {
  return NOW_MS - minutes * MINUTE_MS;
}

/** The group ng1 grew so many minutes ago, lost a node, or kept one that it was to lose. */
function grownAgo(minutes: number): ScaleDownMemory {
  return scaleUpStarted(EMPTY_SCALE_DOWN_MEMORY, minutesAgo(minutes), 'ng1');
}

function removedAgo(minutes: number): ScaleDownMemory {
  return removalStarted(EMPTY_SCALE_DOWN_MEMORY, minutesAgo(minutes), 'ng1');
}

function failedAgo(minutes: number): ScaleDownMemory {
  const now = minutesAgo(minutes);
  const failed = { now, untilMs: now, message: 'no taint', groupId: 'ng1' };
  return removalFailed(EMPTY_SCALE_DOWN_MEMORY, { name: 'gone', uid: 'gone' }, failed);
}

describe('delays', () => {
  const nodes = [{ name: 'n1' }, { name: 'n2' }];
  const LOCAL = {
    ...EAGER,
    delaysPerGroup: true,
    delayAfterAddMs: 10 * MINUTE_MS,
    delayAfterDeleteMs: 10 * MINUTE_MS,
    delayAfterFailureMs: 10 * MINUTE_MS,
  };

  /** Two groups of one node each. */
  function twoGroups(pods: Parameters<typeof aWorld>[0]['pods'] = []): World {
    const world = aWorld({ nodes, pods });
    const groups = world.nodes.map((node, index) => aGroup({ name: `ng${index + 1}`, nodes: [node] }));
    return { ...world, groups, options: LOCAL };
  }

  it('CP-15, CP-16: a group’s nodes stay for ten minutes after it grew', () => {
    assert.deepEqual(whyStays(plan({ ...twoGroups(), memory: grownAgo(5) }), 'n1'), {
      code: 'InCooldown',
      after: 'add',
      untilMs: NOW_MS + 5 * MINUTE_MS,
      group: 'ng1',
    });
    assert.deepEqual(removed(plan({ ...twoGroups(), memory: grownAgo(11) })), ['n1', 'n2']);
  });

  it('CP-17: and for ten after a removal of its own', () => {
    assert.equal(whyStays(plan({ ...twoGroups(), memory: removedAgo(5) }), 'n1')?.code, 'InCooldown');
    assert.deepEqual(removed(plan({ ...twoGroups(), memory: removedAgo(11) })), ['n1', 'n2']);
  });

  it('CP-18: and for ten after one failed', () => {
    assert.equal(whyStays(plan({ ...twoGroups(), memory: failedAgo(5) }), 'n1')?.code, 'InCooldown');
    assert.deepEqual(removed(plan({ ...twoGroups(), memory: failedAgo(11) })), ['n1', 'n2']);
  });

  it('CP-19: nothing having happened, all go', () => {
    assert.deepEqual(removed(plan(twoGroups())), ['n1', 'n2']);
  });

  it('CP-20: only the nodes of the group that grew stay, and they take pods of the others', () => {
    const memory = grownAgo(1);
    const moved = (world: World): readonly string[] =>
      plan({ ...world, memory }).removals.flatMap(({ node, moves }) => moves.map(({ to }) => `${node} to ${to}`));
    assert.deepEqual(moved(twoGroups([on('n1', 600), on('n2', 300)])), ['n2 to n1']);
    const idle = twoGroups([on('n2', 300)]);
    assert.deepEqual(moved({ ...idle, options: { ...LOCAL, likeClusterAutoscaler: true } }), ['n2 to n1']);
    assert.deepEqual(moved(idle), [], 'the empty node is the one to go, in nine minutes');
  });

  it('a node that waits for its group’s delay keeps its time; its time starts over where Cluster Autoscaler is imitated', () => {
    const memory = scaleUpStarted(unneededFor(9 * MINUTE_MS, 'n1'), minutesAgo(1), 'ng1');
    const since = (likeClusterAutoscaler: boolean): number | undefined =>
      plan({ ...twoGroups(), memory, options: { ...LOCAL, likeClusterAutoscaler } }).memory.unneeded.get('n1')?.sinceMs;
    assert.deepEqual([since(false), since(true)], [minutesAgo(9), undefined]);
  });

  it('CP-21: where delays count for the whole, what happened to a group by itself says nothing', () => {
    const memory = { ...grownAgo(5), lastScaleUpAtMs: undefined };
    const options = { ...SCALE_DOWN, unneededTimeMs: 0 };
    assert.deepEqual(removed(plan({ ...twoGroups(), memory, options })), ['n1', 'n2']);
  });

  it('CP-04: a node whose instance the cloud does not know stays, and the others are judged as ever', () => {
    const made = plan(aWorld({ nodes: [{ name: 'n1', providerID: '' }, { name: 'n2' }] }));
    assert.deepEqual(whyStays(made, 'n1'), { code: 'InstanceUnknown', providerID: '' });
    assert.deepEqual(removed(made), ['n2']);
  });
});
