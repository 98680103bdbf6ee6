import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Cluster } from '../cluster/cluster.ts';
import { aCluster, aNode, aPod, aTaint, GiB } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import { defaultOptions } from '../options/options.ts';
import { type DecideOptions, type Decision, type Memory, type World, decide } from './decide.ts';
import { FIRST_MEMORY } from './memory.ts';

const MINUTE = 60_000;
/** Long after the fixtures' nodes and pods were created. */
const NOON = 720 * MINUTE;

const { limits, loop, nodeGroups, scaleDown, scaleUp, thresholds } = defaultOptions();
const { maxLaunchesPerHour } = loop;
const OPTIONS: DecideOptions = { scaleUp, scaleDown, limits, health: nodeGroups, thresholds, maxLaunchesPerHour };

function decideAt(world: World, memory: Memory = FIRST_MEMORY, now = NOON): Decision {
  return decide(world, memory, OPTIONS, { number: 1, now, triggers: ['timer'] });
}

describe('one decision', () => {
  it('given a pod that fits nowhere, it asks for a node and explains pod, node and group', () => {
    const nodes = [aNode({ name: 'web-1', cpu: 4000 })];
    const running = aPod({ name: 'runs', cpu: 2000, owner: 'web', nodeName: 'web-1' });
    const cluster = aCluster({ nodes, pods: [running, aPod({ name: 'p', cpu: 3000, memory: GiB, owner: 'web' })] });
    const decision = decideAt({ cluster, groups: [aGroup({ name: 'web', nodes })], removals: [] });
    assert.deepEqual(
      decision.resizes.map(({ groupName, from, delta, pods }) => ({ groupName, from, delta, pods })),
      [{ groupName: 'web', from: 1, delta: 1, pods: 1 }],
    );
    assert.deepEqual(
      decision.record.pods.map(({ example, outcome }) => [example, outcome.kind]),
      [['default/p', 'helped']],
    );
    assert.deepEqual(
      decision.record.nodes.map(({ node, group }) => [node, group]),
      [['web-1', 'web']],
    );
    assert.deepEqual(
      decision.record.groups.map(({ name, targetSize, ready }) => [name, targetSize, ready]),
      [['web', 1, 1]],
    );
  });

  it('given an idle node, it names the moment at which the node may go, and removes it just after', () => {
    const nodes = [aNode({ name: 'web-1' }), aNode({ name: 'web-2' })];
    const world = { cluster: aCluster({ nodes }), groups: [aGroup({ name: 'web', minSize: 1, nodes })], removals: [] };
    const first = decideAt(world);
    assert.equal(first.removals.length, 0);
    assert.equal(first.nextMomentMs, NOON + OPTIONS.scaleDown.unneededTimeMs + 1);
    const later = decideAt(world, first.memory, NOON + OPTIONS.scaleDown.unneededTimeMs + 1);
    assert.equal(later.removals.length, 1);
    const removed = later.record.nodes.find(({ outcome }) => outcome.kind === 'removed');
    assert.equal(removed?.node, later.removals[0]?.node);
    assert.deepEqual(
      removed?.outcome.kind === 'removed' ? later.record.actions[removed.outcome.action] : undefined,
      later.record.actions.find(({ kind }) => kind === 'remove-node'),
      'the action that the explanation names is the one about this node',
    );
  });

  it('given an open request, it looks again when the time for its nodes is over', () => {
    const group = aGroup({ name: 'web', nodes: [aNode({ name: 'web-1' })], minSize: 2, targetSize: 2 });
    const cluster = aCluster({ nodes: [aNode({ name: 'web-1' })] });
    const decision = decideAt({ cluster, groups: [group], removals: [] });
    assert.equal(decision.nextMomentMs, NOON + OPTIONS.health.maxNodeProvisionTimeMs + 1);
  });

  it('given that most nodes are broken, nothing is added or removed, and each node says why', () => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => aNode({ name, ready: name === 'a' }));
    const cluster = aCluster({ nodes, pods: [aPod({ cpu: 3000 })] });
    const { resizes, removals, record } = decideAt({ cluster, groups: [aGroup({ nodes })], removals: [] });
    assert.deepEqual([resizes, removals], [[], []]);
    assert.deepEqual(
      [...new Set(record.nodes.map(({ outcome }) => (outcome.kind === 'stays' ? outcome.reason.code : outcome.kind)))],
      ['ClusterUnhealthy'],
    );
    assert.equal(record.nodes.length, nodes.length);
  });
});

describe('any decision', () => {
  const world = fc.record({
    nodes: fc.array(fc.record({ cpu: fc.integer({ min: 0, max: 8000 }), ready: fc.boolean(), tainted: fc.boolean() }), {
      maxLength: 6,
    }),
    pods: fc.array(fc.record({ cpu: fc.integer({ min: 0, max: 9000 }), on: fc.integer({ min: -1, max: 5 }) }), {
      maxLength: 12,
    }),
  });
  type Sketch = typeof world extends fc.Arbitrary<infer T> ? T : never;

  function build({ nodes, pods }: Sketch, reversed: boolean): World {
    const living = nodes.map(({ cpu, ready, tainted }, index) =>
      aNode({ name: `n${index}`, cpu, ready, taints: tainted ? [aTaint('dedicated')] : [] }),
    );
    const placed = pods.map(({ cpu, on }, index) =>
      aPod({
        name: `p${index}`,
        cpu,
        owner: `set-${index % 3}`,
        nodeName: on >= 0 && on < living.length ? `n${on}` : '',
      }),
    );
    const order = <T>(all: readonly T[]): readonly T[] => (reversed ? all.toReversed() : all);
    const cluster: Cluster = aCluster({ nodes: order(living), pods: order(placed) });
    return { cluster, groups: [aGroup({ name: 'pool', nodes: living })], removals: [] };
  }

  it('is the same for the same world, in whatever order it became known, and leaves the model as it was (I10)', () => {
    fc.assert(
      fc.property(world, (sketch) => {
        const one = build(sketch, false);
        const first = JSON.stringify(decideAt(one).record);
        assert.equal(JSON.stringify(decideAt(one).record), first, 'decided twice');
        assert.equal(JSON.stringify(decideAt(build(sketch, true)).record), first, 'told in reverse');
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('explains every pending pod and every node exactly once (I6)', () => {
    fc.assert(
      fc.property(world, (sketch) => {
        const { record } = decideAt(build(sketch, false));
        const pending = sketch.pods.filter(({ on }) => on < 0 || on >= sketch.nodes.length).length;
        assert.equal(
          record.pods.reduce((sum, { count }) => sum + count, 0),
          pending,
        );
        assert.deepEqual(
          record.nodes.map(({ node }) => node),
          sketch.nodes.map((_, index) => `n${index}`),
        );
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});
