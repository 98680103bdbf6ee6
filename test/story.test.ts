/** The built-in story, in virtual time: what `npm start` shows in minutes, to the end and with every record kept. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isTerminal } from '../sandbox/controllers/shapes.ts';
import { PLANS } from '../sandbox/vultr/plans.ts';
import { vultrControls } from '../sandbox/workload/cloud-controls.ts';
import { type Story, parseStory } from '../sandbox/workload/story.ts';
import { StoryPlayer } from '../sandbox/workload/story-player.ts';
import { MINUTE_MS, SECOND_MS, type World, aWorld } from './support/world.ts';

const SETTLE_LIMIT_MS = 40 * MINUTE_MS;

function theEvening(): Story {
  const text = readFileSync(new URL('../sandbox/stories/evening.yaml', import.meta.url), 'utf8');
  const story = parseStory(text, PLANS);
  assert.ok(story.ok);
  return story.value;
}

interface Told {
  readonly world: World;
  /** Each record, as JSON. */
  readonly records: readonly string[];
}

/** Plays the story to its end, and until the cluster is at rest. */
async function tell(story: Story, seed: number | string): Promise<Told> {
  const records: string[] = [];
  const world = aWorld({
    seed,
    pools: story.pools.map(({ min, max, ...pool }) => ({ ...pool, minNodes: min, maxNodes: max })),
    onRecord: (record) => void records.push(JSON.stringify(record)),
  });
  const { sandbox, clock, random } = world;
  const cloud = vultrControls({
    clock,
    random: random.stream('story'),
    vultr: sandbox.cloud,
    faults: sandbox.vultrFaults,
  });
  const refusals: string[] = [];
  const player = new StoryPlayer({
    story,
    store: sandbox.store,
    clock,
    cloud,
    onEvent: ({ text, refusal }) => {
      if (refusal !== undefined) refusals.push(`${text}: ${refusal}`);
    },
  });
  world.start();
  player.start();
  await world.until('the story is over', () => player.isOver, story.untilMs + MINUTE_MS);
  await world.until('at rest', () => world.isAtMinimum(), SETTLE_LIMIT_MS);
  player.stop();
  assert.deepEqual(refusals, []);
  return { world, records };
}

describe('the evening at the shop', () => {
  const story = theEvening();

  it('serves every pod, finds another pool when one is sold out, and ends at the least nodes', async () => {
    const { world } = await tell(story, story.seed);
    assert.deepEqual(world.waitingPods(), []);
    assert.deepEqual(world.markedNodes(), []);
    const ended = world.pods().filter((pod) => isTerminal(pod));
    assert.ok(ended.length > 0 && ended.every((pod) => pod.status?.['phase'] === 'Succeeded'), 'every job is done');
    assert.ok(longestDetourMs(world) <= SECOND_MS, `${longestDetourMs(world)} ms`);
    await world.end();
  });

  it('is the same, byte for byte, when it is told again from the same seed (I10)', async () => {
    const [first, second] = [await tell(story, 'again'), await tell(story, 'again')];
    assert.ok(first.records.length > 100);
    assert.deepEqual(second.records, first.records);
    await first.world.end();
    await second.world.end();
  });

  it('ends at rest from another seed, in another way', async () => {
    const [one, other] = [await tell(story, 11), await tell(story, 12)];
    assert.notDeepEqual(one.records, other.records);
    for (const { world } of [one, other]) {
      assert.deepEqual(world.waitingPods(), []);
      assert.deepEqual(world.markedNodes(), []);
      await world.end();
    }
  });
});

/** From a refusal for lack of stock to the next raise that was accepted; there has to be one. */
function longestDetourMs({ sandbox }: World): number {
  const raises = sandbox.cloud.writes.filter(({ method }) => method === 'PATCH');
  const detours = raises.flatMap((write, index) => {
    if (write.status !== 400) return [];
    const next = raises.slice(index + 1).find(({ status }) => status === 202);
    return next === undefined ? [Infinity] : [next.atMs - write.atMs];
  });
  assert.ok(detours.length > 0, 'the stock-out was met');
  return Math.max(...detours);
}
