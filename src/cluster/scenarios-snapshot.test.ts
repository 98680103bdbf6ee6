/** The model and its trials (scenario cases SN; docs/scenarios.md has those that cannot be). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstFit } from '../scheduling/first-fit.ts';
import { checkFit } from '../scheduling/runner.ts';
import type { Cluster, Slot } from './cluster.ts';
import { aCluster, aNode, aPod } from './fixtures.test-support.ts';
import { aClaim, withStorage } from './storage-fixtures.test-support.ts';

const small = aNode({ name: 'small', cpu: 1000 });
const large = aNode({ name: 'large', cpu: 4000 });

function slotOf(cluster: Cluster, name: string): Slot {
  const slot = cluster.slotOf(name);
  assert.ok(slot !== undefined, `${name} is there`);
  return slot;
}

function podsOn(cluster: Cluster, name: string): readonly string[] {
  return [...cluster.podsOn(slotOf(cluster, name)).values()].map((pod) => pod.name).toSorted();
}

function names(cluster: Cluster): readonly string[] {
  return cluster.nodeSlots().map((slot) => cluster.node(slot).name);
}

describe('nodes of the model', () => {
  it('SN-01 are listed with their pods', () => {
    const cluster = aCluster({ nodes: [small], pods: [aPod({ name: 'p', nodeName: 'small' })] });
    assert.deepEqual([names(cluster), podsOn(cluster, 'small')], [['small'], ['p']]);
  });

  it('SN-02 are not added twice by a trial; the same event twice changes nothing', () => {
    const cluster = aCluster({ nodes: [small, small] });
    assert.deepEqual(names(cluster), ['small']);
    assert.throws(() => cluster.trial(() => cluster.addNode(small)), /a node named small exists/);
    cluster.trial(() => {
      cluster.addNode(large);
      assert.throws(() => cluster.addNode(large), /a node named large exists/);
    });
  });

  it('SN-03 SN-04 that went and came back have their new content', () => {
    const cluster = aCluster({ nodes: [small] });
    cluster.apply({ kind: 'node-gone', name: 'small', uid: small.uid });
    assert.deepEqual(names(cluster), []);
    cluster.apply({ kind: 'node', node: { ...small, uid: 'second', labels: { content: 'new' } } });
    assert.equal(cluster.node(slotOf(cluster, 'small')).labels['content'], 'new');
  });

  it('SN-05 take their pods along when they go', () => {
    const cluster = aCluster({ nodes: [small, large], pods: [aPod({ name: 'p', cpu: 500, nodeName: 'small' })] });
    cluster.apply({ kind: 'node-gone', name: 'small', uid: small.uid });
    assert.equal(cluster.slotOf('small'), undefined);
    assert.deepEqual(podsOn(cluster, 'large'), []);
  });

  it('SN-06 that are not known are an error to place pods on', () => {
    const cluster = aCluster({ nodes: [small] });
    assert.equal(cluster.slotOf('other'), undefined);
    for (const depth of [1, 2]) {
      const marks = Array.from({ length: depth }, () => cluster.fork());
      assert.throws(() => cluster.place(aPod(), 7), /slot 7 holds a node/);
      for (const mark of marks.toReversed()) cluster.rollback(mark);
    }
  });

  it('SN-17 that pods name and nobody knows hold nothing', () => {
    const cluster = aCluster({ nodes: [small], pods: [aPod({ name: 'lost', cpu: 500, nodeName: 'unknown' })] });
    assert.deepEqual([podsOn(cluster, 'small'), cluster.podCount()], [[], 1]);
  });
});

describe('pods in a trial', () => {
  it('SN-07 are listed where they were placed', () => {
    const cluster = aCluster({ nodes: [small] });
    cluster.trial(() => {
      cluster.place(aPod({ name: 'p' }), slotOf(cluster, 'small'));
      assert.deepEqual(podsOn(cluster, 'small'), ['p']);
    });
    assert.deepEqual(podsOn(cluster, 'small'), []);
  });

  it('SN-08 SN-09 go to the node that they fit, or to the acceptable one of those', () => {
    const cluster = aCluster({ nodes: [small, large] });
    assert.equal(firstFit(cluster, aPod({ cpu: 2000 })), slotOf(cluster, 'large'));
    const only = slotOf(cluster, 'small');
    assert.equal(firstFit(cluster, aPod({ cpu: 500 }), { among: 'all', admits: (slot) => slot === only }), only);
  });

  it('SN-10 SN-11 SN-12 find no place where they are too large or no node is acceptable, and nothing changes', () => {
    const cluster = aCluster({ nodes: [small] });
    const slot = slotOf(cluster, 'small');
    assert.equal(checkFit(cluster, aPod({ cpu: 2000 }), slot).fits, false);
    assert.equal(firstFit(cluster, aPod({ cpu: 2000 })), undefined);
    assert.equal(firstFit(cluster, aPod({ cpu: 500 }), { among: 'all', admits: () => false }), undefined);
    assert.deepEqual([podsOn(cluster, 'small'), cluster.free(slot, 0)], [[], 1000]);
  });

  it('SN-13 are taken off again; one that is not there is an error that names it', () => {
    const pod = aPod({ name: 'p', nodeName: 'small' });
    const cluster = aCluster({ nodes: [small], pods: [pod] });
    const slot = slotOf(cluster, 'small');
    cluster.trial(() => {
      cluster.remove(pod, slot);
      assert.deepEqual(podsOn(cluster, 'small'), []);
      assert.throws(() => cluster.remove(aPod({ name: 'stranger' }), slot), /default\/stranger/);
    });
    assert.deepEqual(podsOn(cluster, 'small'), ['p']);
  });

  it('SN-20 SN-21 use their claims until the last of them goes, and again when that is taken back', () => {
    const volumes = [{ kind: 'claim', name: 'data', claimName: 'claim-1', readOnly: false } as const];
    const users = ['a', 'b'].map((name) => aPod({ name, nodeName: 'small', spec: { volumes } }));
    const cluster = withStorage(aCluster({ nodes: [small], pods: users }), { claims: [aClaim('claim-1')] });
    const isUsed = (): boolean => cluster.storage.isClaimUsed('default', 'claim-1');
    const slot = slotOf(cluster, 'small');
    cluster.trial(() => {
      for (const [index, user] of users.entries()) {
        assert.equal(isUsed(), true, `by ${2 - index}`);
        cluster.remove(user, slot);
      }
      assert.equal(isUsed(), false);
    });
    assert.equal(isUsed(), true);
    for (const { namespace, name, uid } of users) cluster.apply({ kind: 'pod-gone', namespace, name, uid });
    assert.equal(isUsed(), false);
  });
});

describe('trials', () => {
  it('SN-14 nest, and each takes back its own', () => {
    const cluster = aCluster({});
    const marks = ['a', 'b', 'c'].map((name) => {
      const mark = cluster.fork();
      cluster.addNode(aNode({ name }));
      return mark;
    });
    assert.deepEqual(names(cluster), ['a', 'b', 'c']);
    for (const mark of marks.slice(1).toReversed()) cluster.rollback(mark);
    assert.deepEqual(names(cluster), ['a']);
    const [first] = marks;
    if (first !== undefined) cluster.rollback(first);
    assert.deepEqual(names(cluster), []);
  });

  it('SN-15 are taken back once: doing it again is an error, not silence', () => {
    const cluster = aCluster({ nodes: [small] });
    const mark = cluster.fork();
    cluster.rollback(mark);
    assert.throws(() => cluster.rollback(mark), /rolled back once/);
    assert.deepEqual(names(cluster), ['small']);
  });

  it('SN-16 keep the world out while they are open', () => {
    const cluster = aCluster({ nodes: [small] });
    cluster.trial(() => {
      assert.throws(() => cluster.apply({ kind: 'node', node: large }), /outside trials/);
    });
    cluster.apply({ kind: 'node', node: large });
    assert.deepEqual(names(cluster), ['large', 'small']);
  });

  it('SN-22 are taken back whether what was tried succeeds or throws', () => {
    const cluster = aCluster({ nodes: [small] });
    assert.equal(
      cluster.trial(() => cluster.addNode(large) >= 0),
      true,
    );
    assert.throws(() =>
      cluster.trial(() => {
        cluster.addNode(large);
        throw new Error('failed');
      }),
    );
    assert.deepEqual(names(cluster), ['small']);
  });
});
