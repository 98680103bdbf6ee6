/**
 * Replays a recorded case pass by pass through the product's decision and compares.
 *
 * 1. A case with several outcomes agrees when ours follows one of them, or leaves it where runs differed and keeps to
 *    what all of them had in common.
 * 2. What differs in a pass is excused by deliberate differences, by name, or it is a disagreement, which ends the case.
 * 3. Where ours acts otherwise than the recording, with or without an excuse, the recorded world is no longer the one
 *    that ours would have made: the rest of the case is counted as not compared.
 */
import { decide, type DecideOptions, type Decision, type Memory } from '../../../src/loop/decide.ts';
import { FIRST_MEMORY } from '../../../src/loop/memory.ts';
import { remember } from '../../../src/loop/remember.ts';
import type { ActuationObservation } from '../../../src/actuation/observations.ts';
import { actAlike, keepsTo, waitAlike, type FieldDifference } from './comparison.ts';
import { judge, type DifferenceName } from './differences.ts';
import { outcomeOfDecision, outcomeOfRecording } from './outcome.ts';
import { decideOptions } from './played-options.ts';
import { PlayedWorld } from './played-world.ts';
import type { RecordedDecisions, RecordedPass } from './recorded.ts';

const START_MS = Date.UTC(2000, 0, 1);

/** How far one way through a case was followed, and why no further. */
export interface Played {
  /** Passes that were compared, the last one included. */
  readonly compared: number;
  readonly passes: number;
  /** Deliberate differences, each as often as there was a pass with it. */
  readonly differences: readonly DifferenceName[];
  readonly end:
    | { readonly kind: 'through' }
    /** Ours acts otherwise, as chance or a deliberate difference allows. */
    | { readonly kind: 'own-way' }
    | { readonly kind: 'disagrees'; readonly pass: number; readonly fields: readonly FieldDifference[] };
}

/** The best of the case's recorded outcomes: the one that ours follows, or else comes closest to. */
export function replayDecisions(recorded: RecordedDecisions): Played {
  const ways = recorded.passes === undefined ? (recorded.anyOf ?? []).map(({ passes }) => passes) : [recorded.passes];
  const options = decideOptions(recorded);
  const played = ways.map((passes) => play(recorded, passes, options));
  return played.reduce((best, one) => (rank(one) > rank(best) ? one : best));
}

function rank({ end, compared, differences }: Played): number {
  const order = { through: 2, 'own-way': 1, disagrees: 0 } as const;
  return order[end.kind] * 1_000_000 + compared * 1000 - differences.length;
}

function play(recorded: RecordedDecisions, passes: readonly RecordedPass[], options: DecideOptions): Played {
  const world = new PlayedWorld(recorded);
  let memory: Memory = FIRST_MEMORY;
  const differences: DifferenceName[] = [];
  for (const [index, pass] of passes.entries()) {
    const ended = (end: Played['end']): Played => ({ compared: index + 1, passes: passes.length, differences, end });
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
    if (fields.length > 0 && !isChance) return ended({ kind: 'disagrees', pass: index, fields });
    if (!isChance) differences.push(...excusedBy);
    if (!actAlike(ours, theirs) || (isChance && !waitAlike(ours, theirs)))
      return ended(index + 1 < passes.length ? { kind: 'own-way' } : { kind: 'through' });
    if (index === 0) world.takeOffLeftovers();
    memory = afterActing(world, decision, options, now);
  }
  return { compared: passes.length, passes: passes.length, differences, end: { kind: 'through' } };
}

/** What acting would have reported: the provider takes every call but an increase that it is known to refuse. */
function afterActing(world: PlayedWorld, decision: Decision, options: DecideOptions, now: number): Memory {
  const observations: ActuationObservation[] = [];
  for (const { groupId, from, delta } of decision.resizes) {
    observations.push({ kind: 'resize-sent', atMs: now, groupId, to: from + delta });
    observations.push(
      world.refusesIncrease(groupId)
        ? { kind: 'resize-failed', atMs: now, groupId, delta, error: { kind: 'out-of-stock', message: 'refused' } }
        : { kind: 'resize-accepted', atMs: now, groupId, delta },
    );
  }
  for (const removal of decision.removals) {
    world.startRemoval(removal, now);
    const { node, uid, groupId, groupName, empty } = removal;
    observations.push({ kind: 'removal-started', atMs: now, node, uid, groupId, groupName, drains: !empty });
  }
  const groups = world.groupStates();
  return observations.reduce((memory, seen) => remember(memory, seen, options, groups), decision.memory);
}
