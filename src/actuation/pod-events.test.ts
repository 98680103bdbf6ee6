import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCluster, aPod, podsOf } from '../cluster/fixtures.test-support.ts';
import { aGroupExplanation, aRecord } from '../explain/record.test-support.ts';
import type { DecisionRecord, PodsExplanation } from '../explain/record.ts';
import { MAX_PODS_TOLD, podEvents } from './pod-events.ts';

function aRaise(pods: readonly PodsExplanation[]): DecisionRecord {
  const group = aGroupExplanation({ maxSize: 10, targetSize: 3, registered: 3, ready: 3 });
  const resize = {
    kind: 'resize',
    group: 'web',
    from: 3,
    to: 5,
    pods: 2,
    because: 'x',
    pricePerHour: undefined,
  } as const;
  return aRecord({ pods, groups: [group], actions: [resize] });
}

function explained(example: string, count: number, rest: Partial<PodsExplanation> = {}): PodsExplanation {
  const outcome = { kind: 'helped', byGroup: [{ group: 'web', pods: count }] } as const;
  return { example, count, owner: '', outcome, perGroup: [], ...rest };
}

test('each pod that new nodes are for is told the groups with their old and new size', () => {
  const cluster = aCluster({ pods: [...podsOf('a', 2), aPod({ name: 'other' })] });
  const events = podEvents(aRaise([explained('default/a-0', 2)]), cluster);
  assert.deepEqual(
    events.map(({ object, reason, message }) => [object.kind === 'Pod' && object.name, reason, message]),
    ['a-0', 'a-1'].map((name) => [name, 'TriggeredScaleUp', 'pod triggered scale-up: [{web 3->5 (max: 10)}]']),
  );
});

test('SU-22 a pod that no group helps is told how many groups say what, and which', () => {
  const cluster = aCluster({ pods: [aPod({ name: 'big' })] });
  const insufficient = {
    code: 'InsufficientResource',
    resource: 'cpu',
    requested: 9,
    free: 1,
    allocatable: 2,
  } as const;
  const perGroup = [
    { group: 'a', reason: insufficient },
    { group: 'b', reason: insufficient },
    { group: 'd', reason: insufficient },
    { group: 'e', reason: insufficient },
    { group: 'c', reason: { code: 'GroupAtMaxSize', maxSize: 3, targetSize: 3 } as const },
  ];
  const outcome = { kind: 'cannot-be-helped', onNodes: [] } as const;
  const [event] = podEvents(aRaise([explained('default/big', 1, { outcome, perGroup })]), cluster);
  assert.equal(event?.reason, 'NotTriggerScaleUp');
  assert.equal(
    event.message,
    "pod didn't trigger scale-up: 4 Insufficient cpu (a, b, d, and 1 more), 1 max node group size reached (c)",
  );
});

test('a pod that waits is told nothing, and of very many only so many are told', () => {
  const cluster = aCluster({ pods: podsOf('a', 2 * MAX_PODS_TOLD) });
  const waits = { kind: 'waits', reason: { code: 'BeingDeleted' } } as const;
  assert.deepEqual(podEvents(aRaise([explained('default/a-0', 3, { outcome: waits })]), cluster), []);
  assert.equal(podEvents(aRaise([explained('default/a-0', 2 * MAX_PODS_TOLD)]), cluster).length, MAX_PODS_TOLD);
});
