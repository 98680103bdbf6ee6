/** What is worked out once, and for how long it holds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cluster } from '../cluster/cluster.ts';
import type { PodFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aSpec, aTaint, podsOf } from '../cluster/fixtures.test-support.ts';
import { DEFAULT_PROFILE } from '../cluster/scheduler-profile.ts';
import { csiNodeAt } from './node-volume-limits.ts';
import { perKind } from './per-kind.ts';
import { asks, perProfile } from './per-profile.ts';
import { perSpec } from './per-spec.ts';
import { staticRejection, staticRejectionAt } from './static-verdicts.ts';

const sameForClass = (...keys: readonly string[]): boolean => {
  const model = new Cluster({
    ...DEFAULT_PROFILE,
    addedAffinity: keys.map((key) => ({ matchExpressions: [inValues(key)], matchFields: [] })),
  });
  for (const name of ['a', 'b']) model.apply({ kind: 'node', node: aNode({ name }) });
  const spec = aSpec();
  const [first, second] = model.nodeSlots().map((slot) => staticRejectionAt(model, spec, slot));
  assert.ok(first !== undefined);
  return first === second;
};

describe('what follows from a spec', () => {
  it('is worked out once for each, also when nothing follows', () => {
    const worked: string[] = [];
    const nameOf = perSpec(({ schedulerName }) => {
      worked.push(schedulerName);
      return schedulerName === 'none' ? undefined : schedulerName;
    });
    const [a, none] = [aSpec({}, { schedulerName: 'a' }), aSpec({}, { schedulerName: 'none' })];
    assert.deepEqual([a, none, a, none].map(nameOf), ['a', undefined, 'a', undefined]);
    assert.deepEqual(worked, ['a', 'none']);
  });
});

describe('what follows from the profile', () => {
  it('is worked out once for each cluster’s, and once for all clusters with the default one', () => {
    let worked = 0;
    const nameOf = perProfile(({ schedulerName }) => `${schedulerName} ${(worked += 1)}`);
    const own = new Cluster({ ...DEFAULT_PROFILE, schedulerName: 'own' });
    const other = new Cluster({ ...DEFAULT_PROFILE, schedulerName: 'other' });
    const names = [new Cluster(), own, other, own, new Cluster()].map(nameOf);
    const first = `${DEFAULT_PROFILE.schedulerName} 1`;
    assert.deepEqual(names, [first, 'own 2', 'other 3', 'own 2', first]);
  });

  it('says which plugins are asked', () => {
    const without = new Cluster({ ...DEFAULT_PROFILE, skippedForNodes: ['NodePorts'] });
    assert.deepEqual([new Cluster(), without].map(asks('NodePorts')), [true, false]);
    assert.equal(asks('NodeAffinity')(without), true);
  });
});

describe('what follows from a pod’s kind and spec', () => {
  it('is worked out once for alike pods, and anew for another spec or when counters are no longer kept', () => {
    const cluster = aCluster({});
    const worked: string[] = [];
    const nameOf = perKind((_cluster, pod: PodFacts) => {
      worked.push(pod.name);
      return pod.name;
    });
    const [first, second] = podsOf('web', 2);
    assert.ok(first !== undefined && second !== undefined);
    const otherSpec: PodFacts = { ...first, name: 'other-spec', spec: aSpec({ cpu: 1 }) };
    const otherKind: PodFacts = { ...first, name: 'other-kind', namespace: 'other' };
    const ask = (): string[] => [first, second, otherSpec, otherKind, first].map((pod) => nameOf(cluster, pod));
    const expected = ['web-0', 'web-0', 'other-spec', 'other-kind', 'web-0'];
    assert.deepEqual(ask(), expected);
    assert.deepEqual(ask(), expected);
    assert.deepEqual(worked, ['web-0', 'other-spec', 'other-kind']);
    cluster.apply({ kind: 'namespace', namespace: { name: 'default', uid: 'u', labels: { team: 'a' } } });
    assert.deepEqual(ask(), expected);
    assert.equal(worked.length, 6, 'labels of namespaces have changed');
  });
});

describe('what a node says by itself', () => {
  const taints = [aTaint('gpu')];
  const cluster = aCluster({
    nodes: [
      aNode({ name: 'a', taints }),
      aNode({ name: 'b', taints }),
      aNode({ name: 'c', taints, labels: { pool: 'c' } }),
    ],
  });
  const [a = -1, b = -1, c = -1] = cluster.nodeSlots();

  it('is asked once for a class of nodes, as long as the spec does not ask for what is each node’s own', () => {
    const shared = [
      aSpec(),
      aSpec({}, { nodeSelector: { pool: 'x' } }),
      aSpec({}, { requiredNodeAffinity: [{ matchExpressions: [inValues('pool')], matchFields: [] }] }),
    ];
    for (const spec of shared) {
      const said = staticRejectionAt(cluster, spec, a);
      assert.ok(said !== undefined);
      assert.notEqual(staticRejectionAt(cluster, spec, c), said, 'another class');
      assert.equal(staticRejectionAt(cluster, spec, b), said);
      assert.equal(staticRejectionAt(cluster, spec, a), said);
    }
  });

  it('is asked once for each node otherwise', () => {
    const own = [
      aSpec({}, { nodeSelector: { pool: 'x', 'kubernetes.io/hostname': 'a' } }),
      aSpec(
        {},
        {
          requiredNodeAffinity: [
            { matchExpressions: [inValues('pool')], matchFields: [] },
            { matchExpressions: [inValues('pool'), inValues('vke.vultr.com/node-id')], matchFields: [] },
          ],
        },
      ),
      aSpec({}, { requiredNodeAffinity: [{ matchExpressions: [], matchFields: [inValues('metadata.name')] }] }),
    ];
    for (const spec of own) {
      const said = staticRejectionAt(cluster, spec, a);
      assert.ok(said !== undefined);
      assert.notEqual(staticRejectionAt(cluster, spec, b), said);
      assert.equal(staticRejectionAt(cluster, spec, a), said);
    }
  });

  it('depends on the node alone where the scheduler adds what is each node’s own, and else on its class', () => {
    assert.equal(sameForClass('pool'), true);
    assert.equal(sameForClass('kubernetes.io/hostname'), false);
    assert.equal(sameForClass('pool', 'kubernetes.io/hostname'), false);
  });

  it('is told of a node that is in no cluster, by the default profile', () => {
    const spec = aSpec();
    const node = aNode({ taints });
    assert.equal(staticRejection(spec, node)?.plugin, 'TaintToleration');
    assert.equal(staticRejection(spec, node), staticRejection(spec, node));
    assert.equal(staticRejection(spec, aNode()), undefined);
  });
});

describe('the CSI drivers that a new node will have', () => {
  it('are the same for all nodes of which the provider says the same', () => {
    const volumeLimits = { 'block.csi.vultr.com': 11 };
    const cluster = aCluster({ nodes: ['a', 'b'].map((name) => aNode({ name, volumeLimits })) });
    const [a, b] = cluster.nodeSlots().map((slot) => csiNodeAt(cluster, slot));
    assert.deepEqual([...(a?.drivers ?? [])], [['block.csi.vultr.com', 11]]);
    assert.equal(a, b);
    assert.equal(csiNodeAt(aCluster({ nodes: [aNode()] }), 0), undefined);
  });
});

function inValues(key: string): { key: string; operator: string; values: string[] } {
  return { key, operator: 'In', values: ['x'] };
}
