import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aController, aNode, aPod, aSpec, aTaint, aToleration, GiB, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup, anInstance } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { because, NOON, outcomes, planFor, resizes } from './plan.test-support.ts';

function gpuPool(name: string, gpus: number): NodeGroupState {
  return aGroup({ name, node: { resources: { 'nvidia.com/gpu': gpus } } });
}

function priced(name: string, pricePerHour?: number): NodeGroupState {
  return aGroup({ name, pricePerHour });
}

describe('the simplest scale-up', () => {
  it('SU-01: a pod that fits no node gets one of a group whose nodes it fits', () => {
    const small = aNode({ name: 'n1', cpu: 100 });
    const large = aNode({ name: 'n2', cpu: 1000 });
    const plan = planFor({
      nodes: [small, large],
      pods: [
        aPod({ name: 'a', cpu: 80, nodeName: 'n1' }),
        aPod({ name: 'b', cpu: 800, nodeName: 'n2' }),
        aPod({ name: 'new', cpu: 500, owner: 'web' }),
      ],
      groups: [
        aGroup({ name: 'small', nodes: [small] }),
        aGroup({ name: 'large', nodes: [large], pricePerHour: 0.03 }),
      ],
    });
    assert.deepEqual(plan.resizes, [
      {
        groupId: 'large',
        groupName: 'large',
        from: 1,
        delta: 1,
        pods: 1,
        because: 'least-waste: 50 % of CPU and 100 % of memory unused',
        pricePerHour: 0.03,
      },
    ]);
    assert.deepEqual(plan.pods, [
      {
        example: 'default/new',
        count: 1,
        owner: 'ReplicaSet default/web',
        outcome: { kind: 'helped', byGroup: [{ group: 'large', pods: 1 }] },
        perGroup: [
          {
            group: 'small',
            reason: { code: 'InsufficientResource', resource: 'cpu', requested: 500, free: 100, allocatable: 100 },
          },
        ],
      },
    ]);
  });

  it('asks for nothing when nothing is pending', () => {
    const plan = planFor({ groups: [aGroup()] });
    assert.deepEqual([plan.resizes, plan.pods, plan.unhelped], [[], [], 0]);
  });

  it('SU-16: counts nodes by how many GPUs each has; least-waste takes the fullest', () => {
    const pods = podsOf('train', 3, { cpu: 500, memory: GiB, requests: { 'nvidia.com/gpu': 1 } });
    for (const [gpus, nodes] of [
      [1, 3],
      [2, 2],
      [4, 1],
    ] as const) {
      assert.deepEqual(resizes(planFor({ pods, groups: [gpuPool('p', gpus)] })), [`p+${nodes}`]);
    }
    assert.deepEqual(resizes(planFor({ pods, groups: [gpuPool('one', 1), gpuPool('two', 2), gpuPool('four', 4)] })), [
      'four+1',
    ]);
  });

  it('SU-15: leaves tainted GPU nodes to the pods that tolerate them', () => {
    const groups = [
      aGroup({ name: 'std' }),
      aGroup({ name: 'gpu', node: { taints: [aTaint('nvidia.com/gpu')], resources: { 'nvidia.com/gpu': 1 } } }),
    ];
    const tolerations = [aToleration('nvidia.com/gpu')];
    const plan = planFor({
      groups,
      pods: [
        aPod({ name: 'plain', cpu: 100 }),
        aPod({ name: 'train', requests: { 'nvidia.com/gpu': 1 }, spec: { tolerations } }),
      ],
    });
    assert.deepEqual(resizes(plan).toSorted(), ['gpu+1', 'std+1']);
    assert.equal(because(plan, 'default/plain', 'gpu'), 'does not tolerate the taint nvidia.com/gpu:NoSchedule');
    assert.equal(because(plan, 'default/train', 'std'), 'needs 1 nvidia.com/gpu, the node has none');
  });

  it('makes room for the DaemonSets that a new node runs', () => {
    const controllers = [aController('DaemonSet', 'cni', { spec: aSpec({ cpu: 1000 }) })];
    const plan = planFor({ controllers, pods: podsOf('web', 6, { cpu: 1000 }), groups: [aGroup()] });
    assert.deepEqual(resizes(plan), ['pool+2'], 'three to a node of 4000m, not four');
  });
});

describe('several groups in one pass', () => {
  it('SU-02: each pod is helped by a group it fits, and what fits none is told why', () => {
    const plan = planFor({
      pods: [
        aPod({ name: 'cpu', cpu: 15_000 }),
        aPod({ name: 'memory', memory: 60 * GiB }),
        aPod({ name: 'huge', cpu: 99_000 }),
      ],
      groups: [
        aGroup({ name: 'compute', node: { cpu: 16_000, memory: 8 * GiB } }),
        aGroup({ name: 'memory', node: { cpu: 4000, memory: 64 * GiB } }),
      ],
    });
    assert.deepEqual(resizes(plan).toSorted(), ['compute+1', 'memory+1']);
    assert.deepEqual(outcomes(plan), ['default/cpu helped', 'default/huge cannot-be-helped', 'default/memory helped']);
    assert.equal(because(plan, 'default/huge', 'compute'), 'needs 99000m CPU, 16000m free of 16000m');
  });

  it('goes on with the next best group where the best may not grow any further', () => {
    const plan = planFor({
      pods: podsOf('web', 10, { cpu: 4000, memory: 8 * GiB }),
      groups: [aGroup({ name: 'exact', maxSize: 4 }), aGroup({ name: 'big', node: { cpu: 10_000, memory: 20 * GiB } })],
    });
    assert.deepEqual(resizes(plan), ['exact+4', 'big+3']);
    assert.deepEqual(plan.pods[0]?.outcome, {
      kind: 'helped',
      byGroup: [
        { group: 'exact', pods: 4 },
        { group: 'big', pods: 6 },
      ],
    });
  });

  it('settles a tie by price, and without prices by name', () => {
    const pods = podsOf('web', 2, { cpu: 4000 });
    assert.deepEqual(resizes(planFor({ pods, groups: [priced('a', 0.06), priced('b', 0.05)] })), ['b+2']);
    assert.deepEqual(resizes(planFor({ pods, groups: [priced('b'), priced('a', 0.01)] })), ['a+2']);
    assert.equal(
      because(planFor({ pods, groups: [priced('a', 0.06), priced('b', 0.05)] }), 'default/web-0', 'a'),
      'b was chosen by least-waste',
    );
  });
});

describe('a failing group', () => {
  it('is passed over in the same pass, and named with the cloud’s words', () => {
    const error = { kind: 'out-of-stock', message: 'Plan sold out in ewr' } as const;
    const plan = planFor({
      pods: podsOf('web', 2, { cpu: 4000 }),
      groups: [
        aGroup({ name: 'first', instances: [anInstance('i', { state: 'creating', error })] }),
        aGroup({ name: 'second', node: { cpu: 16_000 } }),
      ],
    });
    assert.deepEqual(resizes(plan), ['second+1']);
    assert.match(because(plan, 'default/web-0', 'first'), /out-of-stock: Plan sold out in ewr/);
  });

  it('SU-29: is told from one that the pod does not fit anyway', () => {
    const plan = planFor({
      pods: [aPod({ cpu: 9000 })],
      groups: [aGroup({ name: 'full', maxSize: 0 }), aGroup({ name: 'roomy', maxSize: 0, node: { cpu: 16_000 } })],
    });
    assert.equal(because(plan, 'default/pod', 'full'), 'needs 9000m CPU, 4000m free of 4000m');
    assert.equal(because(plan, 'default/pod', 'roomy'), 'at its maximum of 0 nodes');
    assert.equal(plan.unhelped, 1);
  });
});

describe('places that are there or on their way', () => {
  it('PP-11: go first, and stay taken', () => {
    const node = aNode({ name: 'n', cpu: 2000 });
    const plan = planFor({
      nodes: [node],
      pods: [
        aPod({ name: 'a', cpu: 200 }),
        aPod({ name: 'b', cpu: 500 }),
        aPod({ name: 'c', cpu: 1800, createdAtMs: 1 }),
      ],
      groups: [aGroup({ nodes: [node] })],
    });
    assert.deepEqual(outcomes(plan), [
      'default/a waits FitsExistingNode',
      'default/b waits FitsExistingNode',
      'default/c helped',
    ]);
  });

  it('PP-12: go by priority before age', () => {
    const node = aNode({ name: 'n', cpu: 2000 });
    const plan = planFor({
      nodes: [node],
      pods: [
        aPod({ name: 'a', cpu: 200 }),
        aPod({ name: 'b', cpu: 500, spec: { priority: 10 } }),
        aPod({ name: 'c', cpu: 1500, spec: { priority: 20 } }),
      ],
    });
    assert.deepEqual(outcomes(plan), [
      'default/a cannot-be-helped',
      'default/b waits FitsExistingNode',
      'default/c waits FitsExistingNode',
    ]);
  });

  it('ML-10, ML-11: a node on its way is not asked for again', () => {
    const pods = podsOf('web', 4, { cpu: 2000 });
    const asked = planFor({ pods, groups: [aGroup({ targetSize: 2 })] });
    assert.deepEqual([resizes(asked), outcomes(asked)], [[], ['default/web-0 waits FitsUpcomingNode']]);
    assert.deepEqual(resizes(planFor({ pods, groups: [aGroup({ targetSize: 1 })] })), ['pool+1']);
    assert.equal(planFor({ pods, groups: [aGroup({ targetSize: 2 })] }).upcomingSlots.length, 2);
  });

  it('one that has registered and is not ready counts with the pods that it holds', () => {
    const booting = aNode({
      name: 'n',
      ready: false,
      createdAtMs: NOON,
      taints: [aTaint('node.kubernetes.io/not-ready')],
    });
    const held = aPod({ name: 'held', cpu: 3000, nodeName: 'n' });
    const fitting = planFor({
      nodes: [booting],
      pods: [held, aPod({ cpu: 1000 })],
      groups: [aGroup({ nodes: [booting] })],
    });
    assert.deepEqual(outcomes(fitting), ['default/pod waits FitsUpcomingNode']);
    const crowded = planFor({
      nodes: [booting],
      pods: [held, aPod({ cpu: 1001 })],
      groups: [aGroup({ nodes: [booting] })],
    });
    assert.deepEqual(resizes(crowded), ['pool+1']);
  });

  it('one that is starting offers its room once, also to pods that tolerate its not being ready', () => {
    const booting = aNode({
      name: 'n',
      ready: false,
      createdAtMs: NOON,
      taints: [aTaint('node.kubernetes.io/not-ready')],
    });
    const pods = podsOf('agent', 8, { cpu: 1000, spec: { tolerations: [aToleration('')] } });
    assert.deepEqual(resizes(planFor({ nodes: [booting], pods, groups: [aGroup({ nodes: [booting] })] })), ['pool+1']);
  });

  it('a node that is being removed is no place', () => {
    const going = aNode({ name: 'n', taints: [aTaint('ToBeDeletedByClusterAutoscaler')] });
    const tolerant = aPod({ cpu: 100, spec: { tolerations: [aToleration('')] } });
    assert.deepEqual(resizes(planFor({ nodes: [going], pods: [tolerant], groups: [aGroup({ nodes: [going] })] })), [
      'pool+1',
    ]);
  });

  it('splits alike pods by what becomes of them', () => {
    const node = aNode({ name: 'n', cpu: 2000 });
    const plan = planFor({
      nodes: [node],
      pods: podsOf('web', 9, { cpu: 1000 }),
      groups: [aGroup({ nodes: [node], node: { cpu: 2000 }, targetSize: 2, maxSize: 3 })],
    });
    assert.deepEqual(
      plan.pods.map(({ example, count, outcome }) => [example, count, outcome.kind]),
      [
        ['default/web-0', 2, 'waits'],
        ['default/web-2', 2, 'waits'],
        ['default/web-4', 5, 'partly-helped'],
      ],
    );
    assert.equal(because(plan, 'default/web-4', 'pool'), 'at its maximum of 3 nodes');
    assert.equal(plan.unhelped, 3);
  });
});
