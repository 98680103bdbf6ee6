/**
 * Plays the stories, each act in a world of its own, and tells what was asserted. Most stories wait more than they work:
 * their acts are played two at a time. Those that take all that a machine has come after them, alone.
 */
import type { Binaries } from './machinery/binaries.ts';
import type { PredictionTally } from './machinery/predictions.ts';
import { forbiddenRequests, rightText, unusedRights } from './machinery/rbac.ts';
import { pod } from './machinery/workloads.ts';
import { World, type WorldOptions } from './machinery/world.ts';
import { STORY_POOLS } from './pools.ts';
import { conversationAct } from './stories/conversations.ts';
import { deployingStories } from './stories/deploying.ts';
import { highAvailabilityStories } from './stories/high-availability.ts';
import { poolStories } from './stories/pools.ts';
import { lastStories, patientStories, rightsStories } from './stories/rights.ts';
import { scaleDownStories } from './stories/scale-down.ts';
import { crowdStories, scaleUpStories } from './stories/scale-up.ts';
import { stressStories, watchStories } from './stories/watches.ts';
import { Stage, type Story } from './story.ts';

interface Act {
  readonly name: string;
  readonly stories: readonly Story[];
  /** Whether one replica runs from the start: stories of several start their own. */
  readonly oneReplica: boolean;
  readonly flags?: readonly string[];
  /** Whether what the program can know is compared with what is there. */
  readonly witness?: true;
  /** Whether the stories bring the program's rights along. */
  readonly bare?: true;
}

export interface PlayOptions {
  /** The name of an act, or a part of the names of stories; '' plays all. */
  readonly only: string;
  /** Leaves out what takes all that a machine has, for minutes. */
  readonly short: boolean;
}

const ONE_REPLICA: Act = {
  name: 'one-replica',
  stories: [
    ...scaleUpStories,
    ...scaleDownStories,
    ...poolStories,
    ...rightsStories,
    ...patientStories,
    ...lastStories,
  ],
  oneReplica: true,
  flags: ['--expander=priority,least-waste'],
};
/** Side by side; each lane plays its acts one after the other. */
const LANES: readonly (readonly Act[])[] = [
  [ONE_REPLICA],
  [
    { name: 'watches', stories: watchStories, oneReplica: true, witness: true },
    { name: 'high-availability', stories: highAvailabilityStories, oneReplica: false },
    { name: 'deploying', stories: deployingStories, oneReplica: false, bare: true },
  ],
];
const ALONE: readonly Act[] = [
  { name: 'crowd', stories: crowdStories, oneReplica: true },
  { name: 'stress', stories: stressStories, oneReplica: true, witness: true },
];

interface Tally {
  told: number;
  asPredicted: number;
  withdrawn: number;
  readonly mismatches: string[];
  readonly failures: string[];
  played: number;
}

/** The exit code. */
export async function playAll(binaries: Binaries, { only, short }: PlayOptions): Promise<number> {
  const tally: Tally = { told: 0, asPredicted: 0, withdrawn: 0, mismatches: [], failures: [], played: 0 };
  const startMs = performance.now();
  const play = (acts: readonly Act[]): Promise<void> => playActs(acts, { binaries, only }, tally);
  // A lane that breaks off must not leave the worlds of the other behind.
  const lanes = await Promise.allSettled(LANES.map(play));
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  if ('conversations'.includes(only)) await conversationAct(binaries, tally);
  if (!short) await play(ALONE);
  const minutes = ((performance.now() - startMs) / 60_000).toFixed(1);
  console.log(
    `\npredictions: ${tally.told} pods were told that a pool grows for them; ${tally.asPredicted} were bound there,`,
  );
  console.log(`  ${tally.withdrawn} were deleted before; mismatches: ${tally.mismatches.length}`);
  for (const mismatch of tally.mismatches) console.log(`  ${mismatch}`);
  for (const failure of tally.failures) console.log(`FAILED ${failure}`);
  console.log(`${tally.played} stories in ${minutes} minutes, ${tally.failures.length} failed`);
  return tally.failures.length === 0 && tally.mismatches.length === 0 ? 0 : 1;
}

async function playActs(
  acts: readonly Act[],
  { binaries, only }: { readonly binaries: Binaries; readonly only: string },
  tally: Tally,
): Promise<void> {
  for (const act of acts) {
    const stories = act.name === only ? act.stories : act.stories.filter(({ name }) => name.includes(only));
    if (stories.length === 0) continue;
    const world = await World.start(worldOf(act, binaries));
    try {
      await playAct(world, { ...act, stories }, tally);
      // Rights are judged when everything was played that uses them.
      if (act === ONE_REPLICA && stories.length === act.stories.length) judgeRights(world, tally);
    } finally {
      await world.stop();
    }
  }
}

function worldOf(act: Act, binaries: Binaries): WorldOptions {
  return { binaries, name: act.name, pools: STORY_POOLS, ...(act.bare === true && { bare: true }) };
}

async function playAct(world: World, act: Act, tally: Tally): Promise<void> {
  if (act.witness === true) await world.startWitness();
  if (act.oneReplica) await world.startReplica('autoscaler', act.flags ?? []);
  if (act.stories.some((story) => patientStories.includes(story))) {
    const waiting = pod('waiting', { cpu: '100m', spec: { nodeSelector: { planet: 'venus' } } });
    await world.plane.admin.create('/api/v1/namespaces/default/pods', waiting);
  }
  for (const [index, story] of act.stories.entries()) {
    const stage = new Stage(world, `story-${index + 1}`);
    const startMs = performance.now();
    tally.played++;
    let failure: string | undefined;
    try {
      if (act.oneReplica) await world.calm();
      await stage.open();
      await story.run(stage);
      addPredictions(tally, await world.judge.settled(world.plane.admin, stage.namespace));
      await stage.close();
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      tally.failures.push(`${act.name}: ${story.name}: ${failure}`);
      // Its leavings must not fail the next story.
      await stage.close().catch(() => undefined);
    }
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    console.log(`\n${failure === undefined ? 'ok' : 'FAILED'}  ${story.name} (${seconds} s)`);
    for (const line of stage.asserted) console.log(`      - ${line}`);
    if (failure !== undefined) console.log(`      ! ${failure}`);
  }
  for (const refusal of world.store.failures)
    tally.failures.push(`${act.name}: a stand-in's write was refused: ${refusal}`);
}

function addPredictions(tally: Tally, { told, asPredicted, withdrawn, mismatches }: PredictionTally): void {
  tally.told += told;
  tally.asPredicted += asPredicted;
  tally.withdrawn += withdrawn;
  tally.mismatches.push(...mismatches);
}

function judgeRights(world: World, tally: Tally): void {
  const requests = world.audit();
  const forbidden = forbiddenRequests(requests);
  const unused = unusedRights(requests);
  console.log(
    `\nrights: ${requests.length} audited requests, ${forbidden.length} forbidden, ${unused.length} granted rights unused`,
  );
  for (const request of forbidden) tally.failures.push(`forbidden: ${request.verb} ${request.path}`);
  for (const right of unused) tally.failures.push(`granted and never used: ${rightText(right)}`);
}
