/**
 * Replays a recorded case pass by pass through the product's decision and compares.
 *
 * 1. A case with several outcomes agrees when ours follows one of them, or leaves it where runs differed and keeps to
 *    what all of them had in common.
 * 2. What differs in a pass is excused by deliberate differences, by name, or it is a disagreement, which ends the case.
 * 3. Where ours acts otherwise than the recording, with or without an excuse, the replay goes on from what the recording
 *    did, in the world and in what is remembered.
 * 4. A case that disagrees is played under other names too, as the order of lists is chance to Cluster Autoscaler. That
 *    tells where to look; it excuses nothing.
 */
import { decide, type DecideOptions, type Memory } from '../../../src/loop/decide.ts';
import { FIRST_MEMORY } from '../../../src/loop/memory.ts';
import { actAlike, keepsTo, type FieldDifference } from './comparison.ts';
import { judge, type DifferenceName } from './differences.ts';
import { afterOurs, afterRecording } from './followed.ts';
import { refuseUnknown } from './format.ts';
import { withOtherNames } from './other-names.ts';
import { outcomeOfDecision, outcomeOfRecording } from './outcome.ts';
import { decideOptions } from './played-options.ts';
import { PlayedWorld } from './played-world.ts';
import type { RecordedDecisions, RecordedPass } from './recorded.ts';

const START_MS = Date.UTC(2000, 0, 1);
/** As often as a case was recorded. */
const OTHER_ORDERS = 16;

/** How far one way through a case was followed, and why no further. */
export interface Played {
  /** Passes that were compared, the last one included. */
  readonly compared: number;
  readonly passes: number;
  /** Of those that were compared: passes that keep to what all runs had in common, and follow none of them. */
  readonly byChance: number;
  /** Deliberate differences, each as often as there was a pass with it. */
  readonly differences: readonly DifferenceName[];
  /** Ours disagrees, and would agree if lists came in another order than that of the recorded names. */
  readonly otherOrder: boolean;
  readonly end:
    | { readonly kind: 'through' }
    | { readonly kind: 'disagrees'; readonly pass: number; readonly fields: readonly FieldDifference[] };
}

export function replayDecisions(recorded: RecordedDecisions): Played {
  refuseUnknown(recorded);
  const options = decideOptions(recorded);
  const played = bestWay(recorded, options);
  return played.end.kind === 'through' ? played : { ...played, otherOrder: agreesInOtherOrder(recorded, options) };
}

function agreesInOtherOrder(recorded: RecordedDecisions, options: DecideOptions): boolean {
  const draws = Array.from({ length: OTHER_ORDERS }, (_, draw) => draw);
  return draws.some((draw) => bestWay(withOtherNames(recorded, draw), options).end.kind === 'through');
}

/** The best of the case's recorded outcomes: the one that ours follows, or else comes closest to. */
function bestWay(recorded: RecordedDecisions, options: DecideOptions): Played {
  const ways = recorded.passes === undefined ? (recorded.anyOf ?? []).map(({ passes }) => passes) : [recorded.passes];
  return best(ways.map((passes) => play(recorded, passes, options)));
}

function best(played: readonly Played[]): Played {
  return played.reduce((most, one) => (rank(one) > rank(most) ? one : most));
}

function rank({ end, compared, byChance, differences }: Played): number {
  return (end.kind === 'through' ? 1e9 : 0) + compared * 1e6 - byChance * 1e3 - differences.length;
}

function play(recorded: RecordedDecisions, passes: readonly RecordedPass[], options: DecideOptions): Played {
  const world = new PlayedWorld(recorded);
  let memory: Memory = FIRST_MEMORY;
  let byChance = 0;
  const differences: DifferenceName[] = [];
  for (const [index, pass] of passes.entries()) {
    world.change(pass.before ?? {});
    const now = START_MS + pass.now * 1000;
    const seen = world.world();
    const decision = decide(seen, memory, options, { number: index + 1, now, triggers: [] });
    const ours = outcomeOfDecision(decision, world.cluster);
    const theirs = outcomeOfRecording(pass, world.cluster);
    const compared = { scaleDown: pass.scaleDownResult !== 'ScaleDownNotTried' };
    const { fields, excusedBy } = judge({ recorded, pass, decision, world: seen, ours, theirs }, compared);
    const targets = new Map(seen.groups.map(({ id, targetSize }) => [id, targetSize]));
    const common = recorded.always?.[index];
    const isChance = fields.length > 0 && common !== undefined && keepsTo(common, ours, targets);
    if (fields.length > 0 && !isChance) {
      const end = { kind: 'disagrees', pass: index, fields } as const;
      return { compared: index + 1, passes: passes.length, byChance, differences, otherOrder: false, end };
    }
    if (isChance) byChance += 1;
    else differences.push(...excusedBy);
    if (index === 0) world.takeOffLeftovers();
    const follows = !isChance && actAlike(ours, theirs);
    const following = { world, options, now };
    memory = follows ? afterOurs(decision, following) : afterRecording(decision, memory, pass, following);
  }
  const { length } = passes;
  return { compared: length, passes: length, byChance, differences, otherOrder: false, end: { kind: 'through' } };
}
