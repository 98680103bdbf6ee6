import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterEvent, NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster, aDaemonSetReference, aNode, aPod, podsOf } from '../cluster/fixtures.test-support.ts';
import type { ActionRecord } from '../explain/record.ts';
import { FIRST_MEMORY } from '../loop/memory.ts';
import { aGroup, type GroupSketch } from '../node-groups/fixtures.test-support.ts';
import { parseOptions } from '../options/options.ts';
import { readSnapshot, writeSnapshot } from '../snapshot/snapshot-file.ts';
import { type Snapshot, takeSnapshot } from '../snapshot/snapshot.ts';
import type { Change, ChangeProblem } from './change.ts';
import { whatIf, type WhatIfAnswer } from './what-if.ts';

const NOON = 12 * 3_600_000;
const PLAN = 'vc2-4c-8gb';

interface Scene {
  readonly nodes: readonly NodeFacts[];
  readonly pods: readonly PodFacts[];
  readonly more?: readonly ClusterEvent[];
  readonly pools: readonly GroupSketch[];
}

function snapshotOf({ nodes, pods, pools, more = [] }: Scene): Snapshot {
  const parsed = parseOptions(['--scale-down-delay-after-add=0s']);
  assert.ok(parsed.ok);
  const { scaleUp, scaleDown, limits, nodeGroups, thresholds, loop } = parsed.value.options;
  const { maxLaunchesPerHour } = loop;
  const cluster = aCluster({ nodes, pods });
  for (const event of more) cluster.apply(event);
  const taken = takeSnapshot({
    world: { cluster, groups: pools.map(aGroup), removals: [] },
    memory: FIRST_MEMORY,
    options: { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour },
    pass: { number: 1, now: NOON, triggers: ['timer'] },
  });
  const read = readSnapshot(writeSnapshot(taken, '0.1.0'));
  assert.ok(read.ok);
  return read.value.snapshot;
}

/** Two nodes of pool web with three pods of a Deployment, of which a node takes three. */
function aShop(sketch: GroupSketch = {}): Scene {
  const nodes = ['web-1', 'web-2'].map((name) => aNode({ name, cpu: 4000 }));
  const labels = { app: 'shop', 'pod-template-hash': '7d9f' };
  const placed = podsOf('shop-7d9f', 3, { cpu: 1200, labels }).map((pod, index) =>
    aPod({ ...pod, nodeName: index < 2 ? 'web-1' : 'web-2', phase: 'Running', unschedulable: false, ready: true }),
  );
  const daemon = aPod({ name: 'agent', owner: aDaemonSetReference('agent'), cpu: 100, nodeName: 'web-2' });
  const node = { cpu: 4000, labels: { 'node.kubernetes.io/instance-type': PLAN } };
  const pool = { name: 'web', node, nodes, minSize: 1, maxSize: 3, pricePerHour: 0.05, ...sketch };
  return { nodes, pods: [...placed, daemon], pools: [pool] };
}

const shop = { namespace: 'default', kind: 'Deployment', name: 'shop' } as const;

function asked(scene: Scene, ...changes: readonly Change[]): WhatIfAnswer {
  const answer = whatIf(snapshotOf(scene), changes);
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value;
}

function problems(scene: Scene, ...changes: readonly Change[]): readonly ChangeProblem[] {
  const answer = whatIf(snapshotOf(scene), changes);
  assert.ok(!answer.ok);
  return answer.error;
}

function resizes(actions: readonly ActionRecord[]): readonly string[] {
  return actions.flatMap((action) =>
    action.kind === 'resize' ? [`${action.group} ${action.from} to ${action.to} for ${action.pods}`] : [],
  );
}

describe('what if a workload had another number of pods', () => {
  it('asks for the nodes that they need, as far as the pool may grow', () => {
    const answer = asked(aShop({ maxSize: 10 }), { kind: 'scale', workload: shop, replicas: 12 });
    assert.deepEqual(answer.without.actions, []);
    // Three on each node: three have room where the others are.
    assert.deepEqual(resizes(answer.with.actions), ['web 2 to 4 for 6']);
    assert.equal(answer.with.costPerHour.decided.toFixed(2), '0.20');
    assert.equal(answer.without.costPerHour.decided.toFixed(2), '0.10');
  });

  it('says for whom there is no place, and why', () => {
    const answer = asked(aShop(), { kind: 'scale', workload: shop, replicas: 12 });
    assert.deepEqual(resizes(answer.with.actions), ['web 2 to 3 for 3']);
    const pods = answer.differences.find(({ kind }) => kind === 'pods');
    assert.equal(pods?.what, 'pods of ReplicaSet default/shop-7d9f');
    assert.equal(pods.without, '');
    assert.match(pods.with, /3 on new nodes of web, 3 wait/);
  });

  it('shows which nodes are not needed any more with fewer, and what is saved once they have gone', () => {
    const answer = asked(aShop(), { kind: 'scale', workload: shop, replicas: 1 });
    assert.deepEqual(answer.with.actions, []);
    const unneeded = answer.differences.filter((each) => each.kind === 'node' && /is not needed/.test(each.with));
    assert.equal(unneeded.length, 1);
    assert.equal(answer.with.costPerHour.settled.toFixed(2), '0.05');
  });

  it('gives each new pod of a StatefulSet a claim of its own', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db' };
    const volumes = [{ kind: 'claim', name: 'data', claimName: 'data-db-0', readOnly: false } as const];
    const db = aPod({ name: 'db-0', owner, cpu: 1000, nodeName: 'web-2', spec: { volumes } });
    const claim = {
      namespace: 'default',
      name: 'data-db-0',
      uid: 'claim',
      volumeName: 'pv-0',
      bindCompleted: true,
      selectedNode: '',
      storageClassName: 'block',
      attributesClassName: '',
      accessModes: ['ReadWriteOncePod'],
      volumeMode: 'Filesystem',
      requestedBytes: 1,
      selector: undefined,
      phase: 'Bound',
      deleting: false,
      controllerUid: '',
    };
    const storageClass = {
      name: 'block',
      uid: 'block',
      provisioner: 'csi',
      waitsForConsumer: true,
      allowedTopologies: [],
    };
    const scene = aShop({ maxSize: 10 });
    const answer = asked(
      {
        ...scene,
        pods: [...scene.pods, db],
        more: [
          { kind: 'claim', claim },
          { kind: 'storage-class', storageClass },
        ],
      },
      { kind: 'scale', workload: { namespace: 'default', kind: 'StatefulSet', name: 'db' }, replicas: 9 },
    );
    assert.ok(resizes(answer.with.actions).length > 0, JSON.stringify(answer.differences));
  });

  it('says so when there are as many already, and names near workloads when there is none', () => {
    assert.deepEqual(asked(aShop(), { kind: 'scale', workload: shop, replicas: 3 }).notes, [
      'Deployment default/shop has 3 pods already',
    ]);
    const wrong = { ...shop, name: 'shp' };
    assert.deepEqual(problems(aShop(), { kind: 'scale', workload: wrong, replicas: 3 }), [
      {
        field: 'scale',
        message: 'there is no workload with pods default/Deployment/shp; did you mean default/Deployment/shop?',
      },
    ]);
  });
});

describe('what if a node were gone', () => {
  it('its pods go elsewhere, those of DaemonSets do not, and its pool has one node fewer', () => {
    const answer = asked(aShop(), { kind: 'remove-node', node: 'web-2' });
    assert.deepEqual(answer.with.actions, []);
    const [pool, ...rest] = answer.differences;
    assert.match(pool?.with ?? '', /^1 of 1 to 3 nodes/);
    assert.ok(rest.some((each) => each.what === 'web-2' && each.without !== '' && each.with === ''));
    assert.equal(answer.with.costPerHour.now.toFixed(2), '0.05');
  });

  it('asks for another where they have no place, and names what is lost', () => {
    const scene = aShop();
    const lone = aPod({ name: 'lone', cpu: 100, nodeName: 'web-1' });
    const answer = asked({ ...scene, pods: [...scene.pods, lone] }, { kind: 'remove-node', node: 'web-1' });
    assert.deepEqual(answer.notes, ['nothing makes these pods of node web-1 anew: default/lone']);
    assert.deepEqual(resizes(answer.with.actions), []);
    const tight = asked(
      aShop(),
      { kind: 'scale', workload: shop, replicas: 6 },
      { kind: 'remove-node', node: 'web-1' },
    );
    assert.deepEqual(resizes(tight.with.actions), ['web 1 to 2 for 3']);
  });

  it('refuses what cannot be: an unknown node, the last one of a pool', () => {
    assert.deepEqual(problems(aShop(), { kind: 'remove-node', node: 'web-3' }), [
      { field: 'remove-node', message: 'there is no node web-3; did you mean web-1, web-2?' },
    ]);
    const [first, second] = ['web-1', 'web-2'].map((node): Change => ({ kind: 'remove-node', node }));
    assert.ok(first !== undefined && second !== undefined);
    assert.match(problems(aShop(), first, second)[0]?.message ?? '', /web-2 is the last node of pool web/);
  });
});

describe('what if a pool or a price were otherwise', () => {
  const crowd = { kind: 'scale', workload: shop, replicas: 12 } as const;

  it('a higher maximum lets it grow', () => {
    const answer = asked(aShop(), crowd, { kind: 'pool', pool: 'web', max: 4 });
    assert.deepEqual(resizes(answer.with.actions), ['web 2 to 4 for 6']);
  });

  it('a price changes what it costs', () => {
    const answer = asked(aShop(), { kind: 'price', plan: PLAN, usdPerHour: 0.5 });
    assert.equal(answer.with.costPerHour.now, 1);
    assert.deepEqual(answer.with.actions, answer.without.actions);
  });

  it('names the field at fault, and near names', () => {
    const [pool, plan] = problems(
      aShop(),
      { kind: 'pool', pool: 'wbe', max: 4 },
      { kind: 'price', plan: 'vc2-4c-8g', usdPerHour: 1 },
    );
    assert.deepEqual(pool, { field: 'pool', message: 'there is no pool wbe; did you mean web?' });
    assert.equal(plan?.field, 'price');
    assert.match(plan.message, /did you mean vc2-4c-8gb\?/);
    assert.deepEqual(problems(aShop(), { kind: 'pool', pool: 'web', min: 7 }), [
      { field: 'min', message: 'a minimum of 7 nodes is above the maximum of 3 of pool web' },
    ]);
  });
});

it('the question leaves the snapshot as it was: asked again it is answered the same', () => {
  const snapshot = snapshotOf(aShop());
  const change: Change = { kind: 'scale', workload: shop, replicas: 12 };
  assert.deepEqual(whatIf(snapshot, [change]), whatIf(snapshot, [change]));
});
