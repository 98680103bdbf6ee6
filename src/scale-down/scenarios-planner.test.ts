/** Which nodes turn out to be unneeded: the planner's cases (PL) of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSketch, PodSketch } from '../cluster/fixtures.test-support.ts';
import { aDaemonSetReference, aTaint } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import { EAGER, MINUTE_MS, NOW_MS, plan, removed, SECOND_MS, whyStays } from './fixtures.test-support.ts';
import type { ScaleDownOptions } from './options.ts';
import { aWorld, on, unneededFor } from './world.test-support.ts';

/** However much of a node is used, it is looked at. */
const ALL_ELIGIBLE: ScaleDownOptions = { ...EAGER, utilizationThreshold: 1 };

function node(name: string, cpu = 1000): NodeSketch {
  return { name, cpu };
}

/** A node that nobody may remove. */
function kept(name: string, cpu = 1000): NodeSketch {
  return { name, cpu, annotations: { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' } };
}

function pods(nodeName: string, ...cpus: readonly number[]): PodSketch[] {
  return cpus.map((cpu) => on(nodeName, cpu));
}

/** The nodes that go. */
function going(nodes: readonly NodeSketch[], onThem: readonly PodSketch[] = []): readonly string[] {
  return removed(plan({ ...aWorld({ nodes, pods: onThem }), options: ALL_ELIGIBLE })).toSorted();
}

describe('what can be removed together', () => {
  it('PL-02: a node that may not go stays beside others that do', () => {
    assert.deepEqual(going([node('n1'), node('n2'), kept('n3')]), ['n1', 'n2']);
  });

  it('PL-03: none, where none may', () => {
    assert.deepEqual(going([kept('n1'), kept('n2'), kept('n3')]), []);
  });

  it('PL-06: a full node, where one that stays has room for all its pods', () => {
    assert.deepEqual(going([node('n1'), kept('n2')], pods('n1', 500, 500)), ['n1']);
  });

  it('PL-08: none, where the others have no room for the largest pod', () => {
    const onThem = [...pods('n1', 1000, 1000), ...pods('n2', 1000)];
    assert.deepEqual(going([node('n1', 2000), node('n2'), kept('n3', 500)], onThem), []);
  });

  it('PL-10: of two the one whose pods fit', () => {
    const onThem = [...pods('n1', 1000, 1000), ...pods('n2', 500, 500)];
    assert.deepEqual(going([node('n1', 2000), node('n2'), kept('n3')], onThem), ['n2']);
  });

  it('PL-11: none, where only half of a node’s pods fit', () => {
    assert.deepEqual(
      going([node('n1'), node('n2'), kept('n3', 500)], [...pods('n1', 500, 500), ...pods('n2', 500, 500)]),
      [],
    );
  });

  it('PL-36: a node of no group stays, though others go as a whole', () => {
    const world = aWorld({ nodes: [node('n1'), node('n2')] });
    const groups = [aGroup({ nodes: world.nodes.slice(0, 1), options: { zeroOrMaxNodeScaling: true } })];
    const made = plan({ ...world, groups });
    assert.deepEqual([removed(made), whyStays(made, 'n2')], [['n1'], { code: 'NotInNodeGroup' }]);
  });

  it('PL-37: a node that is being removed is no candidate, takes no pods, and is not unneeded any more', () => {
    const world = aWorld({ nodes: [node('n1', 9000), node('n2')], pods: pods('n2', 100) });
    const removals = [{ node: 'n1', step: 'leaving', drains: false }];
    const made = plan({ ...world, removals, memory: unneededFor(MINUTE_MS, 'n1') });
    assert.deepEqual(made.nodes[0]?.outcome, { kind: 'being-removed', step: 'leaving' });
    assert.equal(whyStays(made, 'n2')?.code, 'NoPlaceToMovePods');
    assert.equal(made.memory.unneeded.has('n1'), false);
  });
});

/** The pod has been evicted, and its successor is there. */
const ENDING: PodSketch = { deletion: { atMs: NOW_MS, graceSeconds: 30 } };

/** How many of the nodes go while a node with these pods is drained. */
function goingBeside(
  drained: readonly PodSketch[],
  nodes: readonly NodeSketch[],
  onThem: readonly PodSketch[] = [],
): number {
  const taints = [aTaint('ToBeDeletedByClusterAutoscaler', String(NOW_MS / SECOND_MS))];
  const all = [{ ...node('drained', 9000), taints }, ...nodes];
  const world = aWorld({ nodes: all, pods: [...drained.map((pod) => ({ ...pod, nodeName: 'drained' })), ...onThem] });
  const removals = [{ node: 'drained', step: 'draining', drains: true }];
  return removed(plan({ ...world, removals, options: ALL_ELIGIBLE })).length;
}

function web(cpu: number, rest: PodSketch = {}): PodSketch {
  return { cpu, ...rest };
}

describe('pods of drains under way need places too', () => {
  const one = [node('n1')];
  const two = [node('n1'), node('n2')];
  const three = [node('n1'), node('n2'), node('n3')];

  it('PL-12: the only other node stays for them', () => {
    assert.equal(goingBeside([web(500)], one), 0);
  });

  it('PL-13: also for one without a controller that may be evicted', () => {
    const annotations = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' };
    const world = aWorld({ nodes: one });
    assert.equal(removed(plan(world)).length, 1);
    assert.equal(
      goingBeside([{ cpu: 1000, annotations, owner: { apiVersion: '', kind: '', name: '', uid: '' } }], one),
      0,
    );
  });

  it('PL-14, PL-15, PL-16: static pods, their shadows and those of DaemonSets need none', () => {
    const mirror = { 'kubernetes.io/config.mirror': 'x' };
    assert.equal(
      goingBeside([web(500, { annotations: { ...mirror, 'kubernetes.io/config.source': 'file' } })], one),
      1,
    );
    assert.equal(goingBeside([web(500, { annotations: mirror })], one), 1);
    assert.equal(goingBeside([web(500, { owner: aDaemonSetReference('web') })], one), 1);
  });

  it('PL-17: a node that stays anyway takes them', () => {
    assert.equal(goingBeside([web(500)], [node('n1'), kept('n2')]), 1);
  });

  it('PL-18: of two nodes one goes, and one stays for them', () => {
    assert.equal(goingBeside([web(500)], two), 1);
  });

  it('PL-19: what fits nowhere holds nothing', () => {
    assert.equal(goingBeside([web(2000)], two), 2);
  });

  it('PL-20, PL-21, PL-22: of two pods those count that have no successor yet', () => {
    assert.equal(goingBeside([web(1000, ENDING), web(1000, ENDING)], two), 2);
    assert.equal(goingBeside([web(1000, ENDING), web(1000)], two), 1);
    assert.equal(goingBeside([web(1000), web(1000)], two), 0);
  });

  it('one of a StatefulSet counts until it is gone: only then is its successor made', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'web' };
    assert.deepEqual(
      [goingBeside([web(500, ENDING)], one), goingBeside([web(500, { ...ENDING, owner })], one)],
      [1, 0],
    );
  });

  it('one that is ending takes nothing from its siblings elsewhere', () => {
    assert.equal(goingBeside([web(100, ENDING)], [node('n1'), kept('n2')], pods('n1', 100)), 1);
  });

  it('PL-23, PL-24, PL-25: together with the pods of the other nodes', () => {
    const counts = [250, 500, 1000].map((cpu) => goingBeside([web(cpu), web(cpu)], three, pods('n1', cpu)));
    assert.deepEqual(counts, [2, 1, 0]);
  });
});

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `n${String(index).padStart(3, '0')}`);

/** So many empty nodes, of which some were unneeded before; and how many are after a pass. */
function unneeded(
  { nodes, before, intervalMs }: { readonly nodes: number; readonly before: number; readonly intervalMs: number },
  options: Partial<ScaleDownOptions> = {},
  whole = false,
): number {
  const world = aWorld({
    nodes: names(nodes).map((name) => node(name)),
    group: { options: { zeroOrMaxNodeScaling: whole } },
  });
  const memory = {
    ...unneededFor(0, ...names(before)),
    pace: { lastPassAtMs: NOW_MS - intervalMs, shortestMs: undefined },
  };
  const like: Partial<ScaleDownOptions> = {
    likeClusterAutoscaler: true,
    maxParallelism: 10,
    unneededTimeMs: MINUTE_MS,
  };
  const given: World = { ...world, memory, options: { ...EAGER, ...like, ...options } };
  return plan(given).memory.unneeded.size;
}

/** Of a hundred nodes, with so many seconds since the last pass. */
function after(before: number, seconds: number, options: Partial<ScaleDownOptions> = {}): number {
  return unneeded({ nodes: 100, before, intervalMs: seconds * SECOND_MS }, options);
}

describe('how many nodes are unneeded at once, where Cluster Autoscaler is imitated', () => {
  it('PL-27, PL-28: twice the parallelism more than before', () => {
    assert.deepEqual([after(0, 10), after(3, 10)], [20, 23]);
  });

  it('PL-29, PL-30: no more than can be removed within the time', () => {
    assert.deepEqual([after(70, 10), after(77, 10)], [70, 70]);
  });

  it('PL-31: without a time to wait as at the beginning', () => {
    assert.equal(after(0, 10, { unneededTimeMs: 0 }), 20);
  });

  it('PL-32, PL-33: more where passes follow each other faster', () => {
    assert.deepEqual([after(13, 1), after(13, 30)], [33, 30]);
  });

  it('PL-34, PL-35: nodes that go as a whole do not count', () => {
    assert.equal(unneeded({ nodes: 100, before: 13, intervalMs: 30 * SECOND_MS }, {}, true), 100);
    const one = { maxParallelism: 1, unneededTimeMs: SECOND_MS };
    assert.equal(unneeded({ nodes: 500, before: 0, intervalMs: SECOND_MS }, one, true), 500);
  });

  it('all of them, by our own choice', () => {
    assert.equal(after(0, 10, { likeClusterAutoscaler: false }), 100);
  });
});
