import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aNode, aPod, GiB, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { because, planFor, resizes } from './plan.test-support.ts';

describe('limits', () => {
  it('SU-13: --max-nodes-total counts every node, of a group or not, and those on their way', () => {
    const nodes = [aNode({ name: 'a', cpu: 100 }), aNode({ name: 'b', cpu: 100 })];
    const pods = podsOf('web', 3, { cpu: 4000 });
    const plan = planFor({ nodes, pods, groups: [aGroup()], limits: { maxNodes: 3 } });
    assert.deepEqual([resizes(plan), plan.unhelped], [['pool+1'], 2]);
    assert.equal(because(plan, 'default/web-0', 'pool'), "the cluster's limit of 3 nodes would be passed (4)");
    const upcoming = planFor({ nodes, pods, groups: [aGroup({ targetSize: 1 })], limits: { maxNodes: 3 } });
    assert.deepEqual([resizes(upcoming), upcoming.unhelped], [[], 2]);
  });

  it('SU-07, SU-08: cores and memory cap the nodes', () => {
    const nodes = [aNode({ name: 'a', cpu: 2000, memory: 4 * GiB })];
    const pods = podsOf('web', 3, { cpu: 2000 });
    const group = aGroup({ node: { cpu: 2000, memory: 4 * GiB } });
    const filler = aPod({ name: 'filler', cpu: 2000, nodeName: 'a' });
    const ask = (limits: object): readonly string[] =>
      resizes(planFor({ nodes, pods: [filler, ...pods], groups: [group], limits }));
    assert.deepEqual(ask({ maxMilliCpu: 5000 }), ['pool+1']);
    assert.deepEqual(ask({ maxMemoryBytes: 13 * GiB }), ['pool+2']);
    assert.deepEqual(ask({ maxMilliCpu: 3000 }), []);
  });

  it('hold over all groups of one pass together', () => {
    const pods = [
      ...podsOf('a', 3, { cpu: 4000, spec: { nodeSelector: { pool: 'a' } } }),
      ...podsOf('b', 3, { cpu: 4000, spec: { nodeSelector: { pool: 'b' } } }),
    ];
    const groups = ['a', 'b'].map((pool) => aGroup({ name: pool, node: { labels: { pool } } }));
    assert.deepEqual(resizes(planFor({ pods, groups, limits: { maxNodes: 4 } })), ['a+3', 'b+1']);
    const plan = planFor({ pods, groups, options: { maxNodesPerScaleUp: 2 } });
    assert.deepEqual(resizes(plan), ['a+2']);
    assert.equal(because(plan, 'default/b-0', 'b'), 'at most 2 nodes are asked for in one pass');
  });
});
