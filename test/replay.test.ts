/**
 * I10, from the outside: a snapshot of any moment of a run, written down, redacted, read and decided from again by itself,
 * gives the record of the pass that was made at that moment, byte for byte.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { PLANS } from '../sandbox/vultr/plans.ts';
import { vultrControls } from '../sandbox/workload/cloud-controls.ts';
import { type Story, parseStory } from '../sandbox/workload/story.ts';
import { StoryPlayer } from '../sandbox/workload/story-player.ts';
import { recordDocument } from '../src/explain/record-document.ts';
import { formatTimestamp } from '../src/runtime/timestamps.ts';
import { decided, inputOf } from '../src/snapshot/snapshot.ts';
import { readSnapshot } from '../src/snapshot/snapshot-file.ts';
import { MINUTE_MS, aWorld, type World } from './support/world.ts';

function theEvening(): Story {
  const text = readFileSync(new URL('../sandbox/stories/evening.yaml', import.meta.url), 'utf8');
  const story = parseStory(text, PLANS);
  assert.ok(story.ok);
  return story.value;
}

/** Plays the evening, and takes a snapshot of every moment in which a pass begins to decide. */
async function replayed(flags: readonly string[]): Promise<{ readonly live: string[]; readonly again: string[] }> {
  const story = theEvening();
  const live: string[] = [];
  const again: string[] = [];
  const world: World = aWorld({
    flags,
    pools: story.pools.map(({ min, max, ...pool }) => ({ ...pool, minNodes: min, maxNodes: max })),
    onRecord: (record) => void live.push(JSON.stringify(recordDocument(record, formatTimestamp))),
    onDeciding(snapshot) {
      const file = readSnapshot(snapshot);
      assert.ok(file.ok, JSON.stringify(file));
      again.push(JSON.stringify(decided(inputOf(file.value.snapshot))));
    },
  });
  const { clock, random, sandbox } = world;
  const cloud = vultrControls({
    clock,
    random: random.stream('story'),
    vultr: sandbox.cloud,
    faults: sandbox.vultrFaults,
  });
  const player = new StoryPlayer({ story, store: sandbox.store, clock, cloud, onEvent: () => undefined });
  world.start();
  player.start();
  await world.until('the story is over', () => player.isOver, story.untilMs + MINUTE_MS);
  player.stop();
  await world.end();
  return { live, again };
}

describe('the replay of a snapshot', () => {
  for (const flags of [
    [],
    ['--consolidation', '--expander=priority,least-waste', '--balance-similar-node-groups'],
    ['--compatibility=cluster-autoscaler'],
  ]) {
    it(`gives the record of the pass, byte for byte, with ${flags.join(' ') || 'no flags'}`, async () => {
      const { live, again } = await replayed(flags);
      assert.ok(live.length > 100, String(live.length));
      assert.equal(again.length, live.length);
      const differing = live.findIndex((record, index) => again[index] !== record);
      assert.equal(differing, -1, `replayed:\n${again[differing]}\nlive:\n${live[differing]}`);
    });
  }
});
