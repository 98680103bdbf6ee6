/**
 * `/snapshot`: all that the next decision would be made from, redacted, to be replayed or asked "what if?" elsewhere.
 * It is taken at once, which costs about what a pass costs, and written down a little at a time, so that passes go on.
 * Whoever asks meanwhile, or again at once, is given the same.
 */
import type { DecisionInput } from '../../loop/decide.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type Snapshot, takeSnapshot } from '../../snapshot/snapshot.ts';
import { writeSnapshotInTurns } from '../../snapshot/snapshot-file.ts';
import type { Answer, Handler } from './answer.ts';
import { NO_PASS_YET, NOT_LEADING } from './explanations.ts';

export interface SnapshotParts {
  readonly clock: Clock;
  readonly isLeader: () => boolean;
  readonly decisionInput: () => DecisionInput | undefined;
  /** The product's version. */
  readonly version: string;
}

/** For so long a snapshot is given away again: asked for in a row they leave the loop its time. */
const FRESH_MS = 1000;

export function wholeSnapshotHandler({ clock, decisionInput, isLeader, version }: SnapshotParts): Handler {
  let last: Promise<Answer> | undefined;
  const answer = async (snapshot: Snapshot): Promise<Answer> => {
    const body = await writeSnapshotInTurns(snapshot, version, clock);
    // What is not asked for again is not kept: it may be large.
    clock.setTimer(FRESH_MS, () => (last = undefined));
    return { status: 200, contentType: 'application/json; charset=utf-8', body };
  };
  return ({ path }) => {
    if (path !== '/snapshot') return undefined;
    if (!isLeader()) return NOT_LEADING;
    if (last !== undefined) return last;
    const input = decisionInput();
    if (input === undefined) return NO_PASS_YET;
    last = answer(takeSnapshot(input));
    return last;
  };
}
