/** The cluster-state cases of the scenario catalogue, by id. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aTaint } from '../cluster/fixtures.test-support.ts';
import { aGroup, HEALTH_OPTIONS } from './fixtures.test-support.ts';
import { look, MINUTE, nodesOf, NOON, viewOf } from './look.test-support.ts';
import { EMPTY_MEMORY, resizeAccepted, resizeFailed } from './memory.ts';
import type { NodeGroupMemory } from './memory.ts';
import type { NodeGroupState } from './node-group.ts';
import { TO_BE_DELETED_TAINT } from './taints.ts';
import type { NodeGroupView } from './view.ts';

function suspended(status: 'True' | 'False'): NodeFacts {
  const node = aNode({ name: 'pool-0', ready: false });
  const condition = { type: 'Suspended', status, reason: '', lastTransitionAtMs: 0 };
  return { ...node, conditions: [...node.conditions, condition] };
}

/** Labelled as a node with GPUs, of which so many are there. */
function gpuNode(gpus: number, createdAtMs: number): NodeFacts {
  return aNode({ name: 'pool-0', labels: { gpu: 'a100' }, resources: { 'nvidia.com/gpu': gpus }, createdAtMs });
}

function asked(delta: number, memory = EMPTY_MEMORY, now = NOON): NodeGroupMemory {
  return resizeAccepted(memory, { groupId: 'pool', delta, provisionTimeMs: 15 * MINUTE }, now);
}

/** A pool of this target with so many ready nodes. */
function pool(targetSize: number, ready: number): { cluster: Cluster; groups: readonly NodeGroupState[] } {
  const nodes = nodesOf('pool', ready);
  return { cluster: aCluster({ nodes }), groups: [aGroup({ nodes, targetSize })] };
}

describe('nodes that were asked for', () => {
  for (const [id, targetSize, ready, delta, upcoming] of [
    ['CS-01', 5, 1, 4, 4],
    ['CS-05', 6, 5, 1, 1],
    ['CS-06', 4, 1, 3, 3],
  ] as const) {
    it(`${id}: ${upcoming} are on their way when ${delta} of ${targetSize} were asked for and ${ready} are ready`, () => {
      const { cluster, groups } = pool(targetSize, ready);
      const seen = look(cluster, groups, { memory: asked(delta) });
      assert.deepEqual([viewOf(seen).upcoming, viewOf(seen).blocked, seen.health.healthy], [upcoming, undefined, true]);
    });
  }

  it('CS-02: an empty group is healthy and waits for nothing, until something is asked for', () => {
    const { cluster, groups } = pool(0, 0);
    const idle = viewOf(look(cluster, groups));
    assert.deepEqual([idle.upcoming, idle.blocked], [0, undefined]);
    const busy = pool(3, 0);
    assert.equal(viewOf(look(busy.cluster, busy.groups, { memory: asked(3) })).upcoming, 3);
  });

  it('CS-03: nobody waits for nodes once the target is back, and the request is forgotten with them', () => {
    const { cluster, groups } = pool(0, 0);
    const seen = look(cluster, groups, { memory: asked(3) });
    assert.deepEqual([viewOf(seen).upcoming, seen.memory.scaleUpRequests], [0, {}]);
  });

  it('CS-04: a target that was lowered after a failure leaves nothing on its way', () => {
    const { cluster, groups } = pool(1, 1);
    const seen = look(cluster, groups, { memory: asked(3) });
    assert.deepEqual([viewOf(seen).upcoming, viewOf(seen).blocked], [0, undefined]);
  });

  it('CS-26: what is asked for on top of a request adds to it and gives all of it a new deadline', () => {
    const first = asked(100, EMPTY_MEMORY, NOON);
    const second = asked(30, first, NOON + MINUTE);
    assert.deepEqual(second.scaleUpRequests['pool'], {
      increase: 130,
      sinceMs: NOON + MINUTE,
      untilMs: NOON + 16 * MINUTE,
    });
  });

  it('CS-15: a withdrawal is decided again until it has been made', () => {
    const { cluster, groups } = pool(5, 1);
    const late = look(cluster, groups, { memory: asked(4), now: NOON + 16 * MINUTE });
    assert.deepEqual(
      late.withdrawals.map(({ from, to }) => [from, to]),
      [[5, 1]],
    );
    const again = look(cluster, groups, { memory: late.memory, now: NOON + 17 * MINUTE });
    assert.deepEqual(
      again.withdrawals.map(({ from, to }) => [from, to]),
      [[5, 1]],
    );
  });

  it('CS-41: without a request of ours, they are on their way all the same, also in backoff', () => {
    const { cluster, groups } = pool(3, 1);
    assert.equal(viewOf(look(cluster, groups)).upcoming, 2);
    const error = { kind: 'out-of-stock', message: 'none' } as const;
    const failed = resizeFailed(EMPTY_MEMORY, { groupId: 'pool', error }, NOON, HEALTH_OPTIONS);
    assert.equal(viewOf(look(cluster, groups, { memory: failed })).upcoming, 2);
  });
});

describe('a group that failed', () => {
  const error = { kind: 'out-of-stock', message: 'no stock' } as const;
  const fail = (memory: NodeGroupMemory, now: number): NodeGroupMemory =>
    resizeFailed(memory, { groupId: 'pool', error }, now, HEALTH_OPTIONS);
  const { cluster, groups } = pool(1, 1);
  const blockedAt = (memory: NodeGroupMemory, now: number): string | undefined =>
    viewOf(look(cluster, groups, { memory, now })).blocked?.code;

  it('CS-24: is left alone for 5 min and longer the next time; success in between does not shorten that', () => {
    const once = fail(EMPTY_MEMORY, NOON);
    assert.equal(blockedAt(once, NOON + 5 * MINUTE), 'GroupInBackoff');
    assert.equal(blockedAt(once, NOON + 5 * MINUTE + 1000), undefined);
    const twice = fail(asked(1, once, NOON + 6 * MINUTE), NOON + 7 * MINUTE);
    assert.equal(blockedAt(twice, NOON + 12 * MINUTE + 1000), 'GroupInBackoff');
    assert.equal(blockedAt(twice, NOON + 17 * MINUTE + 1000), undefined);
  });
});

describe('the standing of nodes', () => {
  it('CS-10: a node of no group counts for the health of the cluster and for no group', () => {
    const nodes = nodesOf('pool', 1);
    const cluster = aCluster({ nodes: [...nodes, aNode({ name: 'stranger', ready: false })] });
    const seen = look(cluster, [aGroup({ nodes })]);
    assert.deepEqual([seen.health.registered, seen.health.unready, viewOf(seen).slots.length], [2, 1, 1]);
  });

  it('CS-12: is broken when not ready half an hour after its creation, and starting where that time is longer', () => {
    const nodes = nodesOf('pool', 1, { ready: false, createdAtMs: NOON - 30 * MINUTE });
    const cluster = aCluster({ nodes });
    assert.equal(viewOf(look(cluster, [aGroup({ nodes })])).unready.length, 1);
    const patient = { maxNodeStartupTimeMs: 35 * MINUTE };
    assert.equal(viewOf(look(cluster, [aGroup({ nodes })], { options: patient })).notStarted.length, 1);
    assert.equal(viewOf(look(cluster, [aGroup({ nodes, options: patient })])).notStarted.length, 1);
  });

  it('CS-19: how many are on their way to each group', () => {
    const old = { ready: false };
    const young = { ready: false, createdAtMs: NOON - MINUTE };
    const going = [aNode({ name: 'ng5-0' }), aNode({ name: 'ng5-1', taints: [aTaint(TO_BE_DELETED_TAINT)] })];
    const sets: readonly (readonly [string, number, readonly NodeFacts[]])[] = [
      ['ng1', 7, nodesOf('ng1', 1)],
      ['ng2', 2, nodesOf('ng2', 1, old)],
      ['ng3', 2, nodesOf('ng3', 1, young)],
      ['ng4', 1, nodesOf('ng4', 1, old)],
      ['ng5', 2, going],
    ];
    const cluster = aCluster({ nodes: sets.flatMap(([, , nodes]) => nodes) });
    const groups = sets.map(([name, targetSize, nodes]) => aGroup({ name, targetSize, nodes }));
    const { views } = look(cluster, groups);
    assert.deepEqual(
      views.map(({ upcoming }) => upcoming),
      [6, 1, 2, 0, 0],
    );
    assert.deepEqual(
      views.map(({ standIns }) => standIns.length),
      [0, 0, 1, 0, 0],
    );
  });

  it('CS-20: one that is marked for removal is going, and no other is expected in its place', () => {
    const nodes = [aNode({ name: 'pool-0', taints: [aTaint(TO_BE_DELETED_TAINT)] })];
    const view = viewOf(look(aCluster({ nodes }), [aGroup({ nodes })]));
    assert.deepEqual([view.going.length, view.ready.length, view.upcoming], [1, 0, 0]);
  });

  it('CS-23: one whose instance is gone belongs to no group any more', () => {
    const nodes = nodesOf('pool', 2);
    const cluster = aCluster({ nodes });
    const view = viewOf(look(cluster, [aGroup({ nodes: nodes.slice(0, 1) })]));
    assert.deepEqual([view.slots.length, view.upcoming], [1, 0]);
  });

  it('CS-25: groups say how many nodes they have and are to have; others do not count', () => {
    const a = nodesOf('a', 1);
    const b = nodesOf('b', 1);
    const cluster = aCluster({ nodes: [...a, ...b, aNode({ name: 'stranger' })] });
    const { views } = look(cluster, [
      aGroup({ name: 'a', nodes: a, targetSize: 5 }),
      aGroup({ name: 'b', nodes: b, targetSize: 1 }),
    ]);
    assert.equal(
      views.reduce((sum, { slots, notStarted }) => sum + slots.length - notStarted.length, 0),
      2,
    );
    assert.equal(
      views.reduce((sum, { targetSize }) => sum + targetSize, 0),
      6,
    );
  });

  it('CS-42: one that is suspended is neither broken nor on its way', () => {
    for (const [status, standing] of [
      ['True', 'suspended'],
      ['False', 'unready'],
    ] as const) {
      const nodes = [suspended(status)];
      const seen = look(aCluster({ nodes }), [aGroup({ nodes })]);
      assert.deepEqual([viewOf(seen)[standing].length, viewOf(seen).upcoming], [1, 0]);
      assert.equal(seen.health.unready, status === 'True' ? 0 : 1);
    }
  });

  it('a GPU node with the label of its type is not ready before its GPUs are there', () => {
    const options = { gpuLabel: 'gpu' };
    const standingOf = (one: NodeFacts): NodeGroupView =>
      viewOf(look(aCluster({ nodes: [one] }), [aGroup({ nodes: [one], node: undefined })], { options }));
    assert.equal(standingOf(gpuNode(0, NOON - MINUTE)).notStarted.length, 1);
    assert.equal(standingOf(gpuNode(0, 0)).unready.length, 1);
    assert.equal(standingOf(gpuNode(1, NOON - MINUTE)).ready.length, 1);
  });

  it('TA-20: a taint of --startup-taint or --startup-taint-prefix means starting, one of --status-taint nothing', () => {
    const taints = { startupKeys: ['boot'], startupPrefixes: ['init/'], statusKeys: ['maint'] };
    const standingOf = (key: string): NodeGroupView => {
      const nodes = nodesOf('pool', 1, { taints: [aTaint(key)], createdAtMs: NOON - MINUTE });
      return viewOf(look(aCluster({ nodes }), [aGroup({ nodes })], { options: { taints } }));
    };
    assert.equal(standingOf('boot').notStarted.length, 1);
    assert.equal(standingOf('init/cni').notStarted.length, 1);
    assert.equal(standingOf('maint').ready.length, 1);
    assert.deepEqual(standingOf('maint').template?.node.taints, []);
    assert.equal(standingOf('dedicated').template?.node.taints.length, 1);
  });
});
