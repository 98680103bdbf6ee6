import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cluster } from '../cluster/cluster.ts';
import type { PodAffinityTerm, PodFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod, aSpec, podsOf } from '../cluster/fixtures.test-support.ts';
import { groupPods } from './equivalence.ts';

const sizes = (groups: readonly { readonly key: string; readonly pods: readonly unknown[] }[]): readonly string[] =>
  groups.map(({ key, pods }) => `${key} ×${pods.length}`);

function apartBy(key: string): PodAffinityTerm {
  return {
    labelSelector: { requirements: [{ key, operator: 'Exists', values: [] }] },
    topologyKey: 'kubernetes.io/hostname',
    namespaces: [],
    namespaceSelector: undefined,
    matchLabelKeys: [],
    mismatchLabelKeys: [],
  };
}

function beside(key: string): Cluster {
  return aCluster({
    nodes: [aNode({ name: 'n' })],
    pods: [aPod({ nodeName: 'n', spec: { requiredPodAntiAffinity: [apartBy(key)] } })],
  });
}

function member(index: number): PodFacts {
  const claim = { kind: 'claim', name: 'data', claimName: `data-db-${index}`, readOnly: false } as const;
  return aPod({ name: `db-${index}`, owner: 'db', spec: { volumes: [claim] } });
}

describe('alike pods', () => {
  it('are those of one owner with equal specs, whether or not these are one object', () => {
    const pods = [
      ...podsOf('web', 3, { cpu: 100 }),
      aPod({ name: 'web-9', owner: 'web', labels: { app: 'web' }, cpu: 100 }),
      aPod({ name: 'web-canary', owner: 'web', labels: { app: 'web' }, cpu: 200 }),
      ...podsOf('api', 2, { cpu: 100 }),
    ];
    const groups = groupPods(aCluster({}), pods);
    assert.deepEqual(sizes(groups), ['default/api-0 ×2', 'default/web-0 ×4', 'default/web-canary ×1']);
    assert.equal(groups[0]?.owner, 'ReplicaSet default/api');
  });

  it('include pods without an owner, within their namespace', () => {
    const spec = aSpec({ cpu: 200 });
    const pods = ['b', 'a', 'c'].map((name) => aPod({ name, spec }));
    const groups = groupPods(aCluster({}), [...pods, aPod({ name: 'a', namespace: 'other', spec })]);
    assert.deepEqual(sizes(groups), ['default/a ×3', 'other/a ×1']);
    assert.equal(groups[0]?.owner, '');
  });

  it('may differ in the claims of their volumes, as those of a StatefulSet do', () => {
    assert.deepEqual(sizes(groupPods(aCluster({}), [member(1), member(0)])), ['default/db-0 ×2']);
  });

  it('may differ in labels, unless some running pod keeps its distance by them', () => {
    const numbered = podsOf('db', 3).map((pod, index) => ({ ...pod, labels: { app: 'db', index: `${index}` } }));
    assert.equal(groupPods(aCluster({}), numbered).length, 1);
    assert.equal(groupPods(beside('app'), numbered).length, 1);
    assert.equal(groupPods(beside('index'), numbered).length, 3);
  });

  it('are kept apart by the aspect that is asked for', () => {
    const pods = podsOf('web', 3);
    assert.deepEqual(sizes(groupPods(aCluster({}), pods, ({ name }) => (name === 'web-1' ? 'young' : ''))), [
      'default/web-0 ×2',
      'default/web-1 ×1',
    ]);
  });
});
