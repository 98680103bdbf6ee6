import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeFacts, PodFacts } from '../cluster/facts.ts';
import { aCluster, aNode, aPod, podsOf } from '../cluster/fixtures.test-support.ts';
import { groupPods } from './equivalence.ts';
import { hintsOf, NO_HINTS, placeInTurn, type PlaceHints } from './imitated-placing.ts';

interface Placed {
  /** By node, the pods that were placed there in the order of names. */
  readonly on: Readonly<Record<string, readonly string[]>>;
  readonly left: readonly string[];
  readonly hints: PlaceHints;
}

function place(nodes: readonly NodeFacts[], pods: readonly PodFacts[], hints: PlaceHints = NO_HINTS): Placed {
  const cluster = aCluster({ nodes, pods });
  return cluster.trial(() => {
    const groups = groupPods(cluster, cluster.pendingPods());
    const placements = placeInTurn(cluster, groups, cluster.nodeSlots(), hints);
    const on: Record<string, string[]> = {};
    for (const { placed } of placements) {
      for (const [slot, some] of placed) (on[cluster.node(slot).name] ??= []).push(...some.map(({ name }) => name));
    }
    const left = placements.flatMap(({ rest }) => rest?.pods.map(({ name }) => name) ?? []);
    return { on, left, hints: hintsOf(cluster, placements) };
  });
}

const a = aNode({ name: 'a', cpu: 1000 });
const b = aNode({ name: 'b', cpu: 1000 });
const c = aNode({ name: 'c', cpu: 1000 });

describe('pods are placed as Cluster Autoscaler does', () => {
  it('on nodes in turn, from the one after the last', () => {
    const { on, left } = place([a, b, c], podsOf('web', 7, { cpu: 400 }));
    assert.deepEqual(on, { b: ['web-0', 'web-3'], c: ['web-1', 'web-4'], a: ['web-2', 'web-5'] });
    assert.deepEqual(left, ['web-6']);
  });

  it('where they were in the pass before, while they fit there, and before those that are new', () => {
    const [old, fresh] = [aPod({ name: 'old', cpu: 900 }), aPod({ name: 'fresh', cpu: 900 })];
    const hints = new Map([[old.uid, 'b']]);
    assert.deepEqual(place([a, b], [fresh, old], hints).on, { b: ['old'], a: ['fresh'] });
    assert.deepEqual(place([a, { ...b, unschedulable: true }], [old], hints).on, { a: ['old'] });
    assert.deepEqual(place([a], [old], hints).on, { a: ['old'] });
  });

  it('by priority before that', () => {
    const low = aPod({ name: 'low', cpu: 900 });
    const high = aPod({ name: 'high', cpu: 900, spec: { priority: 10 } });
    const { on, left } = place([a], [low, high], new Map([[low.uid, 'a']]));
    assert.deepEqual([on, left], [{ a: ['high'] }, ['low']]);
  });

  it('and evenly from all groups, whatever they are called', () => {
    const pods = [...podsOf('a', 4, { cpu: 300, owner: 'a' }), ...podsOf('b', 2, { cpu: 300, owner: 'b' })];
    assert.deepEqual(place([a], pods).on, { a: ['a-0', 'a-1', 'b-0'] });
  });

  it('not on cordoned nodes, even where they would tolerate that', () => {
    const tolerant = aPod({
      cpu: 100,
      spec: { tolerations: [{ key: '', operator: 'Exists', value: '', effect: '' }] },
    });
    const { on, left } = place([{ ...a, unschedulable: true }], [tolerant]);
    assert.deepEqual([on, left], [{}, ['pod']]);
  });

  it('and their places are remembered by the names of nodes', () => {
    const { hints } = place([a], podsOf('web', 3, { cpu: 400 }));
    assert.deepEqual(
      [...hints],
      [
        ['uid-default-web-0', 'a'],
        ['uid-default-web-1', 'a'],
      ],
    );
  });
});
