import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCluster,
  aController,
  aNode,
  anAffinityTerm,
  aPdb,
  aPod,
  aSpec,
  aSpread,
  aTaint,
  podsOf,
} from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import {
  EAGER,
  MINUTE_MS,
  NOW_MS,
  plan,
  removed,
  scaleDownInput,
  SECOND_MS,
  whyStays,
} from './fixtures.test-support.ts';
import { planScaleDown } from './scale-down.ts';
import { aWorld, on, unneededFor } from './world.test-support.ts';

const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';

test('PL-01 RS-01 empty nodes go, all at once', () => {
  const made = plan(aWorld({ nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }] }));
  assert.deepEqual(removed(made), ['n1', 'n2', 'n3']);
  assert.ok(made.removals.every(({ empty, moves }) => empty && moves.length === 0));
});

test('RS-03 a node whose pods fit elsewhere goes, and each pod gets a place', () => {
  const world = aWorld({
    nodes: [{ name: 'n1' }, { name: 'n2' }],
    pods: [on('n1', 100), on('n1', 100), on('n2', 600)],
  });
  const [removal, ...more] = plan(world).removals;
  assert.deepEqual(more, []);
  assert.equal(removal?.node, 'n1');
  assert.equal(removal.empty, false);
  assert.deepEqual(removal.moves, [
    { pod: 'default/p0', to: 'n2' },
    { pod: 'default/p1', to: 'n2' },
  ]);
  assert.match(removal.because, /20 % of its cpu used, its 2 pods fit elsewhere/);
});

test('PL-04 RS-02 RS-04 a node whose pods fit nowhere stays, with the count of what the others say', () => {
  const world = aWorld({ nodes: [{ name: 'n1' }, { name: 'n2' }], pods: [on('n1', 500), on('n2', 800)] });
  assert.deepEqual(whyStays(plan(world), 'n1'), {
    code: 'NoPlaceToMovePods',
    pod: 'default/p0',
    rejections: [
      {
        nodes: 1,
        reason: { code: 'InsufficientResource', resource: 'cpu', requested: 500, free: 200, allocatable: 1000 },
      },
    ],
  });
});

test('PL-07 RS-10 of two nodes that could take each other’s pods one goes', () => {
  const world = aWorld({ nodes: [{ name: 'n1' }, { name: 'n2' }], pods: [on('n1', 300), on('n2', 400)] });
  const made = plan(world);
  assert.deepEqual(removed(made), ['n1'], 'the less used');
  assert.equal(whyStays(made, 'n2')?.code, 'ReceivesMovedPods');
});

test('PL-09 several nodes are emptied into one that stays', () => {
  const pods = [on('n1', 500), on('n1', 500), on('n2', 500), on('n2', 500)];
  const nodes = [
    { name: 'n1', cpu: 2000 },
    { name: 'n2', cpu: 2000 },
    { name: 'n3', cpu: 2000 },
  ];
  const annotations = { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' };
  const world = aWorld({ nodes: [nodes[0] ?? {}, nodes[1] ?? {}, { ...nodes[2], annotations }], pods });
  const made = plan(world);
  assert.deepEqual(removed(made), ['n1', 'n2']);
  assert.equal(whyStays(made, 'n3')?.code, 'ScaleDownDisabledAnnotation', 'EL-05');
});

test('RS-11 the model is as before when the plan is made', () => {
  const world = aWorld({
    nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }],
    pods: [on('n1', 300), on('n2', 400), on('n3', 700)],
  });
  const before = picture(world);
  plan(world);
  assert.deepEqual(picture(world), before);
});

test('room that a failed trial had used is there for the next candidate', () => {
  const spec = aSpec({ cpu: 300 });
  const labels = { app: 'web' };
  const annotations = { 'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true' };
  const nodes = [
    { name: 'a', cpu: 2000 },
    { name: 'b', pods: 1 },
    { name: 'room-for-one', pods: 1, annotations },
  ];
  const pods = ['a', 'a', 'b'].map((nodeName) => ({ nodeName, spec, labels }));
  assert.deepEqual(removed(plan(aWorld({ nodes, pods }))), ['b']);
});

test('a node that was tried and stays has no more room than before, whatever others had to say about its pods', () => {
  const labels = { app: 'apart' };
  const apart = aSpec({ cpu: 200 }, { requiredPodAntiAffinity: [anAffinityTerm(labels)] });
  const nodes = [{ name: 'full' }, { name: 'goes?', cpu: 400 }];
  const pods = [on('full', 600), { nodeName: 'full', spec: apart, labels }, on('goes?', 350)];
  const made = plan({ ...aWorld({ nodes, pods }), options: { ...EAGER, utilizationThreshold: 0.9 } });
  assert.equal(whyStays(made, 'full')?.code, 'NoPlaceToMovePods', 'and was tried first: more of it is wasted');
  assert.equal(whyStays(made, 'goes?')?.code, 'NoPlaceToMovePods', 'of 1000 there are 200 left');
});

function picture({ cluster }: World) {
  return cluster
    .nodeSlots()
    .map((slot) => [cluster.node(slot).name, cluster.requested(slot, 0), [...cluster.podsOn(slot).keys()]]);
}

test('PL-05 RS-15 nodes that are going, cordoned or not ready take no pods', () => {
  const taints = [aTaint(TO_BE_DELETED, String(NOW_MS / SECOND_MS - 30))];
  for (const other of [{ taints }, { unschedulable: true }, { ready: false }]) {
    const pods = [on('n1', 500), on('n2', 900)];
    const world = aWorld({ nodes: [{ name: 'n1' }, { name: 'n2', cpu: 10_000, ...other }], pods });
    const options = { ...EAGER, utilizationThreshold: 0.6 };
    assert.notEqual(whyStays(plan({ ...world, options }), 'n1'), undefined, JSON.stringify(other));
  }
});

const markedWorld = (value: string) => aWorld({ nodes: [{ name: 'n1', taints: [aTaint(TO_BE_DELETED, value)] }] });

test('EL-02 EL-03 EL-04 a marked node is going, unless the mark is old or cannot be read', () => {
  const now = NOW_MS / SECOND_MS;
  const outcomes = [String(now - 30), String(now - 301), 'soon'].map(
    (value) => plan(markedWorld(value)).nodes[0]?.outcome.kind,
  );
  assert.deepEqual(outcomes, ['being-removed', 'removed', 'removed']);
});

const usedWorld = (cpu: number) =>
  aWorld({ nodes: [{ name: 'n1' }, { name: 'n2', cpu: 9000 }], pods: [on('n1', cpu), on('n2', 5000)] });

test('EL-06 EL-07 EL-08 EL-09 a node is a candidate up to the threshold itself', () => {
  assert.deepEqual(whyStays(plan(usedWorld(600)), 'n1'), {
    code: 'NotUnderutilized',
    resource: 'cpu',
    utilization: 0.6,
    threshold: 0.5,
  });
  assert.deepEqual(removed(plan(usedWorld(500))), ['n1']);
  const world = usedWorld(600);
  const groups = [aGroup({ nodes: world.nodes, options: { scaleDownUtilizationThreshold: 0.7 } })];
  assert.deepEqual(removed(plan({ ...world, groups })), ['n1'], 'the group’s own threshold');
});

test('EL-22 CP-03 a node of no group stays, and takes pods', () => {
  const nodes = [aNode({ name: 'n1', cpu: 1000 }), aNode({ name: 'own', cpu: 1000 })];
  const cluster = aCluster({
    nodes,
    pods: [aPod({ nodeName: 'n1', cpu: 100, owner: 'web' })],
    controllers: [aController('ReplicaSet', 'web')],
  });
  const made = plan({ cluster, groups: [aGroup({ nodes: nodes.slice(0, 1) })] });
  assert.deepEqual(made.removals[0]?.moves, [{ pod: 'default/pod', to: 'own' }]);
  assert.deepEqual(whyStays(made, 'own'), { code: 'NotInNodeGroup' });
});

test('a node whose instance is not known yet, or that is starting, stays', () => {
  const unknown = aWorld({ nodes: [{ name: 'n1', providerID: '' }] });
  assert.equal(whyStays(plan(unknown), 'n1')?.code, 'InstanceUnknown');
  const starting = aWorld({ nodes: [{ name: 'n1', ready: false, createdAtMs: NOW_MS - MINUTE_MS }] });
  assert.equal(whyStays(plan(starting), 'n1')?.code, 'NodeIsStarting');
});

test('PL-38 EL-20 a node found unremovable is left alone for a while, with what was found', () => {
  const world = aWorld({ nodes: [{ name: 'n1' }], pods: [on('n1', 100, { annotations: { [SAFE]: 'false' } })] });
  const first = plan(world);
  const because = whyStays(first, 'n1');
  assert.equal(because?.code, 'BlockedByPod');
  const freed = aWorld({ nodes: [{ name: 'n1' }] });
  const later = (ms: number) => plan({ ...freed, memory: first.memory, now: NOW_MS + ms });
  assert.deepEqual(whyStays(later(5 * MINUTE_MS - 1), 'n1'), {
    code: 'RecentlyUnremovable',
    untilMs: NOW_MS + 5 * MINUTE_MS,
    because,
  });
  assert.deepEqual(removed(later(5 * MINUTE_MS)), ['n1']);
});

test('a node found unremovable stays the last to take pods, so that those found unneeded find the same places again', () => {
  const pinned = { spec: { nodeSelector: { pool: 'g' } } };
  const nodes = ['g-1', 'g-2', 'g-3', 'g-4'].map((name) => ({ name, labels: { pool: 'g' } }));
  const pods = [on('sink', 700), on('g-1', 300), on('g-2', 125, pinned), on('g-3', 475), on('g-4', 125, pinned)];
  const world = aWorld({ nodes: [...nodes, { name: 'sink' }], pods });
  const options = { ...EAGER, likeClusterAutoscaler: true, unneededTimeMs: MINUTE_MS };
  const first = plan({ ...world, options });
  assert.deepEqual([...first.memory.unneeded.keys()], ['g-1', 'g-2', 'g-3']);
  const second = plan({ ...world, options, memory: first.memory, now: NOW_MS + MINUTE_MS + 1 });
  assert.equal(whyStays(second, 'g-4')?.code, 'RecentlyUnremovable');
  assert.deepEqual(removed(second), ['g-1', 'g-2', 'g-3']);
});

const withBudget = (disruptionsAllowed: number) => ({
  nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3', cpu: 9000 }],
  pods: [on('n1', 100), on('n1', 100), on('n2', 150), on('n2', 150), on('n3', 5000, { namespace: 'other' })],
  pdbs: [aPdb('b', { disruptionsAllowed })],
});

test('PL-39 PL-40 nodes that are removed together share budgets', () => {
  const two = plan(aWorld(withBudget(2)));
  assert.deepEqual(removed(two), ['n1']);
  const reason = whyStays(two, 'n2');
  assert.equal(reason?.code === 'BlockedByPod' && reason.blocking, 'NotEnoughPdb');
  assert.deepEqual(
    removed(plan(aWorld(withBudget(3)))),
    ['n1', 'n2'],
    'the second has to wait for its budget, but may go',
  );
});

test('the budgets and places that a drain under way still needs are not given away', () => {
  const nodes = [{ name: 'n1', cpu: 2000 }, { name: 'n2', cpu: 2000 }, { name: 'n3' }];
  const pods = [on('n1', 400), on('n2', 400), on('n3', 510)];
  const removals = [{ node: 'n1', step: 'draining', drains: true }];
  const world = aWorld({ nodes, pods });
  assert.equal(whyStays(plan({ ...world, removals }), 'n2')?.code, 'NoPlaceToMovePods');
  assert.deepEqual(removed(plan(world)), ['n1'], 'without it one of them could go');
  const shared = aWorld({ nodes, pods, pdbs: [aPdb('b', { disruptionsAllowed: 1 })] });
  assert.equal(whyStays(plan({ ...shared, removals }), 'n2')?.code, 'BlockedByPod');
});

test('a node that takes the pods of a drain under way stays, or hands them on to another', () => {
  const removals = [{ node: 'going', step: 'draining', drains: true }];
  const spread = { topologySpread: [aSpread({ app: 'web' }, { maxSkew: 2 })] };
  for (const rest of [{}, { labels: { app: 'web' }, spec: aSpec({ cpu: 500 }, spread) }]) {
    const pods = [on('going', 500, rest)];
    const alone = plan({ ...aWorld({ nodes: [{ name: 'going' }, { name: 'n1' }], pods }), removals });
    assert.deepEqual(whyStays(alone, 'n1'), { code: 'ReceivesMovedPods', from: 'going' });
    const two = plan({ ...aWorld({ nodes: [{ name: 'going' }, { name: 'n1' }, { name: 'n2' }], pods }), removals });
    assert.equal(two.removals.length, 1);
  }
});

test('CP-05 CP-13 CP-14 empty nodes are tried first, then nodes that were unneeded before', () => {
  const world = aWorld({
    nodes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    pods: [on('a', 400), on('b', 400), on('c', 500)],
  });
  assert.deepEqual(removed(plan(world)), ['a']);
  assert.deepEqual(removed(plan({ ...world, memory: unneededFor(1, 'b') })), ['b']);
});

test('a node that a pending pod will land on, and needs, is never chosen', () => {
  const [pending] = podsOf('new', 1, { cpu: 400, owner: 'web' });
  const given = { nodes: [{ name: 'n1' }, { name: 'n2' }], pods: [on('n2', 700)], pending: [pending ?? assert.fail()] };
  const world = aWorld(given);
  const input = scaleDownInput(world);
  assert.deepEqual(removed(planScaleDown(input)), ['n1'], 'while nobody needs it, it goes');
  const made = world.cluster.trial(() => {
    world.cluster.place(given.pending[0] ?? assert.fail(), world.cluster.slotOf('n1') ?? assert.fail());
    return planScaleDown(input);
  });
  assert.deepEqual(removed(made), []);
  assert.equal(whyStays(made, 'n1')?.code, 'NeededByPendingPod');
});

test('the place of a pod that was evicted is kept until its controller has made another', () => {
  const world = aWorld({
    nodes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    pods: [on('a', 600, { name: 'evicted' }), on('b', 300), on('c', 500)],
  });
  world.cluster.apply({ kind: 'controller', controller: aController('ReplicaSet', 'web', { replicas: 3 }) });
  const draining = plan({ ...world, removals: [{ node: 'a', step: 'draining', drains: true }] });
  world.cluster.apply({ kind: 'pod-gone', namespace: 'default', name: 'evicted', uid: 'uid-default-evicted' });
  world.cluster.apply({ kind: 'node-gone', name: 'a', uid: 'uid-a' });
  const later = { ...world, groups: [aGroup({ nodes: world.nodes.slice(1) })], memory: draining.memory };
  const gone = plan({ ...later, now: NOW_MS + SECOND_MS });
  assert.deepEqual(removed(gone), []);
  assert.equal(whyStays(gone, 'b')?.code, 'NeededByPendingPod');
  assert.deepEqual(removed(plan({ ...later, now: NOW_MS + 61 * SECOND_MS })), ['b'], 'but not for ever');
  world.cluster.apply({ kind: 'controller', controller: aController('ReplicaSet', 'web', { replicas: 2 }) });
  assert.deepEqual(removed(plan({ ...later, now: NOW_MS + SECOND_MS })), ['b'], 'nor where none is wanted');
});

test('simulated nodes are neither explained nor do they take pods', () => {
  const world = aWorld({ nodes: [{ name: 'n1' }], pods: [on('n1', 100)] });
  const input = scaleDownInput(world);
  const made = world.cluster.trial(() => {
    world.cluster.addNode(aNode({ name: 'upcoming', cpu: 9000 }));
    return planScaleDown(input);
  });
  assert.deepEqual(
    made.nodes.map(({ node }) => node),
    ['n1'],
  );
  assert.equal(whyStays(made, 'n1')?.code, 'NoPlaceToMovePods');
});

test('switched off, nothing goes and every node says so', () => {
  const made = plan({ ...aWorld({ nodes: [{ name: 'n1' }] }), options: { ...EAGER, enabled: false } });
  assert.deepEqual(whyStays(made, 'n1'), { code: 'ScaleDownDisabled' });
});

test('scale-down-efficiency: round by round the cluster ends at full use', () => {
  const sizes: readonly [string, number][] = [
    ['a', 1000],
    ['b', 1000],
    ['c', 4000],
    ['d', 4000],
    ['e', 4000],
    ['f', 9000],
  ];
  const options = { ...EAGER, utilizationThreshold: 0.75, maxParallelism: 1, maxDrainParallelism: 1 };
  let nodes = sizes.map(([name, cpu]) => ({ name, cpu }));
  let pods = sizes.map(([name], index) => on(name, 1000, { name: `p${index}` }));
  for (let round = 0; round < 10; round++) {
    const [removal] = plan({ ...aWorld({ nodes, pods }), options }).removals;
    if (removal === undefined) break;
    nodes = nodes.filter(({ name }) => name !== removal.node);
    const to = new Map(removal.moves.map((move) => [move.pod, move.to]));
    pods = pods.map((pod) => ({ ...pod, nodeName: to.get(`default/${pod.name}`) ?? pod.nodeName ?? '' }));
  }
  const total = nodes.reduce((sum, { cpu }) => sum + cpu, 0);
  assert.equal(total, 6000, 'as much as the pods use');
});

test('where Cluster Autoscaler is imitated, nodes past its limit are not looked at, and are looked at again at once', () => {
  const names = ['a', 'b', 'c', 'd'];
  const world = aWorld({ nodes: names.map((name) => ({ name })) });
  const options = { ...EAGER, likeClusterAutoscaler: true, maxParallelism: 1, unneededTimeMs: MINUTE_MS };
  const { memory } = plan({ ...world, options });
  assert.deepEqual([...memory.unneeded.keys()], ['a', 'b'], 'twice as many as may go at once');
  assert.deepEqual([...memory.unremovable.keys()], []);
  const later = plan({ ...world, options, memory, now: NOW_MS + 1 });
  assert.equal(later.memory.unneeded.size, 4);
});
