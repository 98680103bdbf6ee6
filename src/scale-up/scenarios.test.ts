/** Cases of the scenario catalogue about scale-up as a whole, by id; others stand beside what they are about. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aNode, aPod, aTaint, aToleration, GiB, podsOf } from '../cluster/fixtures.test-support.ts';
import { describe as word } from '../explain/text.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { because, MINUTE, NOON, outcomes, planFor, resizes } from './plan.test-support.ts';

describe('groups that grow as a whole', () => {
  const whole = { zeroOrMaxNodeScaling: true };
  const node = { cpu: 1000, memory: GiB };

  it('SU-03: one pod brings all the nodes up to the maximum, in one request', () => {
    const plan = planFor({ pods: [aPod({ cpu: 500 })], groups: [aGroup({ maxSize: 5, node, options: whole })] });
    assert.deepEqual(resizes(plan), ['pool+5']);
    assert.deepEqual(
      plan.resizes.map(({ atomic }) => atomic),
      [true],
    );
  });

  it('SU-04: pods that need all of them get them', () => {
    const pods = podsOf('web', 4, { cpu: 1000 });
    const plan = planFor({ pods, groups: [aGroup({ maxSize: 4, node, options: whole })] });
    assert.deepEqual([resizes(plan), outcomes(plan)], [['pool+4'], ['default/web-0 helped']]);
  });

  it('SU-05: nothing comes where the limit on cores or memory leaves less than the whole', () => {
    const groups = [aGroup({ maxSize: 3, node, options: whole })];
    for (const [limits, words] of [
      [{ maxMilliCpu: 2000 }, "grows by 3 nodes or not at all, and the cluster's limit of 2000m CPU would be passed"],
      [{ maxMemoryBytes: 2 * GiB }, "grows by 3 nodes or not at all, and the cluster's limit of 2Gi memory would"],
    ] as const) {
      const plan = planFor({ pods: [aPod({ cpu: 500 })], groups, limits });
      assert.deepEqual(resizes(plan), []);
      assert.ok(because(plan, 'default/pod', 'pool').startsWith(words), because(plan, 'default/pod', 'pool'));
    }
  });

  it('SU-06: nor where the cluster may not have so many nodes', () => {
    const nodes = [aNode({ name: 'a', cpu: 100 }), aNode({ name: 'b', cpu: 100 })];
    const groups = [aGroup({ maxSize: 5, node, options: whole })];
    const plan = planFor({ nodes, pods: [aPod({ cpu: 500 })], groups, limits: { maxNodes: 5 } });
    assert.deepEqual(resizes(plan), []);
    assert.match(because(plan, 'default/pod', 'pool'), /limit of 5 nodes would be passed \(7\)/);
  });
});

describe('limits of the whole cluster', () => {
  it('SU-09: cut short what was to be added, over all groups together', () => {
    const pods = podsOf('web', 6, { cpu: 2000 });
    const groups = ['a', 'b'].map((name) => aGroup({ name, maxSize: 3, node: { cpu: 2000 } }));
    const plan = planFor({ pods, groups, limits: { maxMilliCpu: 8000 } });
    assert.equal(
      plan.resizes.reduce((sum, { delta }) => sum + delta, 0),
      4,
    );
  });

  it('SU-17: are the reason that is given when they leave nothing', () => {
    const nodes = [aNode({ name: 'a', cpu: 6000 })];
    const pods = [aPod({ name: 'filler', cpu: 6000, nodeName: 'a' }), aPod({ cpu: 2000 })];
    const plan = planFor({ nodes, pods, groups: [aGroup({ node: { cpu: 2000 } })], limits: { maxMilliCpu: 7000 } });
    assert.deepEqual(resizes(plan), []);
    assert.equal(because(plan, 'default/pod', 'pool'), "the cluster's limit of 7000m CPU would be passed (8000m)");
  });

  it('of GPUs go by their type: the value of the label, or else what the cloud or the resource is called', () => {
    const gpus = { 'nvidia.com/gpu': 2 };
    const pods = podsOf('train', 3, { cpu: 100, requests: gpus });
    const ask = (type: string, labels: Record<string, string>): readonly string[] =>
      resizes(
        planFor({
          pods,
          groups: [aGroup({ node: { resources: gpus, labels } })],
          limits: { gpus: [{ type, min: 0, max: 4 }], gpuLabel: 'gpu' },
        }),
      );
    assert.deepEqual(ask('a100', { gpu: 'a100' }), ['pool+2']);
    assert.deepEqual(ask('l4', { gpu: 'a100' }), ['pool+3']);
    assert.deepEqual(ask('nvidia.com/gpu', {}), ['pool+2']);
  });

  it('of GPUs count nodes whose driver is not up yet with those that they will have', () => {
    const gpus = { 'nvidia.com/gpu': 1 };
    const nodes = [aNode({ name: 'pool-0', createdAtMs: NOON - MINUTE })];
    const pods = podsOf('train', 3, { cpu: 1000, requests: gpus });
    const plan = planFor({
      nodes,
      pods,
      groups: [aGroup({ nodes, node: { resources: gpus } })],
      limits: { gpus: [{ type: 'nvidia.com/gpu', min: 0, max: 2 }] },
    });
    assert.deepEqual(resizes(plan), ['pool+1']);
    assert.match(because(plan, 'default/train-1', 'pool'), /limit of 2 nvidia.com\/gpu/);
  });
});

describe('GPU nodes', () => {
  const gpuNode = { resources: { 'nvidia.com/gpu': 1 }, taints: [aTaint('nvidia.com/gpu')] };
  const tolerations = [aToleration('nvidia.com/gpu')];

  it('SU-14: a pod that tolerates GPU nodes and asks for none may have either', () => {
    const pod = aPod({ cpu: 1000, spec: { tolerations } });
    for (const name of ['std', 'gpu'] as const) {
      const group = name === 'std' ? aGroup({ name }) : aGroup({ name, node: gpuNode });
      assert.deepEqual(resizes(planFor({ pods: [pod], groups: [group] })), [`${name}+1`]);
    }
  });
});

describe('minimum sizes', () => {
  it('SU-26, ML-04: a group is raised to its minimum as far as the limits go', () => {
    const nodes = [aNode({ name: 'pool-0', cpu: 16_000 })];
    const groups = [aGroup({ minSize: 3, nodes, node: { cpu: 16_000 } })];
    const raise = (maxMilliCpu: number): readonly string[] =>
      resizes(planFor({ nodes, groups, options: { enforceMinSize: true }, limits: { maxMilliCpu } }));
    assert.deepEqual(raise(48_000), ['pool+2']);
    assert.deepEqual(raise(32_000), ['pool+1']);
    assert.deepEqual(resizes(planFor({ nodes, groups })), [], 'not unless --enforce-node-group-min-size says so');
  });

  it('D.9-39: a group of which nothing is known is not raised', () => {
    const groups = [aGroup({ minSize: 3, node: undefined })];
    assert.deepEqual(resizes(planFor({ groups, options: { enforceMinSize: true } })), []);
  });

  it('pods count on the nodes of a raise, and more than that comes in the same request', () => {
    const groups = [aGroup({ minSize: 2, node: { cpu: 4000 } })];
    const pods = podsOf('web', 3, { cpu: 4000 });
    const plan = planFor({ pods, groups, options: { enforceMinSize: true } });
    assert.deepEqual(resizes(plan), ['pool+3']);
    const few = planFor({ pods: pods.slice(0, 1), groups, options: { enforceMinSize: true } });
    assert.deepEqual([resizes(few), outcomes(few)], [['pool+2'], ['default/web-0 waits FitsUpcomingNode']]);
  });
});

describe('new pods', () => {
  const pods = [aPod({ cpu: 1000, createdAtMs: NOON - 1000 })];

  it('ML-44b: are answered at once; where Cluster Autoscaler is imitated, all wait for 2 s', () => {
    assert.deepEqual(resizes(planFor({ pods, groups: [aGroup()] })), ['pool+1']);
    const plan = planFor({ pods, groups: [aGroup()], options: { waitsForNewPods: true } });
    assert.deepEqual([resizes(plan), outcomes(plan)], [[], ['default/pod waits TooYoung']]);
    const older = [...pods, aPod({ name: 'older', cpu: 1000, createdAtMs: 0 })];
    assert.deepEqual(resizes(planFor({ pods: older, groups: [aGroup()], options: { waitsForNewPods: true } })), [
      'pool+1',
    ]);
    const bypassed = { waitsForNewPods: true, bypassedSchedulers: ['batch'] };
    assert.deepEqual(resizes(planFor({ pods, groups: [aGroup()], options: bypassed })), ['pool+1']);
  });

  it('D.9-8: GPU pods of a few seconds hold all back where Cluster Autoscaler is imitated', () => {
    const gpu = aPod({ name: 'gpu', requests: { 'nvidia.com/gpu': 1 }, createdAtMs: NOON - 10_000 });
    const both = [aPod({ name: 'old', cpu: 1000 }), gpu];
    const plan = planFor({ pods: both, groups: [aGroup()], options: { waitsForNewPods: true } });
    assert.deepEqual([resizes(plan), outcomes(plan)[0]], [[], 'default/gpu waits TooYoung']);
  });
});

describe('a pass that may not act', () => {
  it('says so to every pod', () => {
    const plan = planFor({ pods: [aPod({ cpu: 500 })], groups: [aGroup()], options: { fromZero: false } });
    const [pods] = plan.pods;
    assert.ok(pods?.outcome.kind === 'waits');
    assert.equal(word(pods.outcome.reason), 'not looked at: the cluster has no nodes, and --scale-up-from-zero is off');
  });
});
