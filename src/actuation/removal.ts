/**
 * The removal of one node, as a state machine: `step(removal, event, …)` says what it becomes and what is to be done.
 * Pure; actuator.ts carries the effects out and brings their answers back as events. All times are monotonic.
 *
 *     tainting → waiting → draining → deleting → leaving → done
 *         └─────────┴──────────┴──────────┴─────────┴───► rolling back → failed
 *
 * 1. The cloud is asked only in the very look that shows: the taint is there, no pod that has to leave is, and none
 *    that is protected has turned up (I2, I3). Watches may be behind: whoever asks it looks past them first, and holds
 *    the removal back when there is more to see.
 * 2. It is asked again only when a later reading of the cloud shows that nothing was done (I3).
 * 3. A lost reply is no answer: what is there decides (I4).
 * 4. Whoever takes the taint off keeps the node.
 */
import type { CloudError } from '../cloud/facts.ts';
import { podKey } from '../cluster/facts.ts';
import { unreachable } from '../cluster/invariant.ts';
import { TO_BE_DELETED_TAINT } from '../node-groups/taints.ts';
import type { MovablePods } from '../scale-down/drainability.ts';
import type { DrainOptions } from '../scale-down/options.ts';
import { nodeMarked, nodeRemovalFailed, nodeRemoved, scaleDownDone } from './events.ts';
import { isCordonedByUs } from './node-marks.ts';
import { daemonSetEvictions, drainStep, evictionAnswered, longestDrainMs, stuckPodEvent } from './evictions.ts';
import type {
  DeletionAttempts,
  Effect,
  NodeSight,
  Removal,
  RemovalEvent,
  RemovalState,
  Step,
} from './removal-state.ts';

/** How long the taint may take to show up in what we watch, after the delay that is waited anyway. */
const TAINT_SEEN_WITHIN_MS = 30_000;
/** After a lost reply the cloud's own listing needs some time to tell what happened. */
const LOST_REPLY_SETTLES_MS = 60_000;
/** An agreed deletion whose instance is still listed after so long was not done. */
const DELETION_EXPECTED_WITHIN_MS = 10 * 60_000;
/** Asking the cloud more often than this helps nobody. */
const MAX_DELETION_ATTEMPTS = 3;
/** Between attempts to take the marks back. */
const ROLLBACK_RETRY_MS = 10_000;
/** Before a cloud that could not be reached is asked again. */
const CLOUD_RETRY_MS = 10_000;

type StateOf<K extends RemovalState['kind']> = Extract<RemovalState, { kind: K }>;
const NOT_ASKED: DeletionAttempts = { count: 0, notBeforeMs: 0 };

export function step(removal: Removal, event: RemovalEvent, options: DrainOptions, now: number): Step {
  switch (event.kind) {
    case 'begin': {
      // A cordon that an earlier removal of ours left behind is still ours to take back.
      const cordon = event.node.unschedulable ? isCordonedByUs(event.node) : options.cordonNode;
      const begun: Removal = { ...removal, cordoned: cordon };
      return { removal: begun, effects: [{ kind: 'mark', cordon }] };
    }
    case 'marked':
      return marked(removal, event.result, now);
    case 'look':
      return looked(removal, event.sight, options, now);
    case 'eviction': {
      const { state } = removal;
      if (state.kind !== 'draining') return unchanged(removal);
      return to(removal, { ...state, evictions: evictionAnswered(state.evictions, event.podUid, event.result, now) });
    }
    case 'deletion':
      return deletionAnswered(removal, event.result, now);
    case 'held-back':
      return removal.state.kind === 'deleting' ? rollBack(removal, event.message) : unchanged(removal);
    case 'unmarked':
      return unmarked(removal, event.result, now);
    default:
      return unreachable(event);
  }
}

function marked(removal: Removal, result: Extract<RemovalEvent, { kind: 'marked' }>['result'], now: number): Step {
  if (removal.state.kind !== 'tainting') return unchanged(removal);
  // It may have been written all the same: the rollback takes back whatever is there.
  if (!result.ok) return rollBack(removal, `it could not be tainted: ${result.error.message}`);
  if (result.value.kind === 'gone') return to(removal, { kind: 'done', how: 'vanished' });
  const effects: Effect[] = [{ kind: 'event', event: nodeMarked(identity(removal)) }];
  return to(removal, { kind: 'waiting', taintedAtMs: now }, effects);
}

function looked(removal: Removal, sight: NodeSight, options: DrainOptions, now: number): Step {
  const { state } = removal;
  switch (state.kind) {
    case 'waiting':
      return atPeace(removal, sight) ?? lookWhileWaiting(removal, state, { sight, options, now });
    case 'draining':
      return atPeace(removal, sight) ?? lookWhileDraining(removal, state, { sight, options, now });
    case 'leaving':
      return lookWhileLeaving(removal, state, sight, now);
    case 'rolling-back':
      if (sight.node === undefined) return to(removal, { kind: 'failed', message: state.message });
      if (state.nextAtMs === undefined || state.nextAtMs > now) return unchanged(removal);
      return to(removal, { ...state, nextAtMs: undefined }, [{ kind: 'unmark', uncordon: removal.cordoned }]);
    case 'tainting':
    case 'deleting':
    case 'done':
    case 'failed':
      return unchanged(removal);
    default:
      return unreachable(state);
  }
}

interface Look {
  readonly sight: NodeSight;
  readonly options: DrainOptions;
  readonly now: number;
}

/** The node or its instance went by itself: nothing is left to be done to it. */
function atPeace(removal: Removal, sight: NodeSight): Step | undefined {
  if (sight.node === undefined) return to(removal, { kind: 'done', how: 'vanished' });
  if (sight.instance !== 'gone' && sight.instance !== 'deleting') return undefined;
  return to(removal, { kind: 'leaving', askedAtMs: sight.cloudSeenAtMs, certain: true, deletion: NOT_ASKED });
}

function lookWhileWaiting(removal: Removal, state: StateOf<'waiting'>, look: Look): Step {
  const { sight, options, now } = look;
  const dueAtMs = state.taintedAtMs + options.deleteDelayAfterTaintMs;
  if (now < dueAtMs) return unchanged(removal);
  if (!isTainted(sight)) {
    if (now < dueAtMs + TAINT_SEEN_WITHIN_MS) return unchanged(removal);
    return rollBack(removal, 'its taint did not show up, or was taken off by somebody else');
  }
  if (sight.refused !== undefined) {
    return rollBack(removal, `pod ${podKey(sight.refused.pod)} must not be evicted now: ${sight.refused.detail}`);
  }
  const draining: StateOf<'draining'> = { kind: 'draining', sinceMs: now, evictions: new Map(), deletion: NOT_ASKED };
  const first = lookWhileDraining({ ...removal, state: draining }, draining, look);
  if (sight.pods.kind === 'blocked' || first.removal.state.kind === 'rolling-back') return first;
  return {
    removal: first.removal,
    effects: [...daemonSetEvictions(sight.pods, options, removal.drains), ...first.effects],
  };
}

function lookWhileDraining(removal: Removal, state: StateOf<'draining'>, { sight, options, now }: Look): Step {
  if (!isTainted(sight)) return rollBack(removal, 'its taint was taken off by somebody else');
  const { pods } = sight;
  if (pods.kind === 'blocked') return rollBack(removal, `pod ${podKey(pods.pod)} keeps it: ${pods.detail}`);
  const keeps = keptBy(removal, pods);
  if (keeps !== undefined) return rollBack(removal, keeps);
  const emptying = { ...sight, pods };
  const next = drainStep(state.evictions, emptying, options, now);
  switch (next.kind) {
    case 'stuck':
      return rollBack(removal, next.message, [stuckPodEvent(next.pod, next.message)]);
    case 'draining':
      if (now > state.sinceMs + longestDrainMs(options, emptying)) return rollBack(removal, 'its drain took too long');
      return to(removal, { ...state, evictions: next.evictions }, next.effects);
    case 'empty': {
      const emptied = { ...state, evictions: new Map() };
      if (!sight.poolFree || now < state.deletion.notBeforeMs) return to(removal, emptied);
      const deletion = { ...state.deletion, count: state.deletion.count + 1 };
      return to(removal, { kind: 'deleting', askedAtMs: now, deletion }, [{ kind: 'delete' }]);
    }
    default:
      return unreachable(next);
  }
}

/** Why the pods that are there now were not in the plan. */
function keptBy(removal: Removal, pods: MovablePods): string | undefined {
  const [waitedFor] = pods.onCompletion;
  if (waitedFor !== undefined) return `pod ${podKey(waitedFor)} has to end first`;
  const [arrived] = pods.evict;
  if (removal.drains || arrived === undefined) return undefined;
  return `pod ${podKey(arrived)} has come to it, and it was to go as an empty node`;
}

function deletionAnswered(
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
  if (retryMs === undefined || deletion.count >= MAX_DELETION_ATTEMPTS) {
    return rollBack(removal, `the cloud did not delete it: ${result.error.message}`);
  }
  return to(removal, drainedAgain(now, { ...deletion, notBeforeMs: now + retryMs }));
}

/** When it makes sense to ask again, knowing that nothing was done; `undefined`: it does not. */
function retryAfterMs(error: CloudError): number | undefined {
  if (error.kind === 'rate-limited') return error.retryAfterMs;
  return error.kind === 'unavailable' ? CLOUD_RETRY_MS : undefined;
}

function lookWhileLeaving(removal: Removal, state: StateOf<'leaving'>, sight: NodeSight, now: number): Step {
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
  return { kind: 'draining', sinceMs, evictions: new Map(), deletion };
}

function unmarked(removal: Removal, result: Extract<RemovalEvent, { kind: 'unmarked' }>['result'], now: number): Step {
  const { state } = removal;
  if (state.kind !== 'rolling-back') return unchanged(removal);
  if (result.ok) return to(removal, { kind: 'failed', message: state.message });
  return to(removal, { ...state, nextAtMs: now + ROLLBACK_RETRY_MS });
}

function rollBack(removal: Removal, message: string, effects: readonly Effect[] = []): Step {
  const event = nodeRemovalFailed(identity(removal), removal.drains, message);
  return to(removal, { kind: 'rolling-back', message, nextAtMs: undefined }, [
    ...effects,
    { kind: 'event', event },
    { kind: 'unmark', uncordon: removal.cordoned },
  ]);
}

function isTainted({ node }: NodeSight): boolean {
  return node?.taints.some(({ key }) => key === TO_BE_DELETED_TAINT) ?? false;
}

function identity(removal: Removal): { readonly name: string; readonly uid: string } {
  return { name: removal.node, uid: removal.uid };
}

function to(removal: Removal, state: RemovalState, effects: readonly Effect[] = []): Step {
  return { removal: { ...removal, state }, effects };
}

function unchanged(removal: Removal): Step {
  return { removal, effects: [] };
}
