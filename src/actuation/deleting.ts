/**
 * The part of a removal in which the cloud is asked: once, and again only when a later reading of the cloud shows that
 * nothing was done (I3). A lost reply is no answer: what is there decides (I4). Pure.
 */
import type { CloudError } from '../cloud/facts.ts';
import { nodeRemoved, scaleDownDone } from './events.ts';
import type { DeletionAttempts, NodeSight, Removal, RemovalEvent, StateOf, Step } from './removal-state.ts';
import { to, unchanged } from './removal-state.ts';
import { identity, rollBack } from './rollback.ts';

/** After a lost reply the cloud's own listing needs some time to tell what happened. */
const LOST_REPLY_SETTLES_MS = 60_000;
/** An agreed deletion whose instance is still listed after so long was not done. */
const DELETION_EXPECTED_WITHIN_MS = 10 * 60_000;
/** Asking the cloud more often than this helps nobody. */
const MAX_DELETION_ATTEMPTS = 3;
/** Before a cloud that could not be reached is asked again. */
const CLOUD_RETRY_MS = 10_000;
/** A cloud that could not be asked for so long, since the first try, is left alone: the node is given back. */
const CLOUD_TRIED_FOR_MS = 10 * 60_000;

/** It is asked now. */
export function turn(removal: Removal, now: number): Step {
  const { state } = removal;
  if (state.kind !== 'ready') return unchanged(removal);
  const { count, firstAtMs = now } = state.deletion;
  const deletion = { ...state.deletion, count: count + 1, firstAtMs };
  return to(removal, { kind: 'deleting', askedAtMs: now, deletion });
}

export function deletionAnswered(
  removal: Removal,
  result: Extract<RemovalEvent, { kind: 'deletion' }>['result'],
  now: number,
): Step {
  const { state } = removal;
  if (state.kind !== 'deleting') return unchanged(removal);
  const { askedAtMs, deletion } = state;
  if (result.ok || result.error.kind === 'not-found') {
    return to(removal, { kind: 'leaving', askedAtMs, certain: true, deletion });
  }
  if (result.error.kind === 'unknown-outcome') {
    return to(removal, { kind: 'leaving', askedAtMs, certain: false, deletion });
  }
  const retryMs = retryAfterMs(result.error);
  if (retryMs === undefined || now + retryMs > (deletion.firstAtMs ?? now) + CLOUD_TRIED_FOR_MS) {
    return rollBack(removal, `the cloud did not delete it: ${result.error.message}`);
  }
  // Nothing was done: it does not count as asked.
  return to(removal, drainedAgain(now, { ...deletion, count: deletion.count - 1, notBeforeMs: now + retryMs }));
}

/** When it makes sense to ask again, knowing that nothing was done; `undefined`: it does not. */
function retryAfterMs(error: CloudError): number | undefined {
  if (error.kind === 'rate-limited') return error.retryAfterMs;
  return error.kind === 'unavailable' ? CLOUD_RETRY_MS : undefined;
}

export function lookWhileLeaving(removal: Removal, state: StateOf<'leaving'>, sight: NodeSight, now: number): Step {
  if (sight.node === undefined || sight.instance === 'gone') {
    const events = [nodeRemoved(identity(removal)), scaleDownDone(removal)];
    return to(
      removal,
      { kind: 'done', how: 'deleted' },
      events.map((event) => ({ kind: 'event', event })),
    );
  }
  if (sight.instance === 'deleting')
    return state.certain ? unchanged(removal) : to(removal, { ...state, certain: true });
  const patienceMs = state.certain ? DELETION_EXPECTED_WITHIN_MS : LOST_REPLY_SETTLES_MS;
  if (sight.instance === 'unknown' || sight.cloudSeenAtMs < state.askedAtMs + patienceMs) return unchanged(removal);
  if (state.deletion.count >= MAX_DELETION_ATTEMPTS)
    return rollBack(removal, 'the cloud did not delete it, asked several times');
  // Seen not to be done. It may hold pods again: it goes through the drain once more before it is asked for again.
  return to(removal, drainedAgain(now, state.deletion));
}

function drainedAgain(sinceMs: number, deletion: DeletionAttempts): StateOf<'draining'> {
  return { kind: 'draining', sinceMs, evictions: new Map(), daemonSet: new Set(), deletion };
}
