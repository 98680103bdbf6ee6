/** Pods that are coupled over zones, and groups in several: one pass answers them together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodFacts, PodSpecFacts } from '../cluster/facts.ts';
import { aNode, anAffinityTerm, aPod, aSpread, aTaint, aToleration, podsOf } from '../cluster/fixtures.test-support.ts';
import type { GroupSketch } from '../node-groups/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import type { Situation } from './plan.test-support.ts';
import { because, planFor, resizes } from './plan.test-support.ts';

const ZONE = 'topology.kubernetes.io/zone';
const byZone = { topologyKey: ZONE };

function inZone(zone: string, rest: GroupSketch = {}): NodeGroupState {
  return aGroup({ name: zone, ...rest, node: { cpu: 10_000, ...rest.node, labels: { [ZONE]: zone } } });
}

const THREE = ['a', 'b', 'c'].map((zone) => inZone(zone));

function spread(count: number, rest: Partial<PodSpecFacts['topologySpread'][number]> = {}): PodFacts[] {
  return podsOf('web', count, {
    cpu: 1000,
    spec: { topologySpread: [aSpread({ app: 'web' }, { ...byZone, ...rest })] },
  });
}

/** How many of the pods each group takes. */
function taken(situation: Situation): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const { outcome } of planFor(situation).pods) {
    if (outcome.kind !== 'helped' && outcome.kind !== 'partly-helped') continue;
    for (const { group, pods } of outcome.byGroup) sum[group] = (sum[group] ?? 0) + pods;
  }
  return sum;
}

describe('pods that are spread over zones', () => {
  it('are divided evenly however many there are, beside a zone that nothing is added to', () => {
    const nodes = ['a', 'd'].map((zone) => aNode({ name: zone, cpu: 1000, labels: { [ZONE]: zone } }));
    const web = podsOf('web', 500, {
      cpu: 1000,
      spec: { topologySpread: [aSpread({ app: 'web' }, { ...byZone, maxSkew: 100 })] },
    });
    const running = ['a', 'd'].map((zone) =>
      aPod({ name: `there-${zone}`, nodeName: zone, cpu: 1000, labels: { app: 'web' } }),
    );
    // The zone d holds one and gets no more: the others may hold 101, which a has begun with.
    assert.deepEqual(taken({ pods: [...running, ...web], groups: THREE, nodes }), { a: 100, b: 101, c: 101 });
  });

  it('are divided evenly among groups of one zone each, all in one pass', () => {
    assert.deepEqual(taken({ pods: spread(1000), groups: THREE }), { a: 334, b: 333, c: 333 });
  });

  it('fill up the zones that have fewer first', () => {
    const nodes = ['a', 'b', 'c'].map((zone) => aNode({ name: zone, cpu: 4000, labels: { [ZONE]: zone } }));
    const running = ['1', '2', '3', '4'].map((name) =>
      aPod({ name, cpu: 1000, labels: { app: 'web' }, nodeName: 'a' }),
    );
    const blockers = ['b', 'c'].map((name) => aPod({ name, cpu: 4000, nodeName: name }));
    const pods = [...running, ...blockers, ...spread(5)];
    assert.deepEqual(taken({ nodes, pods, groups: THREE }), { b: 3, c: 2 });
  });

  it('are held down by a zone that takes only a few: no more than the skew above it', () => {
    const groups = [inZone('a'), inZone('b'), inZone('c', { maxSize: 1 })];
    const plan = planFor({ pods: spread(60), groups });
    assert.deepEqual(taken({ pods: spread(60), groups }), { a: 11, b: 11, c: 10 });
    assert.match(because(plan, 'default/web-0', 'c'), /maximum of 1 node/);
    assert.match(because(plan, 'default/web-0', 'a'), /zone/);
  });

  it('do not wait for a zone in which nothing can be had and nothing is', () => {
    assert.deepEqual(taken({ pods: spread(20), groups: [inZone('a'), inZone('b', { maxSize: 0 })] }), { a: 20 });
  });

  it('use several groups of a zone for its share', () => {
    const groups = [inZone('a', { name: 'a1', maxSize: 1 }), inZone('a', { name: 'a2' }), inZone('b')];
    const { a1 = 0, a2 = 0, b = 0 } = taken({ pods: spread(40), groups });
    assert.deepEqual([a1 + a2, b], [20, 20]);
  });

  it('count together with their siblings of another size', () => {
    const larger = podsOf('web-2', 7, {
      cpu: 2000,
      labels: { app: 'web' },
      spec: { topologySpread: [aSpread({ app: 'web' }, byZone)] },
    });
    assert.deepEqual(taken({ pods: [...spread(8), ...larger], groups: THREE }), { a: 5, b: 5, c: 5 });
  });
});

describe('pods that want to be together in a zone', () => {
  const together = podsOf('web', 30, {
    cpu: 1000,
    spec: { requiredPodAffinity: [anAffinityTerm({ app: 'web' }, byZone)] },
  });

  it('all go to one zone', () => {
    assert.deepEqual(taken({ pods: together, groups: THREE }), { a: 30 });
  });

  it('go where there is room for all of them', () => {
    assert.deepEqual(taken({ pods: together, groups: [inZone('a', { maxSize: 1 }), inZone('b')] }), { b: 30 });
  });

  it('use every group of that zone', () => {
    const groups = [
      inZone('a', { name: 'a1', maxSize: 1 }),
      inZone('b', { maxSize: 1 }),
      inZone('a', { name: 'a2', maxSize: 2 }),
    ];
    assert.deepEqual(taken({ pods: together, groups }), { a1: 10, a2: 20 });
  });

  it('go where their like is already', () => {
    const nodes = [aNode({ name: 'n', cpu: 1000, labels: { [ZONE]: 'b' } })];
    const runs = aPod({ name: 'runs', cpu: 1000, labels: { app: 'web' }, nodeName: 'n' });
    assert.deepEqual(taken({ nodes, pods: [runs, ...together], groups: THREE }), { b: 30 });
  });
});

describe('pods that keep each other out of their zone', () => {
  it('get one zone each, and the rest is told why', () => {
    const apart = { requiredPodAntiAffinity: [anAffinityTerm({ app: 'db' }, byZone)] };
    const pods = podsOf('db', 5, { cpu: 1000, spec: apart });
    assert.deepEqual(taken({ pods, groups: THREE }), { a: 1, b: 1, c: 1 });
    assert.match(because(planFor({ pods, groups: THREE }), 'default/db-0', 'a'), /zone/);
  });

  it('keep others out as well, whichever group took them', () => {
    const apart = { requiredPodAntiAffinity: [anAffinityTerm({ app: 'web' }, byZone)] };
    const pods = [...podsOf('db', 1, { cpu: 9000, spec: apart }), ...podsOf('web', 4, { cpu: 1000 })];
    const groups = [inZone('a', { name: 'a1', maxSize: 1 }), inZone('a', { name: 'a2' }), inZone('b')];
    const plan = planFor({ pods, groups });
    const zoneOf = (example: string): readonly string[] => {
      const outcome = plan.pods.find((one) => one.example === example)?.outcome;
      return outcome?.kind === 'helped' ? outcome.byGroup.map(({ group }) => group.slice(0, 1)) : [];
    };
    const [db] = zoneOf('default/db-0');
    assert.ok(db !== undefined && !zoneOf('default/web-0').includes(db), `${db} is apart`);
    assert.ok(zoneOf('default/web-0').length > 0);
  });
});

describe('pods that are spread over hostnames', () => {
  it('are held down by a node that another workload needs and that takes none of them', () => {
    const pods = [
      ...podsOf('web', 6, { cpu: 1000, spec: { topologySpread: [aSpread({ app: 'web' })] } }),
      ...podsOf('gpu', 1, {
        requests: { cpu: 1000, 'nvidia.com/gpu': 1 },
        spec: { tolerations: [aToleration('gpu')] },
      }),
    ];
    const taints = [aTaint('gpu')];
    const gpu = aGroup({ name: 'gpu', node: { cpu: 1000, resources: { 'nvidia.com/gpu': 1 }, taints } });
    const plan = planFor({ pods, groups: [aGroup({ name: 'cpu', node: { cpu: 4000 } }), gpu] });
    // Beside the GPU node, which holds none of them, each node may hold one.
    assert.deepEqual(resizes(plan).toSorted(), ['cpu+6', 'gpu+1']);
  });
});

describe('groups that are chosen one after the other', () => {
  it('give back nodes that the later ones make unnecessary', () => {
    const pods = [
      ...podsOf('apart', 10, { cpu: 100, spec: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] } }),
      ...podsOf('gpu', 4, { requests: { cpu: 100, 'nvidia.com/gpu': 1 } }),
    ];
    const gpu = aGroup({ name: 'gpu', node: { cpu: 1000, resources: { 'nvidia.com/gpu': 1 } } });
    const plan = planFor({ pods, groups: [aGroup({ name: 'cpu', node: { cpu: 400 } }), gpu] });
    assert.equal(
      plan.resizes.reduce((sum, { delta }) => sum + delta, 0),
      10,
    );
  });

  it('share pods that keep apart, so that there are no more nodes than these', () => {
    // Each zone has to take a third of the web pods, and any of them could take all that keep apart.
    const pods = [
      ...podsOf('apart', 20, { cpu: 500, spec: { requiredPodAntiAffinity: [anAffinityTerm({ app: 'apart' })] } }),
      ...spread(60),
    ];
    const plan = planFor({ pods, groups: THREE });
    assert.equal(
      plan.resizes.reduce((sum, { delta }) => sum + delta, 0),
      20,
    );
    assert.deepEqual(taken({ pods, groups: THREE }), taken({ pods: pods.toReversed(), groups: THREE.toReversed() }));
  });
});
