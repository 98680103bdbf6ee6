/**
 * Replays a recorded case pass by pass through the product's decision and compares.
 *
 * 1. A case with several outcomes agrees when ours follows one of them, or leaves it where runs differed and keeps to
 *    what all of them had in common. From there on the recorded world is not the one that ours would have made: the
 *    rest of the case is counted as not compared.
 * 2. A pass that differs ends the case for the same reason: as a disagreement, or under the name of a deliberate
 *    difference that excuses every field in question.
 */
import { EMPTY_MEMORY } from '../../../src/node-groups/memory.ts';
import { EMPTY_SCALE_DOWN_MEMORY } from '../../../src/scale-down/memory.ts';
import { decide, type DecideOptions, type Decision, type Memory } from '../../../src/loop/decide.ts';
import { remember } from '../../../src/loop/remember.ts';
import type { ActuationObservation } from '../../../src/actuation/observations.ts';
import { compareOutcomes, keepsTo, type FieldDifference } from './comparison.ts';
import { excuseFor, type DifferenceName } from './differences.ts';
import { outcomeOfDecision, outcomeOfRecording } from './outcome.ts';
import { decideOptions } from './played-options.ts';
import { PlayedWorld } from './played-world.ts';
import type { Common, RecordedDecisions, RecordedPass } from './recorded.ts';

const START_MS = Date.UTC(2000, 0, 1);

/** How far one way through a case was followed, and why no further. */
export interface Played {
  readonly agreed: number;
  readonly passes: number;
  readonly end:
    | { readonly kind: 'agrees' }
    /** Ours is another outcome of those that chance might have brought. */
    | { readonly kind: 'own-way' }
    | { readonly kind: 'difference'; readonly name: DifferenceName }
    | { readonly kind: 'disagrees'; readonly pass: number; readonly fields: readonly FieldDifference[] };
}

/** The best of the case's recorded outcomes: the one that ours follows, or else comes closest to. */
export function replayDecisions(recorded: RecordedDecisions): Played {
  const ways = recorded.passes === undefined ? (recorded.anyOf ?? []).map(({ passes }) => passes) : [recorded.passes];
  const options = decideOptions(recorded);
  const played = ways.map((passes) => play(recorded, passes, options));
  return played.reduce((best, one) => (rank(one) > rank(best) ? one : best));
}

function rank({ end, agreed }: Played): number {
  const order = { agrees: 3, 'own-way': 2, difference: 1, disagrees: 0 } as const;
  return order[end.kind] * 1000 + agreed;
}

function play(recorded: RecordedDecisions, passes: readonly RecordedPass[], options: DecideOptions): Played {
  const world = new PlayedWorld(recorded);
  let memory: Memory = { nodeGroups: EMPTY_MEMORY, scaleDown: EMPTY_SCALE_DOWN_MEMORY };
  for (const [index, pass] of passes.entries()) {
    world.change(pass.before ?? {});
    const now = START_MS + pass.now * 1000;
    const seen = world.world();
    const decision = decide(seen, memory, options, { number: index + 1, now, triggers: [] });
    const refused = new Set((pass.refusedTargetDecreases ?? []).map(({ group }) => group));
    const ours = outcomeOfDecision(decision, world.cluster);
    const theirs = outcomeOfRecording(pass, world.cluster, refused);
    const fields = compareOutcomes(ours, theirs, { scaleDown: pass.scaleDownResult !== 'ScaleDownNotTried' });
    if (fields.length > 0) {
      const common: Common | undefined = recorded.always?.[index];
      const targets = new Map(seen.groups.map(({ id, targetSize }) => [id, targetSize]));
      if (common !== undefined && keepsTo(common, ours, targets)) {
        return { agreed: index + 1, passes: passes.length, end: { kind: 'own-way' } };
      }
      const name = excuseFor({ recorded, pass, decision, fields, world: seen });
      if (name !== undefined) return { agreed: index, passes: passes.length, end: { kind: 'difference', name } };
      return { agreed: index, passes: passes.length, end: { kind: 'disagrees', pass: index, fields } };
    }
    memory = afterActing(world, decision, options, now);
  }
  return { agreed: passes.length, passes: passes.length, end: { kind: 'agrees' } };
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
