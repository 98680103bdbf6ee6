/**
 * `/snapshot`: all that the next decision would be made from, redacted, to be replayed or asked "what if?" elsewhere.
 * It costs about what a pass costs, so whoever asks again at once is given what was given before.
 */
import type { DecisionInput } from '../../loop/decide.ts';
import type { Clock } from '../../runtime/clock.ts';
import { takeSnapshot } from '../../snapshot/snapshot.ts';
import { writeSnapshot } from '../../snapshot/snapshot-file.ts';
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
  let last: { readonly answer: Answer; readonly atMs: number } | undefined;
  return ({ path }) => {
    if (path !== '/snapshot') return undefined;
    if (!isLeader()) return NOT_LEADING;
    const atMs = clock.monotonic();
    if (last !== undefined && atMs - last.atMs < FRESH_MS) return last.answer;
    const input = decisionInput();
    if (input === undefined) return NO_PASS_YET;
    const body = writeSnapshot(takeSnapshot(input), version);
    const answer: Answer = { status: 200, contentType: 'application/json; charset=utf-8', body };
    last = { answer, atMs };
    // What is not asked for again is not kept: it may be large.
    clock.setTimer(FRESH_MS, () => (last = undefined));
    return answer;
  };
}
