import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { aNode, aPod, aSpread, GiB, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { BalancingOptions } from './options.ts';
import { planFor, resizes } from './plan.test-support.ts';
import { areSimilar } from './similar-groups.ts';

const BALANCING: BalancingOptions = {
  labels: [],
  ignoredLabels: [],
  memoryRatio: 0.015,
  heedsOldNames: false,
  freeRatio: 0.05,
  allocatableRatio: 0.05,
};
const ZONE = 'topology.kubernetes.io/zone';

function alike(one: NodeSketch, other: NodeSketch, options: Partial<BalancingOptions> = {}): boolean {
  const [a, b] = [one, other].map((sketch) => ({ node: aNode(sketch), overhead: [] }));
  assert.ok(a !== undefined && b !== undefined);
  const is = areSimilar(a, b, { ...BALANCING, ...options });
  assert.equal(areSimilar(b, a, { ...BALANCING, ...options }), is, 'in whichever order they are asked about');
  return is;
}

describe('groups are alike', () => {
  for (const [what, one, other, expected] of [
    ['in other zones and pools', { labels: { [ZONE]: 'a' } }, { labels: { [ZONE]: 'b' } }, true],
    ['in all but a label', { labels: { role: 'db' } }, { labels: { role: 'web' } }, false],
    ['in all but that one has a label', { labels: { role: 'db' } }, {}, false],
    ['with 1.5 % less memory', { memory: 1000 * GiB }, { memory: 985 * GiB }, true],
    ['with 1.6 % less memory', { memory: 1000 * GiB }, { memory: 984 * GiB }, false],
    ['with a little more CPU', { cpu: 4000 }, { cpu: 4001 }, false],
    ['with a GPU more', { resources: { 'nvidia.com/gpu': 1 } }, { resources: { 'nvidia.com/gpu': 2 } }, false],
    ['with a GPU at all', { resources: { 'nvidia.com/gpu': 1 } }, {}, false],
    ['and offer 5 % less', { allocatable: { cpu: 4000 } }, { allocatable: { cpu: 3800 } }, true],
    ['and offer 6 % less', { allocatable: { cpu: 4000 } }, { allocatable: { cpu: 3760 } }, false],
  ] as const) {
    it(`${what}: ${expected}`, () => {
      assert.equal(alike(one, other), expected);
    });
  }

  it('by what their own pods leave too', () => {
    const node = aNode({ cpu: 1000 });
    const overhead = [aPod({ cpu: 100 })];
    assert.equal(areSimilar({ node, overhead }, { node, overhead: [] }, BALANCING), false);
    assert.equal(areSimilar({ node, overhead }, { node, overhead: [] }, { ...BALANCING, freeRatio: 0.1 }), true);
  });

  it('whatever labels of --balancing-ignore-label say', () => {
    const [one, other] = [{ labels: { rack: '1' } }, { labels: { rack: '2' } }];
    assert.equal(alike(one, other), false);
    assert.equal(alike(one, other, { ignoredLabels: ['rack'] }), true);
  });

  it('also where only one names its instance type by the older label too; not to Cluster Autoscaler', () => {
    const labels = { 'node.kubernetes.io/instance-type': 'vc2-4c-8gb' };
    const both = { labels: { ...labels, 'beta.kubernetes.io/instance-type': 'vc2-4c-8gb' } };
    assert.equal(alike({ labels }, both), true);
    assert.equal(alike({ labels }, both, { heedsOldNames: true }), false);
  });

  it('by the labels of --balancing-label alone, where those are given', () => {
    const family = { labels: ['family'] };
    assert.equal(alike({ cpu: 1000, labels: { family: 'a' } }, { cpu: 9000, labels: { family: 'a' } }, family), true);
    assert.equal(alike({ labels: { family: 'a' } }, { labels: { family: 'b' } }, family), false);
    assert.equal(alike({}, {}, family), false, 'a label that neither has is not the same');
  });
});

describe('balancing', () => {
  const node = { cpu: 1000, memory: 2 * GiB };
  const pods = podsOf('web', 2, { cpu: 1000 });
  const options = { balancing: BALANCING };

  /** Groups by name, at a size, with up to so many nodes. */
  function groups(...texts: string[]): ReturnType<typeof aGroup>[] {
    return texts.map((text) => {
      const [name = '', size = '0', maxSize = '10', zone = name] = text.split('/');
      const nodes = Array.from({ length: Number(size) }, (_, index) =>
        aNode({ name: `${name}-${index}`, ...node, labels: { [ZONE]: zone } }),
      );
      return aGroup({ name, nodes, maxSize: Number(maxSize), node: { ...node, labels: { [ZONE]: zone } } });
    });
  }

  function grown(all: readonly ReturnType<typeof aGroup>[], more: Parameters<typeof planFor>[0] = {}): string {
    const nodes = all.flatMap(({ instances, name }) =>
      instances.map((instance) => aNode({ name: instance.name, ...node, labels: { [ZONE]: name } })),
    );
    const fillers = nodes.map(({ name }) => aPod({ name: `on-${name}`, cpu: 1000, nodeName: name }));
    const plan = planFor({ ...more, nodes, pods: [...fillers, ...(more.pods ?? pods)], groups: all, options });
    return resizes(plan).toSorted().join(' ');
  }

  it('SU-10: two pods bring a node to each of two groups that are alike', () => {
    assert.equal(grown(groups('a/1', 'b/1')), 'a+1 b+1');
  });

  it('SU-23: without the flag, and with groups that are not alike, one group gets them all', () => {
    const all = groups('a/0', 'b/0');
    assert.deepEqual(resizes(planFor({ pods, groups: all })), ['a+2']);
    const [first] = all;
    assert.ok(first !== undefined);
    const other = aGroup({ name: 'c', node: { cpu: 1100, memory: 2 * GiB } });
    assert.deepEqual(resizes(planFor({ pods, groups: [first, other], options })), ['a+2']);
  });

  it('SU-23: a group that suits only some of the pods takes no part', () => {
    const picky = aPod({ name: 'picky', cpu: 1000, spec: { nodeSelector: { [ZONE]: 'a' } } });
    assert.equal(grown(groups('a/0', 'b/0'), { pods: [...pods, picky] }), 'a+3');
  });

  it('SU-24: nodes go to the smallest groups that are not full', () => {
    assert.equal(grown(groups('ng1/1/1', 'ng2/1/2', 'ng3/1', 'ng4/3')), 'ng2+1 ng3+1');
  });

  it('SU-25: limits hold over all that are alike together', () => {
    const four = podsOf('web', 4, { cpu: 1000 });
    assert.equal(grown(groups('a/1', 'b/1', 'c/1'), { pods: four, limits: { maxNodes: 6 } }), 'a+1 b+1 c+1');
  });

  it('one group is packed for the room of all', () => {
    assert.equal(grown(groups('a/0/1', 'b/0/1'), { pods }), 'a+1 b+1');
  });

  it('never carries pods that are spread over zones to another zone than they were placed in', () => {
    const labels = { app: 'web' };
    const spread = { topologySpread: [aSpread(labels, { topologyKey: ZONE })] };
    const coupled = podsOf('web', 4, { cpu: 1000, labels, spec: spread });
    assert.equal(grown(groups('a/0', 'b/0'), { pods: coupled }), 'a+2 b+2');
    assert.equal(grown(groups('a/0/10/z', 'b/0/10/z'), { pods: coupled }), 'a+2 b+2');
  });
});
