import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { aCluster, aDaemonSetReference, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { ScaleUpOptions } from './options.ts';
import { MINUTE, NOON, outcomes, planFor, resizes } from './plan.test-support.ts';

/** Why the only pod waits, where a group could have helped it. */
function waits(pod: PodFacts, options: Partial<ScaleUpOptions> = {}): readonly string[] {
  const plan = planFor({ pods: [pod], nodes: [aNode({ name: 'n', cpu: 100 })], groups: [aGroup()], options });
  assert.deepEqual(plan.resizes, []);
  return outcomes(plan).map((line) => line.replace('default/pod waits ', ''));
}

/** Three minutes old, with the annotation. */
function young(delay: string): PodFacts {
  return aPod({
    cpu: 500,
    createdAtMs: NOON - 3 * MINUTE,
    annotations: { 'cluster-autoscaler.kubernetes.io/pod-scale-up-delay': delay },
  });
}

describe('pods that ask for nothing', () => {
  it('are each told why they wait', () => {
    const cpu = 500;
    assert.deepEqual(waits(aPod({ cpu, unschedulable: false })), ['NotYetTriedByScheduler']);
    assert.deepEqual(waits(aPod({ cpu, unschedulable: false, spec: { schedulerName: 'batch' } })), ['OtherScheduler']);
    assert.deepEqual(waits(aPod({ cpu, deletion: { atMs: 0, graceSeconds: 30 } })), ['BeingDeleted']);
    assert.deepEqual(waits(aPod({ cpu, spec: { schedulingGates: ['quota'] } })), ['SchedulingGated']);
    assert.deepEqual(waits(aPod({ cpu, owner: aDaemonSetReference('cni') })), ['DaemonSetPod']);
    assert.deepEqual(waits(aPod({ cpu, spec: { priority: -11 } })), ['BelowPriorityCutoff']);
    assert.deepEqual(waits(aPod({ cpu, nominatedNodeName: 'n' })), ['NominatedToNode']);
  });

  it('are those of the scheduler whose profile is simulated, or of others', () => {
    const cluster = new Cluster({ ...DEFAULT_PROFILE, schedulerName: 'packer' });
    for (const schedulerName of ['packer', 'default-scheduler']) {
      const pod = aPod({ name: schedulerName, cpu: 500, unschedulable: false, spec: { schedulerName } });
      cluster.apply({ kind: 'pod', pod });
    }
    assert.deepEqual(outcomes(cluster.trial(() => planFor({ cluster, groups: [aGroup()] }))), [
      'default/default-scheduler waits OtherScheduler',
      'default/packer waits NotYetTriedByScheduler',
    ]);
  });

  it('but a pod that its own scheduler has marked, or whose nominated node is gone, asks', () => {
    const marked = aPod({ cpu: 500, spec: { schedulerName: 'batch' } });
    const orphan = aPod({ name: 'orphan', cpu: 500, nominatedNodeName: 'gone' });
    assert.deepEqual(resizes(planFor({ pods: [marked, orphan], groups: [aGroup()] })), ['pool+1']);
  });

  it('ML-35: a nominated pod holds its place, even where victims have yet to go', () => {
    const node = aNode({ name: 'n', cpu: 2000 });
    const plan = planFor({
      nodes: [node],
      pods: [aPod({ name: 'first', cpu: 1500, nominatedNodeName: 'n' }), aPod({ name: 'second', cpu: 1000 })],
      groups: [aGroup({ nodes: [node] })],
    });
    assert.deepEqual(outcomes(plan), ['default/first waits NominatedToNode', 'default/second helped']);
  });

  it('ML-25 … ML-28: young pods wait for the longer of flag and annotation; a malformed one is not heard', () => {
    assert.deepEqual(waits(young('5m')), ['TooYoung']);
    assert.deepEqual(waits(young('2m'), { newPodScaleUpDelayMs: 5 * MINUTE }), ['TooYoung']);
    assert.deepEqual(waits(young('soon'), { newPodScaleUpDelayMs: 5 * MINUTE }), ['TooYoung']);
    for (const delay of ['3m', '2m59.999s', 'error', '']) {
      const expected = delay === '3m' ? 'default/pod waits TooYoung' : 'default/pod helped';
      assert.deepEqual(outcomes(planFor({ pods: [young(delay)], groups: [aGroup()] })), [expected]);
    }
  });

  it('ML-09: expendable pods that run give way in thought, and are still there afterwards', () => {
    const node = aNode({ name: 'n', cpu: 2000 });
    const cluster = aCluster({
      nodes: [node],
      pods: [
        aPod({ name: 'low', cpu: 1500, nodeName: 'n', spec: { priority: -20 } }),
        aPod({ name: 'new', cpu: 1000 }),
      ],
    });
    cluster.trial(() => {
      const plan = planFor({ cluster, groups: [aGroup({ nodes: [node] })] });
      assert.deepEqual(outcomes(plan), ['default/new waits FitsExistingNode']);
      const uids = [...cluster.podsOn(cluster.slotOf('n') ?? -1).keys()];
      assert.deepEqual(uids.toSorted(), ['uid-default-low', 'uid-default-new']);
    });
  });

  it('an unhealthy cluster asks for nothing', () => {
    const nodes = Array.from({ length: 4 }, (_, index) => aNode({ name: `n${index}`, ready: false }));
    const plan = planFor({
      nodes,
      pods: [aPod({ cpu: 3000, spec: { nodeSelector: { a: 'b' } } })],
      groups: [aGroup()],
    });
    assert.deepEqual([plan.resizes, outcomes(plan)], [[], ['default/pod waits PassSkipped']]);
  });
});
