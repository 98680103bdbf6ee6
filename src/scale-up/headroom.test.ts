/** What bounds leave, in the numbers of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster, aNode } from '../cluster/fixtures.test-support.ts';
import type { GroupReason } from '../explain/reasons.ts';
import { aGroup, HEALTH_OPTIONS, NO_LIMITS } from '../node-groups/fixtures.test-support.ts';
import { EMPTY_MEMORY } from '../node-groups/memory.ts';
import { observeNodeGroups } from '../node-groups/observe.ts';
import type { LimitsOptions } from '../node-groups/options.ts';
import type { NodeGroupView } from '../node-groups/view.ts';
import { Headroom } from './limits.ts';

const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Headroom in a cluster of such a node that is there already, and a group of nodes like it. */
function headroom(
  limits: Partial<LimitsOptions>,
  node: Parameters<typeof aNode>[0] = {},
): { room: Headroom; allows: () => { nodes: number; because: GroupReason }; ask: (nodes: number) => void } {
  const living = aNode({ name: 'there', ...node });
  const cluster = aCluster({ nodes: [living] });
  const { views } = observeNodeGroups({
    cluster,
    groups: [aGroup({ node })],
    memory: EMPTY_MEMORY,
    options: HEALTH_OPTIONS,
    now: 0,
  });
  const [view] = views;
  assert.ok(view?.template !== undefined);
  const room = new Headroom({ ...NO_LIMITS, ...limits }, UNBOUNDED);
  room.countExisting(cluster, views);
  const known: NodeGroupView = view;
  const template = view.template.node;
  return { room, allows: () => room.allows(known, template), ask: (nodes) => room.ask(known, template, nodes) };
}

/** One core and 200 bytes, as the catalogue counts them. */
const NODE = { cpu: 1000, memory: 200 };

describe('what bounds leave', () => {
  for (const [id, limits, allowed, resource] of [
    ['DQ-02', { maxMilliCpu: 11_000, maxMemoryBytes: 1200, maxNodes: 6 }, 5, 'nodes'],
    ['DQ-03', { maxMilliCpu: 2000 }, 1, 'cpu'],
    ['DQ-04', { maxMilliCpu: 2000, maxMemoryBytes: 500 }, 1, 'cpu'],
    ['DQ-06c', { maxMilliCpu: 1500, maxMemoryBytes: 300 }, 0, 'cpu'],
  ] as const) {
    it(`${id}: ${allowed} nodes, and ${resource} allows no more`, () => {
      const { nodes, because } = headroom(limits, NODE).allows();
      assert.deepEqual([nodes, because.code === 'ClusterLimit' ? because.resource : because.code], [allowed, resource]);
    });
  }

  it('DQ-05: what no limit is about does not matter, nor a limit on what nodes do not have', () => {
    const { allows } = headroom({ gpus: [{ type: 'a100', min: 0, max: 0 }] }, NODE);
    assert.deepEqual([allows().nodes, allows().because.code], [1000, 'GroupAtMaxSize']);
  });

  it('DQ-06: what is asked for is gone', () => {
    const limits = { maxMilliCpu: 11_000, maxMemoryBytes: 1200, maxNodes: 6 };
    const { allows, ask } = headroom(limits, NODE);
    ask(2);
    assert.equal(allows().nodes, 3);
    ask(3);
    assert.equal(allows().nodes, 0);
  });

  it('DQ-06b: a node that needs more than is left is not begun', () => {
    const { allows } = headroom({ maxMilliCpu: 5000 }, { cpu: 2000, memory: 200 });
    assert.equal(allows().nodes, 1);
    assert.deepEqual(allows().because, { code: 'ClusterLimit', resource: 'cpu', limit: 5000, wouldBe: 6000 });
  });

  it('DQ-06d: nodes that are given back are no part of a pass that asks for some', () => {
    const { allows, ask } = headroom({ maxNodes: 6 }, NODE);
    assert.throws(() => ask(-1), /gives none back/);
    assert.equal(allows().nodes, 5);
  });

  it('DQ-06g: less than nothing is never left', () => {
    assert.equal(headroom({ maxNodes: 0 }, NODE).allows().nodes, 0);
  });

  it('DQ-07: virtual nodes do not count', () => {
    const { allows } = headroom({ maxMilliCpu: 3000 }, { ...NODE, labels: { type: 'virtual-kubelet' } });
    assert.equal(allows().nodes, 3);
  });

  it('a part of a core counts as a whole one, as it is billed', () => {
    assert.equal(headroom({ maxMilliCpu: 4000 }, { cpu: 1500, memory: 200 }).allows().nodes, 1);
  });
});
