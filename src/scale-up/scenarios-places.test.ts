/** Finding places on nodes that are there for pods that wait (scenario cases HS; docs/scenarios.md has the others). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { NodeFacts, PodFacts, VolumeFacts } from '../cluster/facts.ts';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { aCluster, aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { groupPods } from './equivalence.ts';
import { placeOnNodes } from './filter-schedulable.ts';

/** Pods on their own, older ones first. */
function queue(...sketches: readonly (readonly [name: string, cpu: number, priority?: number])[]): PodFacts[] {
  return sketches.map(([name, cpu, priority = 0], index) =>
    aPod({ name, cpu, createdAtMs: index, spec: { priority } }),
  );
}

function world(nodes: readonly NodeFacts[], running: readonly PodFacts[] = []): Cluster {
  return aCluster({ nodes, pods: running });
}

/** `pod→node` for those that find a place, in the order of names; `acceptable`: the nodes that are looked at. */
function places(cluster: Cluster, pods: readonly PodFacts[], acceptable?: readonly string[]): readonly string[] {
  const slots = cluster.nodeSlots().filter((slot) => acceptable?.includes(cluster.node(slot).name) ?? true);
  return cluster.trial(() =>
    placeOnNodes(cluster, groupPods(cluster, pods), { existing: slots, upcoming: [], apartFirst: true })
      .flatMap(({ placed }) => [...placed])
      .flatMap(([slot, here]) => here.map(({ name }) => `${name}→${cluster.node(slot).name}`))
      .toSorted(),
  );
}

const two = ['n1', 'n2'].map((name) => aNode({ name, cpu: 1000 }));
const used = aPod({ name: 'p1', cpu: 300, nodeName: 'n1' });

describe('places on nodes that are there', () => {
  it('HS-01 HS-02 are found where there is room', () => {
    assert.deepEqual(places(world(two, [used]), queue(['p2', 800], ['p3', 500])), ['p2→n2', 'p3→n1']);
  });

  it('HS-03 are found for those that fit; the rest goes without', () => {
    assert.deepEqual(places(world(two, [used]), queue(['p2', 800], ['p3', 500], ['p4', 700])), ['p2→n2', 'p3→n1']);
  });

  it('HS-04 are not looked for when nobody asks', () => {
    assert.deepEqual(places(world(two), []), []);
  });

  it('HS-05 HS-06 are looked for on the acceptable nodes only', () => {
    const pods = queue(['p2', 500], ['p3', 500]);
    assert.deepEqual(places(world(two), pods, ['n2']), ['p2→n2', 'p3→n2']);
    assert.deepEqual(places(world(two, [used]), pods, ['n1']), ['p2→n1']);
  });

  it('HS-07 go to one of two that are alike when there is room for one, also beside a larger one that has priority', () => {
    const pods = queue(['p1', 1100, 100], ['p2', 800, 10], ['p3', 800, 10]);
    assert.deepEqual(places(world([aNode({ name: 'n1', cpu: 1000 })]), pods), ['p2→n1']);
  });

  it('HS-08 go to higher priorities first', () => {
    const nodes = [...two, aNode({ name: 'n3', cpu: 1500 })];
    const pods = queue(['p1', 800, 0], ['p2', 800, 100], ['p3', 1100, 1000]);
    assert.deepEqual(places(world(nodes), pods), ['p1→n2', 'p2→n1', 'p3→n3']);
  });

  it('HS-09 go to as many as fit, in the order of the queue', () => {
    const pods = queue(['p1', 500], ['p2', 500], ['p3', 500], ['p4', 500], ['p5', 500], ['p6', 500]);
    const nodes = [aNode({ name: 'n1', cpu: 2100 })];
    assert.deepEqual(places(world(nodes), pods), ['p1→n1', 'p2→n1', 'p3→n1', 'p4→n1']);
  });

  it('HS-16 are found for a lower priority that fits beside a higher one that does not', () => {
    const pods = queue(['high', 1100, 100], ['low', 500, 0]);
    assert.deepEqual(places(world([aNode({ name: 'n1', cpu: 1000 })]), pods), ['low→n1']);
  });
});

function numberOfGroups(...sketches: readonly PodSketch[]): number {
  const pods = sketches.map((sketch, index) => aPod({ name: `p${index}`, cpu: 100, ...sketch }));
  return groupPods(aCluster({}), pods).length;
}

function withVolume(volume: VolumeFacts): PodSketch {
  return { owner: 'rc', spec: { volumes: [volume] } };
}

describe('pods that are alike are asked about once', () => {
  it('HS-12 of one controller each distinct spec, however many there are', () => {
    const specs = Array.from({ length: 11 }, (_, index) => ({ owner: 'rc', cpu: 100 + index }));
    assert.equal(numberOfGroups(...specs, ...specs), 11);
  });

  it('HS-13 replicas of one controller together, those of another apart', () => {
    assert.equal(numberOfGroups({ owner: 'rc1' }, { owner: 'rc1' }, { owner: 'rc2' }), 2);
  });

  it('HS-14 by what they request and by the volumes that scheduling looks at', () => {
    assert.equal(numberOfGroups({ owner: 'rc' }, { owner: 'rc', cpu: 200 }), 2);
    const disk: VolumeFacts = { kind: 'inline', name: 'v', source: 'flexVolume' };
    assert.equal(numberOfGroups({ owner: 'rc' }, withVolume(disk)), 2);
    // Projected volumes are dropped at the door: pods that differ in them alone are the same here.
    assert.equal(numberOfGroups({ owner: 'rc' }, { owner: 'rc', spec: { volumes: [] } }), 1);
  });

  it('HS-15 pods without a controller too, when they are alike', () => {
    assert.equal(numberOfGroups({}, {}, { cpu: 200 }), 2);
  });
});
