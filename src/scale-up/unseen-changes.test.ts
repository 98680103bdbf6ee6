import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aNode, aPod } from '../cluster/fixtures.test-support.ts';
import { aGroup } from '../node-groups/fixtures.test-support.ts';
import type { NodeGroupState } from '../node-groups/node-group.ts';
import { NOON, outcomes, planFor, resizes } from './plan.test-support.ts';

const SOON = NOON + 20_000;

/** Somebody has just changed it. */
function changed(group: NodeGroupState, staleUntilMs = SOON): NodeGroupState {
  return { ...group, staleUntilMs };
}

describe('pods that suit a group that somebody else has just changed', () => {
  const pods = [aPod({ name: 'new', cpu: 500 })];
  const groups = [changed(aGroup({ name: 'dear' })), aGroup({ name: 'cheap' })];

  it('ask for nothing, there or elsewhere, until what came of it can be seen', () => {
    const plan = planFor({ pods, groups });
    assert.deepEqual(resizes(plan), []);
    assert.deepEqual(plan.pods[0]?.outcome, {
      kind: 'waits',
      reason: { code: 'NodeMayBeComing', group: 'dear', untilMs: SOON },
    });
    assert.equal(plan.unhelped, 1);
  });

  it('ask as ever once that is over', () => {
    const plan = planFor({ pods, groups: groups.map((group) => ({ ...group, staleUntilMs: NOON })) });
    assert.equal(resizes(plan).length, 1);
  });

  it('wait as well where they are to leave a node that is drained', () => {
    const plan = planFor({
      nodes: [aNode({ name: 'old', cpu: 500 })],
      pods: [aPod({ name: 'moves', cpu: 500, nodeName: 'old' })],
      groups,
      draining: ['old'],
    });
    assert.deepEqual(resizes(plan), []);
  });

  it('take the nodes that can be seen to be on their way', () => {
    const plan = planFor({ pods, groups: [changed(aGroup({ name: 'dear', targetSize: 1 }))] });
    assert.deepEqual(outcomes(plan), ['default/new waits FitsUpcomingNode']);
  });
});

describe('other pods', () => {
  it('that the changed group does not suit do not wait for it', () => {
    const small = changed(aGroup({ name: 'small', node: { cpu: 100 } }));
    const plan = planFor({ pods: [aPod({ name: 'new', cpu: 500 })], groups: [small, aGroup({ name: 'large' })] });
    assert.deepEqual(resizes(plan), ['large+1']);
  });

  it('do not wait for a group that is full: no more can be on their way', () => {
    const full = changed(aGroup({ name: 'full', maxSize: 0 }));
    const plan = planFor({ pods: [aPod({ name: 'new', cpu: 500 })], groups: [full, aGroup({ name: 'other' })] });
    assert.deepEqual(resizes(plan), ['other+1']);
  });
});
