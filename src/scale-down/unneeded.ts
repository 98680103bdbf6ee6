/** How long a node has to be unneeded before it goes: its group's time, and a longer one while it is not ready. */
import type { NodeReason } from '../explain/reasons.ts';
import type { Candidate } from './eligibility.ts';
import type { ScaleDownOptions } from './options.ts';

/** Why the node has not been unneeded for long enough; `undefined`: it has. Exactly the time is not enough. */
export function notLongEnough(
  candidate: Candidate,
  sinceMs: number,
  options: ScaleDownOptions,
  now: number,
): NodeReason | undefined {
  const waitMs = unneededTimeMs(candidate, options);
  const untilMs = sinceMs + waitMs;
  if (waitMs <= 0 || untilMs < now) return undefined;
  return { code: candidate.ready ? 'NotUnneededLongEnough' : 'NotUnreadyLongEnough', sinceMs, untilMs };
}

function unneededTimeMs({ ready, group }: Candidate, options: ScaleDownOptions): number {
  const own = group.state.options;
  return ready
    ? (own.scaleDownUnneededTimeMs ?? options.unneededTimeMs)
    : (own.scaleDownUnreadyTimeMs ?? options.unreadyTimeMs);
}
