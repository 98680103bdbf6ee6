/** Which nodes are to be marked as likely to go: the soft taints (TA) of the scenario catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSketch } from '../cluster/fixtures.test-support.ts';
import { aTaint } from '../cluster/fixtures.test-support.ts';
import type { World } from './fixtures.test-support.ts';
import { MINUTE_MS, NOW_MS, plan, SCALE_DOWN, SECOND_MS } from './fixtures.test-support.ts';
import { EMPTY_SCALE_DOWN_MEMORY, scaleUpStarted } from './memory.ts';
import { aWorld, on } from './world.test-support.ts';

const MARKED = aTaint('DeletionCandidateOfClusterAutoscaler', '1', 'PreferNoSchedule');

/** What is to be done to the marks: `+n1`, `-n2`; the nodes named `busy…` are needed. */
function changes(nodes: readonly NodeSketch[], most: number, rest: Partial<World> = {}): readonly string[] {
  const busy = nodes.flatMap(({ name = '' }) => (name.startsWith('busy') ? [on(name, 900)] : []));
  const softTaints = { ...SCALE_DOWN.drain.softTaints, maxPerPass: most };
  const options = { ...SCALE_DOWN, drain: { ...SCALE_DOWN.drain, softTaints } };
  const made = plan({ ...aWorld({ nodes, pods: busy }), options, ...rest });
  return [
    ...made.softTaints.remove.map(({ node }) => `-${node}`),
    ...made.softTaints.add.map(({ node }) => `+${node}`),
  ];
}

describe('soft taints', () => {
  it('TA-14: no more in a pass than the limit, those to be taken off first', () => {
    assert.deepEqual(changes([{ name: 'n1' }, { name: 'n2' }], 1), ['+n1']);
    const [n1, n2, busy] = [{ name: 'n1' }, { name: 'n2' }, { name: 'busy', taints: [MARKED] }];
    assert.deepEqual(changes([n1, n2, busy], 1), ['-busy']);
    assert.deepEqual(changes([n1, n2, busy], 2), ['-busy', '+n1']);
  });

  it('a node that is marked already is not marked again', () => {
    assert.deepEqual(changes([{ name: 'n1', taints: [MARKED] }, { name: 'n2' }, { name: 'busy' }], 10), ['+n2']);
  });

  it('TA-16: a node marked for deletion gets none and keeps the one it has, however old its mark is', () => {
    const toBeDeleted = aTaint('ToBeDeletedByClusterAutoscaler', String((NOW_MS - 60 * MINUTE_MS) / SECOND_MS));
    const nodes = [
      { name: 'n1', taints: [toBeDeleted] },
      { name: 'busy', taints: [toBeDeleted, MARKED] },
    ];
    assert.deepEqual(changes(nodes, 10), []);
  });

  it('TA-21: while scale-down pauses nodes are marked too, unless none are to be marked at all', () => {
    const memory = scaleUpStarted(EMPTY_SCALE_DOWN_MEMORY, NOW_MS);
    assert.deepEqual(changes([{ name: 'n1' }], 10, { memory }), ['+n1']);
    assert.deepEqual(changes([{ name: 'n1' }, { name: 'busy', taints: [MARKED] }], 0, { memory }), []);
  });
});
