/** How many nodes pods need (scenario cases ES): first the packing, then what bounds it. See also packing.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeFacts } from '../cluster/facts.ts';
import { aNode, anAffinityTerm, aPod, aSpread, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { because, outcomes, planFor, resizes } from './plan.test-support.ts';

const ZONE = 'topology.kubernetes.io/zone';

/** A node that holds none of the pods and has no room for any. */
function full(zone: string): NodeFacts {
  return aNode({ name: `full-${zone}`, cpu: 0, labels: { [ZONE]: zone } });
}

function emptyGroup(name: string, room: number): NodeGroupState {
  return aGroup({ name, targetSize: 0, maxSize: room });
}

/** Eight pods with the constraint, a group in zone-mars, and a full node in zone-jupiter. */
function spreadPods(topologyKey: string): ReturnType<typeof planFor> {
  return planFor({
    nodes: [full('jupiter')],
    pods: podsOf('web', 8, {
      cpu: 20,
      spec: { topologySpread: [aSpread({ app: 'web' }, { topologyKey, maxSkew: 2 })] },
    }),
    groups: [aGroup({ name: 'mars', node: { labels: { [ZONE]: 'mars' } } })],
  });
}

describe('the nodes that spread pods need', () => {
  it('ES-06 two on each hostname, as a node that can take none holds the others down', () => {
    assert.deepEqual(resizes(spreadPods('kubernetes.io/hostname')), ['mars+4']);
  });

  it('ES-07 two in a zone beside one that can take none; the rest is told so', () => {
    const plan = spreadPods(ZONE);
    assert.deepEqual(resizes(plan), ['mars+1']);
    assert.deepEqual(plan.pods[0]?.outcome, {
      kind: 'partly-helped',
      byGroup: [{ group: 'mars', pods: 2 }],
      waiting: 6,
    });
    assert.match(because(plan, 'default/web-0', 'mars'), /topology\.kubernetes\.io\/zone/);
  });

  it('ES-08 as many nodes as minDomains asks for', () => {
    const spec = { topologySpread: [aSpread({ app: 'web' }, { minDomains: 3 })] };
    const plan = planFor({ pods: podsOf('web', 12, { cpu: 20, spec }), groups: [aGroup({ name: 'pool' })] });
    assert.deepEqual(resizes(plan), ['pool+3']);
  });
});

describe('what bounds the nodes of one pass', () => {
  const pods = podsOf('web', 100, { cpu: 4000 });
  const there = Array.from({ length: 5 }, (_, index) => aNode({ name: `there-${index}`, cpu: 0 }));
  const pool = aGroup({ name: 'pool' });
  const asked = (maxNodesPerScaleUp: number, maxSize: number): readonly string[] =>
    resizes(planFor({ pods, groups: [{ ...pool, maxSize }], options: { maxNodesPerScaleUp } }));

  it('ES-15 the cluster’s maximum less what is there; without one, nothing', () => {
    assert.deepEqual(resizes(planFor({ pods, nodes: there, groups: [pool], limits: { maxNodes: 10 } })), ['pool+5']);
    assert.deepEqual(resizes(planFor({ pods, nodes: there, groups: [pool] })), ['pool+100']);
    const over = planFor({ pods, nodes: there, groups: [pool], limits: { maxNodes: 4 } });
    assert.deepEqual([resizes(over), outcomes(over)], [[], ['default/web-0 cannot-be-helped']]);
  });

  it('ES-13 ES-14 the least of all bounds, and a pass that may ask for none asks for none', () => {
    assert.deepEqual(asked(3, 10), ['pool+3']);
    assert.deepEqual(asked(10, 5), ['pool+5']);
    assert.deepEqual(asked(0, 5), []);
  });

  it('ES-16 several groups take together what no one of them can; a full one counts for nothing', () => {
    const groups = [
      emptyGroup('a', 5),
      emptyGroup('b', 50),
      emptyGroup('c', 2),
      emptyGroup('d', 10),
      emptyGroup('e', 0),
    ];
    const plan = planFor({ pods, groups });
    assert.equal(
      plan.resizes.reduce((sum, { delta }) => sum + delta, 0),
      67,
    );
    assert.deepEqual(resizes(planFor({ pods, groups: [emptyGroup('e', 0)] })), []);
  });

  it('ES-09 however pods are described, one by one or together, the answer is the same', () => {
    const alone = pods.map((pod) => aPod({ name: pod.name, cpu: 4000, labels: { app: 'web' } }));
    assert.deepEqual(resizes(planFor({ pods: alone, groups: [pool] })), resizes(planFor({ pods, groups: [pool] })));
  });
});

describe('several sets of pods', () => {
  it('ES-11 find room beside each other, whichever is larger, has more pods, requests nothing or is coupled', () => {
    const apart = { requiredPodAntiAffinity: [anAffinityTerm({ app: 'b' })] };
    const pods = [
      ...podsOf('a', 3, { cpu: 1500 }),
      ...podsOf('b', 2, { cpu: 500, spec: apart }),
      ...podsOf('c', 4, { cpu: 250 }),
      ...podsOf('d', 1),
    ];
    const plan = planFor({ pods, groups: [aGroup({ name: 'pool', node: { cpu: 4000 } })] });
    assert.deepEqual(resizes(plan), ['pool+2']);
    assert.ok(plan.pods.every(({ outcome }) => outcome.kind === 'helped'));
  });
});
