/**
 * How long a group that failed is left alone: doubling from failure to failure, as Cluster Autoscaler does it.
 *
 * A failure during a backoff starts it again without lengthening it; a failure after it has ended doubles it, up to
 * the maximum. Success does not shorten it (a pool that is nearly out of stock succeeds now and then); only a quiet
 * time without failures forgets it.
 */
import type { CloudErrorKind } from '../cloud/facts.ts';
import type { GroupReason } from '../explain/reasons.ts';
import type { NodeGroupHealthOptions } from './options.ts';

export interface Backoff {
  readonly durationMs: number;
  readonly untilMs: number;
  readonly lastFailureMs: number;
  readonly cause: CloudErrorKind | 'provision-timeout';
  /** The cloud's own words. */
  readonly message: string;
}

export type BackoffCause = Pick<Backoff, 'cause' | 'message'>;

export function backedOff(
  before: Backoff | undefined,
  why: BackoffCause,
  now: number,
  options: NodeGroupHealthOptions,
): Backoff {
  const durationMs = nextDurationMs(before, now, options);
  return { ...why, durationMs, untilMs: now + durationMs, lastFailureMs: now };
}

function nextDurationMs(before: Backoff | undefined, now: number, options: NodeGroupHealthOptions): number {
  if (before === undefined || isForgotten(before, now, options)) return options.initialBackoffMs;
  if (!hasEnded(before, now)) return Math.max(before.durationMs, options.initialBackoffMs);
  return Math.min(Math.max(before.durationMs * 2, options.initialBackoffMs), options.maxBackoffMs);
}

/** A pause that is nobody's failure: it leaves the length of the next backoff as it is. */
export function paused(before: Backoff | undefined, why: BackoffCause, untilMs: number): Backoff {
  return {
    ...why,
    durationMs: before?.durationMs ?? 0,
    untilMs: Math.max(untilMs, before?.untilMs ?? 0),
    lastFailureMs: before?.lastFailureMs ?? 0,
  };
}

function hasEnded(backoff: Backoff, now: number): boolean {
  return backoff.untilMs < now;
}

/** Over, and so long without a failure that the next one counts as the first. */
export function isForgotten(backoff: Backoff, now: number, options: NodeGroupHealthOptions): boolean {
  return hasEnded(backoff, now) && backoff.lastFailureMs + options.backoffResetMs < now;
}

export function backoffReason(backoff: Backoff | undefined, now: number): GroupReason | undefined {
  if (backoff === undefined || hasEnded(backoff, now)) return undefined;
  const { untilMs, cause, message } = backoff;
  return { code: 'GroupInBackoff', untilMs, cause, message };
}
