/** Places that were found are looked at first in the passes after: what changes elsewhere does not shuffle them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpecFacts } from '../cluster/facts.ts';
import type { PodSketch } from '../cluster/fixtures.test-support.ts';
import { anAffinityTerm, aSpec, aTaint } from '../cluster/fixtures.test-support.ts';
import { EAGER, MINUTE_MS, NOW_MS, plan } from './fixtures.test-support.ts';
import { placesByPod } from './kept-places.ts';
import type { ScaleDownMemory } from './memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from './memory.ts';
import { UsableRoom } from './usable-room.ts';
import { aWorld, on } from './world.test-support.ts';

/** Half used, so that it goes; and three that stay, the first of which have room for its pod. */
const NODES = [{ name: 'goes' }, { name: 's1' }, { name: 's2' }, { name: 's3' }];
const STAYING = [on('s1', 700, { name: 'a' }), on('s2', 700, { name: 'b' }), on('s3', 900, { name: 'c' })];
const OWN = on('goes', 300, { name: 'own' });

interface Pass {
  readonly nodes?: Parameters<typeof aWorld>[0]['nodes'];
  readonly pods: readonly PodSketch[];
}

/** The memory after the passes, one after the other. */
function after(...passes: readonly Pass[]): ScaleDownMemory {
  let memory = EMPTY_SCALE_DOWN_MEMORY;
  for (const [index, { nodes = NODES, pods }] of passes.entries()) {
    const options = { ...EAGER, unneededTimeMs: 10 * MINUTE_MS };
    memory = plan({ ...aWorld({ nodes, pods }), memory, options, now: NOW_MS + index * MINUTE_MS }).memory;
  }
  return memory;
}

function placeOf(memory: ScaleDownMemory): readonly string[] | undefined {
  return memory.places.get('goes')?.places.map(({ node }) => node.name);
}

describe('the places of a node’s pods', () => {
  const before: Pass = { pods: [...STAYING, OWN] };
  const freed: Pass = { pods: [on('s1', 600, { name: 'a' }), ...STAYING.slice(1), OWN] };
  const taken: Pass = { pods: [...STAYING, on('s1', 100, { name: 'new' }), OWN] };

  it('are the first that have room, and stay the same when there is room before them', () => {
    assert.deepEqual(placeOf(after(before)), ['s1']);
    assert.deepEqual(placeOf(after(taken)), ['s2']);
    assert.deepEqual(placeOf(after(taken, freed)), ['s2']);
    assert.deepEqual(placeOf(after(freed)), ['s1'], 'whoever has found nothing yet takes it');
  });

  it('are the same object while nothing about them changes', () => {
    assert.equal(after(before, before, before).places.get('goes')?.places.length, 1);
    const once = after(before);
    const options = { ...EAGER, unneededTimeMs: 10 * MINUTE_MS };
    assert.equal(
      plan({ ...aWorld({ nodes: NODES, pods: before.pods }), memory: once, options }).memory.places,
      once.places,
    );
  });

  it('are looked for anew when the room is taken, the node is gone or takes none, or the pods are others', () => {
    assert.deepEqual(placeOf(after(before, taken)), ['s2']);
    assert.deepEqual(placeOf(after(before, { ...before, nodes: NODES.filter(({ name }) => name !== 's1') })), ['s2']);
    const closed = NODES.map((node) => (node.name === 's1' ? { ...node, taints: [aTaint('dedicated')] } : node));
    assert.deepEqual(placeOf(after(before, { ...before, nodes: closed })), ['s2']);
    const other = { pods: [...freed.pods.slice(0, 3), { ...OWN, name: 'other' }] };
    assert.deepEqual(placeOf(after(taken, other)), ['s1']);
  });

  it('are looked for anew when a pod is resized in place to what its neighbours ask for', () => {
    const stays = [on('s1', 750, { name: 'x' }), on('s2', 900, { name: 'y' }), on('s3', 1000, { name: 'z' })];
    const [large, small] = [aSpec({ cpu: 150 }), aSpec({ cpu: 100 })];
    const ofSizes = (...specs: PodSpecFacts[]): Pass => ({
      pods: [...stays, ...specs.map((spec, index) => ({ nodeName: 'goes', name: `own-${index}`, spec }))],
    });
    assert.deepEqual(placeOf(after(ofSizes(large, small, small))), ['s1', 's2']);
    assert.equal(placeOf(after(ofSizes(large, large, small))), undefined);
    assert.equal(placeOf(after(ofSizes(large, small, small), ofSizes(large, large, small))), undefined);
  });

  it('are forgotten when the node stays after all', () => {
    const full = { pods: ['s1', 's2', 's3'].map((name) => on(name, 900, { name: `on-${name}` })).concat(OWN) };
    assert.equal(placeOf(after(before, full)), undefined);
    assert.equal(after(before, full).unneeded.size, 0);
  });

  it('are elsewhere once the node that took some of the pods may go as well', () => {
    const nodes = [{ name: 'goes', cpu: 2000 }, { name: 's1' }, { name: 's2' }];
    const own = [300, 300, 200, 100].map((cpu, index) => on('goes', cpu, { name: `own-${index}` }));
    const pods = [...own, on('s1', 600, { name: 'a' }), on('s2', 400, { name: 'b' })];
    const wide = { name: 'wide', cpu: 2000 };
    const first = { nodes, pods };
    assert.deepEqual(placeOf(after(first)), ['s1', 's2']);
    const memory = after(first, { nodes: [...nodes, wide], pods: [...pods, on('wide', 1100, { name: 'c' })] });
    assert.deepEqual([...memory.unneeded.keys()].toSorted(), ['goes', 's2']);
    assert.deepEqual(placeOf(memory), ['s1', 'wide']);
    const kept = memory.places.get('goes') ?? assert.fail();
    const placed = [...placesByPod(kept).keys()].toSorted();
    assert.deepEqual(placed, kept.pods.toSorted(), 'each pod has its place');
  });

  it('are not those of a node of the same name', () => {
    const memory = after(taken);
    const kept = memory.places.get('goes') ?? assert.fail();
    const places = new Map([['goes', { ...kept, uid: 'another' }]]);
    assert.deepEqual(
      placeOf(plan({ ...aWorld({ nodes: NODES, pods: freed.pods }), memory: { ...memory, places } }).memory),
      ['s1'],
    );
  });
});

describe('the places of pods that others have a say about', () => {
  // Apart from its like, by node: the pod of s3 is one of them.
  const labels = { app: 'apart' };
  const apart: PodSketch = { labels, spec: aSpec({ cpu: 200 }, { requiredPodAntiAffinity: [anAffinityTerm(labels)] }) };
  const own = { name: 'own', nodeName: 'goes', ...apart };
  const beside = on('goes', 100, { name: 'beside' });
  const stays = [
    on('s2', 700, { name: 'b' }),
    { name: 'like', nodeName: 's3', ...apart },
    on('s3', 600, { name: 'c' }),
  ];
  const taken: Pass = { pods: [on('s1', 1000, { name: 'a' }), ...stays, own, beside] };
  const freed: Pass = { pods: [on('s1', 700, { name: 'a' }), ...stays, own, beside] };

  it('stay the same when there is room before them, as do those of the others on the node', () => {
    assert.deepEqual(placeOf(after(taken)), ['s2']);
    assert.deepEqual(placeOf(after(taken, freed)), ['s2']);
    assert.deepEqual(placeOf(after(freed)), ['s1'], 'whoever has found nothing yet takes it');
  });

  it('are left when one of their like has come there', () => {
    const come = { name: 'come', nodeName: 's2', ...apart };
    assert.deepEqual(placeOf(after(taken, { pods: [...freed.pods, come] })), ['s1', 's2']);
  });

  it('are the same object while nothing about them changes, so that nothing is simulated again', () => {
    const once = after(taken);
    const options = { ...EAGER, unneededTimeMs: 10 * MINUTE_MS };
    const again = plan({ ...aWorld({ nodes: NODES, pods: taken.pods }), memory: once, options }).memory;
    assert.equal(again.places, once.places);
  });
});

describe('the room that is of use', () => {
  it('is what nodes have left that have enough for the least of the pods', () => {
    const room = new UsableRoom([]);
    room.change(0, 0, 500);
    room.change(0, 0, 0.5);
    assert.equal(room.without(0, 0), 500);
    assert.equal(room.without(0, 500), 0);
    room.change(0, 500, 0);
    assert.equal(room.without(0, 0), 0);
  });
});
