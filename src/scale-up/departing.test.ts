/** Pods of nodes under drain, and pending pods on their way to a place: the pod lists of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodFacts } from '../cluster/facts.ts';
import { aCluster, aDaemonSetReference, aNode, aPod, aTaint, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { ScaleUpOptions } from './options.ts';
import { outcomes, planFor, resizes } from './plan.test-support.ts';

/** How many nodes are asked for while these are drained; nodes under drain are marked. */
function askedWhile(draining: readonly string[], pods: readonly PodFacts[], names = ['n1', 'n2']): readonly string[] {
  const nodes = names.map((name) =>
    aNode({ name, cpu: 1000, taints: draining.includes(name) ? [aTaint(TO_BE_DELETED_TAINT)] : [] }),
  );
  const groups = [aGroup({ nodes, node: { cpu: 1000 } })];
  return resizes(planFor({ nodes, pods, groups, draining }));
}

function on(nodeName: string, name: string, rest: Parameters<typeof aPod>[0] = {}): PodFacts {
  return aPod({ name, nodeName, cpu: 600, owner: name, ...rest });
}

describe('pods of nodes under drain', () => {
  const full = on('n2', 'full', { cpu: 1000 });

  it('PP-01: ask for nothing while no node is drained', () => {
    assert.deepEqual(askedWhile([], [on('n1', 'a'), full]), []);
  });

  it('PP-02: ask for a place as if they were pending', () => {
    assert.deepEqual(askedWhile(['n1'], [on('n1', 'a'), on('n1', 'b', { cpu: 400 }), full]), ['pool+1']);
    assert.deepEqual(askedWhile(['n1'], [on('n1', 'a'), on('n1', 'b'), full]), ['pool+2']);
  });

  it('ask for nothing where another node has room, whether or not anybody else waits', () => {
    const half = on('n2', 'half', { cpu: 400 });
    assert.deepEqual(askedWhile(['n1'], [on('n1', 'a'), half]), []);
    assert.deepEqual(askedWhile(['n1'], [on('n1', 'a'), half, aPod({ name: 'waits', cpu: 900 })]), ['pool+1']);
  });

  it('PP-03: not those that are ending already', () => {
    const ending = on('n1', 'b', { deletion: { atMs: 0, graceSeconds: 30 } });
    assert.deepEqual(askedWhile(['n1'], [on('n1', 'a'), ending, full]), ['pool+1']);
  });

  it('PP-04: a node without pods under drain asks for nothing', () => {
    assert.deepEqual(askedWhile(['n1'], [full]), []);
  });

  it('PP-05: of two nodes, those of each that is drained', () => {
    const pods = [on('n1', 'a', { cpu: 1000 }), on('n2', 'b', { cpu: 1000 })];
    assert.deepEqual(askedWhile(['n1', 'n2'], pods), ['pool+2']);
    assert.deepEqual(askedWhile(['n1'], pods), ['pool+1']);
  });

  it('PP-06: those of DaemonSets, static ones and their shadows go with the node; others that wait are not touched', () => {
    const staying = [
      on('n1', 'ds', { owner: aDaemonSetReference('ds') }),
      on('n1', 'mirror', { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      on('n1', 'static', { annotations: { 'kubernetes.io/config.source': 'file' } }),
    ];
    assert.deepEqual(askedWhile(['n1'], [...staying, full]), []);
    const fromApi = on('n1', 'plain', { annotations: { 'kubernetes.io/config.source': 'api' } });
    assert.deepEqual(askedWhile(['n1'], [...staying, fromApi, full]), ['pool+1']);
    assert.deepEqual(askedWhile(['n1'], [...staying, full, aPod({ name: 'waits', cpu: 900 })]), ['pool+1']);
  });

  it('PP-07: a node that is gone already is passed over', () => {
    assert.deepEqual(askedWhile(['gone'], [full]), []);
  });

  it('are where they were when the decision is made, and in no list of pending pods', () => {
    const nodes = [aNode({ name: 'n1', cpu: 1000, taints: [aTaint(TO_BE_DELETED_TAINT)] }), aNode({ name: 'n2' })];
    const cluster = aCluster({ nodes, pods: [on('n1', 'a'), aPod({ name: 'waits', cpu: 100 })] });
    cluster.trial(() => {
      const plan = planFor({ cluster, groups: [aGroup({ nodes })], draining: ['n1'] });
      assert.deepEqual(outcomes(plan), ['default/waits waits FitsExistingNode']);
      const [n1, n2] = ['n1', 'n2'].map((name) => cluster.slotOf(name));
      assert.ok(n1 !== undefined && n2 !== undefined);
      const namesOn = (slot: number): string[] => [...cluster.podsOn(slot).values()].map(({ name }) => name);
      assert.deepEqual([namesOn(n1), namesOn(n2)], [['a'], ['waits']]);
    });
  });
});

/** What becomes of them beside one node with two CPUs. */
function waiting(options: Partial<ScaleUpOptions>, ...pods: readonly PodFacts[]): readonly string[] {
  return outcomes(planFor({ nodes: [aNode({ name: 'n', cpu: 2000 })], pods, groups: [aGroup()], options }));
}

describe('pods that wait', () => {
  it('PP-08: below the cutoff they ask for nothing; without a priority they are never below it', () => {
    const at = (priority: number, cutoff: number): readonly string[] =>
      waiting({ expendablePodsPriorityCutoff: cutoff }, aPod({ cpu: 3000, spec: { priority } }));
    assert.deepEqual(at(2, 2), ['default/pod helped']);
    assert.deepEqual(at(2, 3), ['default/pod waits BelowPriorityCutoff']);
    const without = aPod({ cpu: 3000, spec: { priority: 0, hasNoPriority: true } });
    assert.deepEqual(waiting({ expendablePodsPriorityCutoff: 3 }, without), ['default/pod helped']);
  });

  it('PP-09, PP-10: who fits what is there asks for nothing, who fits nothing does', () => {
    const fitting = [200, 500, 800].map((cpu) => aPod({ name: `p${cpu}`, cpu }));
    assert.deepEqual(
      waiting({}, ...fitting).map((line) => line.split(' ').slice(1).join(' ')),
      ['waits FitsExistingNode', 'waits FitsExistingNode', 'waits FitsExistingNode'],
    );
    assert.deepEqual(waiting({}, aPod({ cpu: 3000 })), ['default/pod helped']);
  });

  it('PP-13: what runs there already takes its room first', () => {
    const running = aPod({ name: 'runs', cpu: 500, nodeName: 'n' });
    const web = podsOf('web', 2, { cpu: 300 });
    assert.deepEqual(waiting({}, running, aPod({ name: 'large', cpu: 1000, spec: { priority: 1 } }), ...web), [
      'default/large waits FitsExistingNode',
      'default/web-0 waits FitsExistingNode',
      'default/web-1 helped',
    ]);
  });

  it('PP-14: a cordoned node takes nobody', () => {
    const nodes = [aNode({ name: 'n', unschedulable: true })];
    assert.deepEqual(outcomes(planFor({ nodes, pods: [aPod({ cpu: 100 })], groups: [aGroup()] })), [
      'default/pod helped',
    ]);
  });

  it('PP-18: pods of DaemonSets never have a node added for them', () => {
    const pod = aPod({ cpu: 3000, owner: aDaemonSetReference('ds') });
    assert.deepEqual(waiting({}, pod), ['default/pod waits DaemonSetPod']);
  });

  it('ML-13: of schedulers that are bypassed they ask before they were tried, unless something holds them back', () => {
    const pod = { cpu: 3000, unschedulable: false, spec: { schedulerName: 'batch' } };
    const bypassing = { bypassedSchedulers: ['batch'] };
    assert.deepEqual(waiting(bypassing, aPod(pod)), ['default/pod helped']);
    assert.deepEqual(waiting(bypassing, aPod({ ...pod, heldBackBy: 'SchedulerError' })), [
      'default/pod waits OtherScheduler',
    ]);
    assert.deepEqual(waiting({ bypassedSchedulers: ['other'] }, aPod(pod)), ['default/pod waits OtherScheduler']);
  });

  it('of schedulers that are not allowed ask for nothing, and those that run still count', () => {
    const allowing = { allowedSchedulers: ['default-scheduler'] };
    const foreign = { spec: { schedulerName: 'batch' } };
    assert.deepEqual(waiting(allowing, aPod({ cpu: 3000, ...foreign })), ['default/pod waits SchedulerNotAllowed']);
    const running = aPod({ name: 'runs', cpu: 2000, nodeName: 'n', ...foreign });
    assert.deepEqual(waiting(allowing, running, aPod({ cpu: 1000 })), ['default/pod helped']);
  });
});
