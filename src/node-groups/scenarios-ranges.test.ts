/** How many nodes a group may have before it counts as unhealthy, and what is known of groups: further cluster-state cases. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Instance } from '../cloud/facts.ts';
import { aCluster } from '../cluster/fixtures.test-support.ts';
import type { NodeGroupMemory } from './memory.ts';
import { EMPTY_MEMORY, resizeAccepted, resizeFailed } from './memory.ts';
import { aGroup, anInstance, HEALTH_OPTIONS } from './fixtures.test-support.ts';
import { look, MINUTE, nodesOf, NOON, viewOf } from './look.test-support.ts';
import type { NodeGroupView } from './view.ts';

/** What is going on in a group besides its ready nodes. */
interface Activity {
  readonly asked?: number;
  readonly going?: number;
  /** Instances without a node: since just now, and for longer than they may be. */
  readonly young?: number;
  readonly overdue?: number;
}

const OUT_OF_STOCK = { kind: 'out-of-stock', message: 'none' } as const;

function ghosts(name: string, count: number): Instance[] {
  return Array.from({ length: count }, (_, index) => anInstance(`${name}-${index}`));
}

/** The group of that target with so many ready nodes, as Cluster Autoscaler sees it or as we do. */
function seen(targetSize: number, ready: number, activity: Activity, imitates: boolean): NodeGroupView {
  const { asked = 0, going = 0, young = 0, overdue = 0 } = activity;
  const nodes = [...nodesOf('ready', ready), ...nodesOf('going', going)];
  const late = ghosts('late', overdue);
  const group = aGroup({
    targetSize,
    instances: [
      ...nodesOf('ready', ready).map(({ name }) => anInstance(name)),
      ...nodesOf('going', going).map(({ name }) => anInstance(name, { state: 'deleting' })),
      ...ghosts('young', young),
      ...late,
    ],
  });
  const before: NodeGroupMemory = {
    ...EMPTY_MEMORY,
    unregisteredSince: Object.fromEntries(late.map(({ id }) => [id, NOON - 16 * MINUTE])),
  };
  const resize = { groupId: 'pool', delta: asked, provisionTimeMs: 15 * MINUTE };
  const memory = asked === 0 ? before : resizeAccepted(before, resize, NOON);
  return viewOf(look(aCluster({ nodes }), [group], { memory, options: { upcomingNeedsRequest: imitates } }));
}

describe('the fewest ready nodes with which a group is well', () => {
  for (const [id, words, cases] of [
    [
      'CS-27',
      'are its target where nothing goes on',
      [
        [10, {}, 10],
        [20, {}, 20],
      ],
    ],
    [
      'CS-28',
      'are fewer by what was asked for',
      [
        [10, { asked: 3 }, 7],
        [20, { asked: 5 }, 15],
      ],
    ],
    [
      'CS-29',
      'are its target whatever is going',
      [
        [10, { going: 2 }, 10],
        [20, { going: 3 }, 20],
      ],
    ],
    [
      'CS-30',
      'are not fewer for instances that came without being asked for',
      [
        [10, { young: 2 }, 10],
        [20, { young: 3 }, 20],
      ],
    ],
    [
      'CS-31',
      'are fewer by the instances that never became nodes',
      [
        [10, { overdue: 2 }, 8],
        [20, { overdue: 3 }, 17],
      ],
    ],
    [
      'CS-32',
      'are fewer by both together',
      [
        [10, { asked: 3, going: 2, young: 2, overdue: 2 }, 5],
        [20, { asked: 5, going: 3, young: 3, overdue: 4 }, 11],
      ],
    ],
  ] as const) {
    it(`${id}: ${words}`, () => {
      for (const [target, activity, fewest] of cases) {
        // One that is missing is always fine; see look.test-support.ts.
        assert.equal(seen(target, fewest - 1, activity, true).blocked, undefined);
        assert.deepEqual(seen(target, fewest - 2, activity, true).blocked?.code, 'GroupUnhealthy');
      }
    });
  }

  it('of our own a group with nodes on their way is not unhealthy, asked for by us or not: they are counted one by one', () => {
    const coming: readonly (readonly [Activity, number, number])[] = [
      [{}, 10, 0],
      [{ asked: 3 }, 7, 3],
      [{ going: 2 }, 10, 0],
      [{ young: 2 }, 8, 2],
      [{ overdue: 2 }, 8, 0],
      [{ asked: 3, going: 2, young: 2, overdue: 2 }, 5, 3],
    ];
    for (const [activity, ready, upcoming] of coming) {
      const view = seen(10, ready, activity, false);
      assert.deepEqual([view.blocked, view.upcoming], [undefined, upcoming]);
    }
  });
});

describe('what is known of a group', () => {
  const nodes = nodesOf('pool', 1);
  const cluster = aCluster({ nodes });
  const asked = resizeAccepted(EMPTY_MEMORY, { groupId: 'pool', delta: 2, provisionTimeMs: 15 * MINUTE }, NOON);

  it('CS-18: since when nodes have been asked for, while some are due; nothing where none are, or there is no such group', () => {
    const due = look(cluster, [aGroup({ nodes, targetSize: 3 }), aGroup({ name: 'idle' })], { memory: asked });
    assert.equal(due.memory.scaleUpRequests['pool']?.sinceMs, NOON);
    assert.equal(due.memory.scaleUpRequests['idle'], undefined);
    assert.equal(due.memory.scaleUpRequests['no such group'], undefined);
  });

  it('CS-37: its nodes are of it for as long as the provider has it', () => {
    assert.equal(viewOf(look(cluster, [aGroup({ nodes })])).slots.length, 1);
    const gone = look(cluster, [aGroup({ name: 'other' })], { memory: asked });
    assert.deepEqual(
      gone.views.map(({ state, slots }) => [state.name, slots.length]),
      [['other', 0]],
    );
    assert.equal(gone.health.registered, 1, 'a node of the cluster all the same');
    assert.deepEqual(gone.memory.scaleUpRequests, {});
    assert.equal(viewOf(look(cluster, [aGroup({ nodes })], { memory: gone.memory })).slots.length, 1, 'back again');
  });

  it('BO-03: no backoff any more once the provider has been without it', () => {
    const failed = resizeFailed(EMPTY_MEMORY, { groupId: 'pool', error: OUT_OF_STOCK }, NOON, HEALTH_OPTIONS);
    assert.equal(viewOf(look(cluster, [aGroup({ nodes })], { memory: failed })).blocked?.code, 'GroupInBackoff');
    const gone = look(cluster, [aGroup({ name: 'other' })], { memory: failed });
    assert.equal(viewOf(look(cluster, [aGroup({ nodes })], { memory: gone.memory })).blocked, undefined);
  });
});
