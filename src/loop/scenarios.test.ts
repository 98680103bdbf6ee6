/** The main-loop cases of the scenario catalogue, by id: what one pass, or a few, make of the whole world. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aNode, aPod, aTaint, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup, anInstance } from '../node-groups/fixtures.test-support.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { Scene } from './passes.test-support.ts';
import { accepted, grown, HOUR, MINUTE, NOON, Passes, removed, standing } from './passes.test-support.ts';

function namesFrom(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

describe('nodes come', () => {
  const busy = aNode({ name: 'n1', cpu: 1000 });
  const scene: Scene = {
    nodes: [busy],
    pods: [aPod({ name: 'runs', cpu: 1000, nodeName: 'n1' }), aPod({ cpu: 600 })],
    groups: [aGroup({ name: 'ng1', nodes: [busy], node: { cpu: 1000 } })],
  };

  it('ML-01: not past --max-nodes-total', () => {
    assert.deepEqual(grown(new Passes('--max-nodes-total=1').at(NOON, scene)), []);
    assert.deepEqual(grown(new Passes('--max-nodes-total=10').at(NOON, scene)), ['ng1+1']);
  });

  it('ML-07: also while an instance has not registered; past its time that one goes', () => {
    const ghost = anInstance('ghost');
    const groups = [aGroup({ name: 'ng1', nodes: [busy], instances: [ghost], node: { cpu: 1000 } })];
    const passes = new Passes();
    const full = { ...scene, pods: podsOf('web', 3, { cpu: 1000 }), groups };
    assert.deepEqual(grown(passes.at(NOON, full)), ['ng1+1'], 'one pod on each of n1 and the ghost, one more');
    const late = passes.at(NOON + 16 * MINUTE, full);
    assert.deepEqual(
      late.instancesToDelete.map(({ instanceIds }) => instanceIds),
      [['vultr://ghost']],
    );
  });

  it('ML-26, ML-27: pods wait for --new-pod-scale-up-delay, and an annotation cannot make that shorter', () => {
    const annotated = { 'cluster-autoscaler.kubernetes.io/pod-scale-up-delay': '2m' };
    const passes = new Passes('--new-pod-scale-up-delay=5m');
    const full = aPod({ name: 'runs', cpu: 1000, nodeName: 'n1' });
    const pod = { cpu: 600, createdAtMs: NOON };
    const pods = [full, aPod(pod), aPod({ ...pod, name: 'annotated', annotations: annotated })];
    assert.deepEqual(grown(passes.at(NOON + MINUTE, { ...scene, pods })), []);
    assert.deepEqual(grown(passes.at(NOON + 3 * MINUTE, { ...scene, pods })), []);
    assert.deepEqual(grown(passes.at(NOON + 5 * MINUTE + 1, { ...scene, pods })), ['ng1+2']);
  });

  it('ML-30: not in an unhealthy cluster, where nodes lose their time as unneeded too', () => {
    const nodes = namesFrom('n', 6).map((name) => aNode({ name }));
    const sick = nodes.map((node, index) => (index < 4 ? aNode({ name: node.name, ready: false }) : node));
    const groups = [aGroup({ nodes })];
    const passes = new Passes();
    passes.at(NOON, { nodes, groups });
    assert.deepEqual(grown(passes.at(NOON + MINUTE, { nodes: sick, pods: [aPod({ cpu: 9000 })], groups })), []);
    const after = passes.at(NOON + 11 * MINUTE, { nodes, groups });
    assert.deepEqual(removed(after), [], 'unneeded since the cluster is well again');
  });

  it('ML-32: of the group whose nodes declare the features that the pod needs', () => {
    const plain = aNode({ name: 'a' });
    const able = aNode({ name: 'b', declaredFeatures: ['Feature'] });
    const nodes = [plain, able];
    const pods = [
      ...nodes.map(({ name }) => aPod({ name: `on-${name}`, cpu: 4000, nodeName: name })),
      aPod({ cpu: 1000, spec: { requiredFeatures: ['Feature'] } }),
    ];
    const groups = [aGroup({ name: 'plain', nodes: [plain] }), aGroup({ name: 'able', nodes: [able] })];
    assert.deepEqual(grown(new Passes().at(NOON, { nodes, pods, groups })), ['able+1']);
  });

  it('ML-38: of two groups in one pass where pods need both; only one where Cluster Autoscaler is imitated', () => {
    const pods = ['a', 'b'].map((pool) => aPod({ name: pool, cpu: 1000, spec: { nodeSelector: { pool } } }));
    const groups = ['a', 'b'].map((name) => aGroup({ name, node: { labels: { pool: name } } }));
    assert.deepEqual(grown(new Passes().at(NOON, { pods, groups })), ['a+1', 'b+1']);
    assert.equal(grown(new Passes('--compatibility=cluster-autoscaler').at(NOON, { pods, groups })).length, 1);
  });

  it('ML-39: not into a cluster without any, where --scale-up-from-zero is off', () => {
    const empty = { pods: [aPod({ cpu: 600 })], groups: [aGroup()] };
    assert.deepEqual(grown(new Passes().at(NOON, empty)), ['pool+1']);
    const decision = new Passes('--scale-up-from-zero=false').at(NOON, empty);
    assert.deepEqual(grown(decision), []);
    const nodes = [aNode({ name: 'n', ready: false })];
    const broken = new Passes('--scale-up-from-zero=false').at(NOON, { ...empty, nodes });
    assert.deepEqual([grown(broken), standing(broken)], [[], { n: 'PassSkipped' }]);
  });
});

describe('nodes go', () => {
  const nodes = [aNode({ name: 'n1' }), aNode({ name: 'n2' })];
  const web = aPod({ name: 'web', cpu: 3000, nodeName: 'n1', owner: 'web' });
  const scene: Scene = { nodes, pods: [web], groups: [aGroup({ name: 'ng1', nodes })] };

  it('ML-02: an empty one is marked by one pass and removed by another after its time', () => {
    const passes = new Passes('--scale-down-unneeded-time=1m');
    assert.deepEqual([removed(passes.at(NOON, scene))], [[]]);
    assert.deepEqual(removed(passes.at(NOON + HOUR, scene)), ['n2']);
  });

  it('ML-36: none, where --scale-down-enabled=false', () => {
    const passes = new Passes('--scale-down-enabled=false', '--scale-down-unneeded-time=1m');
    passes.at(NOON, scene);
    const later = passes.at(NOON + HOUR, scene);
    assert.deepEqual([removed(later), standing(later)['n2']], [[], 'ScaleDownDisabled']);
  });

  it('ML-19, ML-20: those that are starting are no candidates before their start-up time is over', () => {
    const ready = namesFrom('r', 4).map((name) => aNode({ name, createdAtMs: NOON }));
    const booting = namesFrom('u', 2).map((name) => aNode({ name, createdAtMs: NOON, ready: false }));
    const all = [...ready, ...booting];
    const looked = (now: number): number => {
      const decision = new Passes().at(now, { nodes: all, groups: [aGroup({ nodes: all })] });
      return Object.values(standing(decision)).filter((one) => one !== 'NodeIsStarting').length;
    };
    assert.equal(looked(NOON), 4);
    assert.equal(looked(NOON + 15 * MINUTE - 1000), 4);
    assert.equal(looked(NOON + 15 * MINUTE + 1000), 6);
  });

  it('ML-40, ML-41: none for ten minutes after nodes came, though their time runs', () => {
    const passes = new Passes('--scale-down-unneeded-time=1m');
    passes.at(NOON, scene);
    passes.learn(accepted('ng1', 1, NOON));
    const waiting = passes.at(NOON + 10 * MINUTE - 1000, scene);
    assert.deepEqual([removed(waiting), standing(waiting)['n2']], [[], 'unneeded']);
    assert.deepEqual(removed(passes.at(NOON + 10 * MINUTE, scene)), ['n2']);
  });

  it('ML-42, ML-43: none for three minutes after a removal failed', () => {
    const passes = new Passes('--scale-down-unneeded-time=1m', '--unremovable-node-recheck-timeout=0s');
    passes.at(NOON, scene);
    const failed = { node: 'n0', uid: 'uid-n0', groupId: 'ng1', groupName: 'ng1', drains: false, message: 'no taint' };
    passes.learn({ kind: 'removal-failed', atMs: NOON + 2 * MINUTE, ...failed });
    assert.deepEqual(removed(passes.at(NOON + 4 * MINUTE, scene)), []);
    assert.deepEqual(removed(passes.at(NOON + 6 * MINUTE, scene)), ['n2']);
  });

  it('ML-44a: also in the pass after the cloud refused new ones', () => {
    const passes = new Passes('--scale-down-unneeded-time=1m');
    const full = { ...scene, pods: [web, aPod({ cpu: 9000 })], groups: [aGroup({ name: 'ng1', nodes })] };
    passes.at(NOON, full);
    const error = { kind: 'out-of-stock', message: 'none' } as const;
    passes.learn({ kind: 'resize-failed', atMs: NOON, groupId: 'ng1', delta: 1, error });
    assert.deepEqual(removed(passes.at(NOON + 2 * MINUTE, full)), ['n2']);
  });

  it('ML-44c: in the pass in which others come, where nothing has to be waited for after that', () => {
    const other = aGroup({ name: 'ng2', node: { cpu: 16_000 } });
    const scaling = { ...scene, groups: [...scene.groups, other] };
    const passes = new Passes('--scale-down-unneeded-time=1m', '--scale-down-delay-after-add=0s');
    passes.at(NOON, scaling);
    const both = passes.at(NOON + 2 * MINUTE, { ...scaling, pods: [web, aPod({ cpu: 9000 })] });
    assert.deepEqual([grown(both), removed(both)], [['ng2+1'], ['n2']]);
  });

  it('ML-46: as many as hold nothing', () => {
    const three = [...nodes, aNode({ name: 'n3' })];
    const passes = new Passes('--scale-down-unneeded-time=1m');
    const idle = { nodes: three, pods: [web], groups: [aGroup({ name: 'ng1', nodes: three })] };
    passes.at(NOON, idle);
    assert.deepEqual(removed(passes.at(NOON + 2 * MINUTE, idle)), ['n2', 'n3']);
  });
});

describe('pods of nodes under drain', () => {
  it('bring the node that they will need, before they are evicted', () => {
    const going = aNode({ name: 'n1', taints: [aTaint(TO_BE_DELETED_TAINT, '1')] });
    const nodes = [going, aNode({ name: 'n2' })];
    const pods = ['n1', 'n2'].map((nodeName) => aPod({ name: `on-${nodeName}`, cpu: 3000, nodeName, owner: 'web' }));
    const scene = { nodes, pods, groups: [aGroup({ nodes })], draining: ['n1'] };
    assert.deepEqual(grown(new Passes().at(NOON, scene)), ['pool+1']);
    assert.deepEqual(grown(new Passes().at(NOON, { ...scene, draining: [] })), []);
  });
});
