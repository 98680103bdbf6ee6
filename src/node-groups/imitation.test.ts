import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster, aNode } from '../cluster/fixtures.test-support.ts';
import { aGroup, anInstance, HEALTH_OPTIONS } from './fixtures.test-support.ts';
import { judgedAsClusterAutoscaler, upcomingBySums } from './imitation.ts';
import { EMPTY_MEMORY, resizeAccepted, resizeFailed } from './memory.ts';
import type { NodeGroupMemory } from './memory.ts';
import type { ObservedNodeGroups } from './observe.ts';
import { observeNodeGroups } from './observe.ts';
import type { GroupSighting, KnownOfGroup, Missized } from './requests.ts';

const MINUTE = 60_000;
const NOON = 720 * MINUTE;
const THRESHOLDS = { maxUnreadyPercentage: 10, okUnreadyCount: 1 };

/** A group of this target with so many nodes up, and so many instances without a node. */
function sighted(targetSize: number, registered: number, unregistered = 0): GroupSighting {
  return {
    groupId: 'pool',
    settled: true,
    unregisteredIds: Array.from({ length: unregistered }, (_, index) => `vultr://ghost-${index}`),
    awaited: unregistered,
    failed: [],
    unlisted: targetSize - registered - unregistered,
    starting: 0,
    provisionTimeMs: 15 * MINUTE,
    targetSize,
    registered,
    listed: registered + unregistered,
  };
}

const NOTHING_KNOWN: KnownOfGroup = {
  request: undefined,
  givenUp: 0,
  isAsking: false,
  freshlyFailed: [],
  missized: undefined,
};

function failedInstances(count: number): KnownOfGroup['freshlyFailed'] {
  const error = { kind: 'out-of-stock', message: 'none' } as const;
  return Array.from({ length: count }, (_, index) => ({ id: `vultr://${index}`, error }));
}

function missized(seen: GroupSighting, now: number, before?: Missized): Missized | undefined {
  return judgedAsClusterAutoscaler({ ...NOTHING_KNOWN, missized: before }, seen, now).missized;
}

describe('the wrong number of nodes', () => {
  it('CS-21, CS-34: is timed from the pass that saw it first, and anew when a number changes', () => {
    const first = missized(sighted(5, 1), NOON - 5 * MINUTE);
    assert.equal(first?.sinceMs, NOON - 5 * MINUTE);
    assert.equal(missized(sighted(5, 1), NOON - 4 * MINUTE, first)?.sinceMs, NOON - 5 * MINUTE);
    assert.equal(missized(sighted(5, 2), NOON - 3 * MINUTE, first)?.sinceMs, NOON - 3 * MINUTE);
    assert.equal(missized(sighted(5, 5), NOON - 2 * MINUTE, first), undefined);
  });

  for (const [id, targetSize, registered, unregistered, isWrong] of [
    ['CS-33', 10, 8, 0, true],
    ['CS-33', 20, 15, 0, true],
    ['CS-33', 10, 12, 0, true],
    ['CS-35', 10, 8, 2, false],
    ['CS-35', 20, 15, 3, true],
  ] as const) {
    it(`${id}: ${registered} nodes and ${unregistered} instances more, for a target of ${targetSize}: ${isWrong}`, () => {
      assert.equal(missized(sighted(targetSize, registered, unregistered), NOON) !== undefined, isWrong);
    });
  }

  it('ML-22: is put right after the provision time, down to the instances that exist', () => {
    const since = { registered: 1, targetSize: 3, sinceMs: NOON - 60 * MINUTE };
    const judge = (seen: GroupSighting, before: Missized): unknown =>
      judgedAsClusterAutoscaler({ ...NOTHING_KNOWN, missized: before }, seen, NOON).overhang;
    const patient = { ...sighted(3, 1), provisionTimeMs: 45 * MINUTE };
    assert.deepEqual(judge(patient, since), { late: 0, missing: 2 });
    assert.deepEqual(judge(patient, { ...since, sinceMs: NOON - 10 * MINUTE }), { late: 0, missing: 0 });
    // An instance exists that may still become a node: Vultr would delete whichever it likes.
    assert.deepEqual(judge({ ...sighted(3, 1, 1), provisionTimeMs: 45 * MINUTE }, since), { late: 0, missing: 0 });
  });
});

describe('requests', () => {
  const request = { increase: 4, sinceMs: NOON, untilMs: NOON + 2 * MINUTE };

  it('CS-14, CS-16: are taken back in full when late, and not at all where nodes have come', () => {
    const late = NOON + 3 * MINUTE;
    const known = { ...NOTHING_KNOWN, request };
    assert.equal(judgedAsClusterAutoscaler(known, sighted(5, 1), late).overhang.late, 4);
    const { overhang, failures } = judgedAsClusterAutoscaler(known, sighted(5, 3), late);
    assert.deepEqual([overhang.late, failures.map(({ cause }) => cause)], [0, ['provision-timeout']]);
  });

  const left = (count: number): number | undefined => {
    const known = { ...NOTHING_KNOWN, request, freshlyFailed: failedInstances(count) };
    return judgedAsClusterAutoscaler(known, sighted(5, 1), NOON).request?.increase;
  };

  it('CS-26: shrink by the instances that fail, and are dropped when nothing is left', () => {
    assert.deepEqual([left(1), left(3), left(4)], [3, 1, undefined]);
  });

  it('count what is on its way by sums: starting nodes are, broken and overdue ones are not', () => {
    assert.equal(upcomingBySums({ ...sighted(10, 7, 2), starting: 1 }), 4);
    assert.equal(upcomingBySums({ ...sighted(10, 7, 2), starting: 1, awaited: 0 }), 2);
  });
});

describe('a group, as Cluster Autoscaler sees it', () => {
  const options = { ...HEALTH_OPTIONS, upcomingNeedsRequest: true };

  function look(targetSize: number, ready: number, memory: NodeGroupMemory = EMPTY_MEMORY): ObservedNodeGroups {
    const nodes = Array.from({ length: ready }, (_, index) => aNode({ name: `pool-${index}` }));
    const cluster = aCluster({ nodes });
    return observeNodeGroups({
      cluster,
      groups: [aGroup({ nodes, targetSize })],
      memory,
      options,
      now: NOON,
      thresholds: THRESHOLDS,
    });
  }

  const asked = resizeAccepted(EMPTY_MEMORY, { groupId: 'pool', delta: 2, provisionTimeMs: 15 * MINUTE }, NOON);

  it('CS-09, SU-20: is unhealthy when it lacks nodes that nobody has asked for', () => {
    const seen = look(5, 1);
    assert.equal(seen.views[0]?.blocked?.code, 'GroupUnhealthy');
    assert.equal(seen.health.healthy, true);
  });

  it('CS-41: has nodes on their way only while a request is open and it is not in backoff', () => {
    assert.equal(look(3, 1).views[0]?.upcoming, 0);
    assert.equal(look(3, 1, asked).views[0]?.upcoming, 2);
    const error = { kind: 'out-of-stock', message: 'none' } as const;
    const failed = resizeFailed(asked, { groupId: 'pool', error }, NOON, options);
    assert.equal(look(3, 1, failed).views[0]?.upcoming, 0);
  });

  it('is full, or not, by what it will have once failed instances are gone', () => {
    const error = { kind: 'invalid', message: 'broken' } as const;
    const group = aGroup({ maxSize: 1, instances: [anInstance('failed', { state: 'creating', error })] });
    const seen = observeNodeGroups({
      cluster: aCluster({}),
      groups: [group],
      memory: EMPTY_MEMORY,
      options,
      now: NOON,
    });
    assert.deepEqual([seen.views[0]?.targetSize, seen.views[0]?.blocked], [0, undefined]);
  });
});
